// `headroom sweep` and `headroom merge` as a user meets them.
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Catch::Contains;
using Json = nlohmann::json;

void write_sweep(const Folder& folder, const std::string& axes) {
  folder.write("base.yaml", small_scenario());
  folder.write("sweep.yaml", "name: small\nbase: base.yaml\n" + axes);
}

Json ask(const Folder& folder, const std::string& database, const std::string& sql) {
  const Outcome outcome = folder.headroom({"query", database, sql, "--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out);
}

// The processes below a process that have none below them: the runs of a sweep.
std::vector<int> leaves_below(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/task/" + std::to_string(process) +
                     "/children");
  std::vector<int> leaves;
  for (int child = 0; file >> child;) {
    const auto below = leaves_below(child);
    leaves.insert(leaves.end(), below.begin(), below.end());
    if (below.empty()) leaves.push_back(child);
  }
  return leaves;
}

// Waits until as many runs as that are simulated.
std::vector<int> running_below(int process, std::size_t wanted) {
  std::vector<int> runs;
  for (int tries = 0; tries < 2000; ++tries) {
    runs = leaves_below(process);
    // A lane without a run is a leaf too: a run is two generations down.
    std::erase_if(runs, [&](int pid) {
      std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
      std::string text;
      int parent = 0;
      status >> text >> text >> text >> parent;
      return parent == process || parent == 0;
    });
    if (runs.size() >= wanted) return runs;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return runs;
}

TEST_CASE("a sweep prints its points in every format", "[cli]") {
  Folder folder;
  write_sweep(folder, "axes: {serving.max_num_seqs: [4, 8]}\nseeds: 2\n");
  const Outcome table = folder.headroom({"sweep", "sweep.yaml", "--db", "r.sqlite"});
  INFO(table.err);
  REQUIRE(table.exit_code == 0);
  CHECK(table.err.empty());  // no terminal, no progress
  CHECK_THAT(table.out, Contains("position  serving.max_num_seqs  seed  status"));
  CHECK_THAT(table.out, Contains("4 runs simulated, 0 already there, 0 failed; sweep "));
  const Outcome json =
      folder.headroom({"sweep", "sweep.yaml", "--db", "r.sqlite", "--format", "json"});
  const Json points = Json::parse(json.out);
  REQUIRE(points.size() == 4);
  CHECK(points[3]["position"] == 3);
  CHECK(points[3]["serving.max_num_seqs"] == "8");
  CHECK(points[3]["seed"] == 8);  // the base has 7
  CHECK(points[3]["status"] == "finished");
  CHECK(points[3]["output_tokens_per_s"].is_number());
  const Outcome csv =
      folder.headroom({"sweep", "sweep.yaml", "--db", "r.sqlite", "--format", "csv"});
  CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 5);
}

TEST_CASE("a dry run lists the points and leaves no file", "[cli]") {
  Folder folder;
  write_sweep(folder,
              "axes: {serving.max_num_seqs: [4, 8, 8.0e0]}\nconstraints: [serving.max_num_seqs < "
              "9]\n");
  CHECK_THAT(folder.headroom({"sweep", "sweep.yaml", "--dry-run"}).err,
             Contains("sweep.yaml:3:37: error: 'serving.max_num_seqs' must be a whole number"));
  write_sweep(folder,
              "axes: {serving.max_num_seqs: [4, 8, 1_0, 10]}\nconstraints: "
              "[serving.max_num_seqs > 4]\n");
  const Outcome outcome = folder.headroom({"sweep", "sweep.yaml", "--dry-run"});
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Contains("the same run as position 1"));
  CHECK_THAT(outcome.out, Contains("3 points, 1 combinations excluded by constraints"));
  CHECK_FALSE(std::filesystem::exists(folder.path("results.sqlite")));
}

TEST_CASE("nothing is simulated when any point is wrong", "[cli]") {
  Folder folder;
  write_sweep(folder, "axes: {hardware.gpu: [h100-sxm, h100-smx], seed: [1]}\n");
  Outcome outcome = folder.headroom({"sweep", "sweep.yaml"});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Contains("sweep.yaml:3:44: error: 'seed' is no axis"));
  write_sweep(folder, "axes: {hardware.gpu: [h100-sxm, h100-smx], serving.max_num_seqs: [1, 0]}\n");
  outcome = folder.headroom({"sweep", "sweep.yaml"});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Contains("sweep.yaml:3:33: error: 'hardware.gpu.base' names an unknown "
                                   "GPU 'h100-smx'; did you mean 'h100-sxm'?"));
  CHECK_THAT(outcome.err, Contains("sweep.yaml:3:70: error: 'serving.max_num_seqs' must be at"));
  CHECK(ask(folder, "results.sqlite", "SELECT count(*) AS n FROM run")[0]["n"] == 0);
}

TEST_CASE("options of a sweep that make no sense say so", "[cli]") {
  Folder folder;
  write_sweep(folder, "axes: {serving.max_num_seqs: [4, 8]}\n");
  const auto [option, value, message] = GENERATE(table<std::string, std::string, std::string>(
      {{"--shard", "4/3", "option --shard: '4/3' is not a part such as 1/3"},
       {"--jobs", "0", "option --jobs: '0' is not between 1 and 1024"},
       {"--max-memory", "4", "option --max-memory: '4' needs a unit, such as '80 GiB'"},
       {"--max-memory", "0 B", "option --max-memory: '0 B' is not a size above 0 B"},
       {"--time-limit", "5", "option --time-limit: '5' needs a unit"},
       {"--db", "no/such/r.sqlite", "the folder 'no/such' does not exist"}}));
  const Outcome outcome = folder.headroom({"sweep", "sweep.yaml", option, value});
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Contains(message));
}

TEST_CASE("a run that crashes or hangs is a row with its reason and the rest goes on", "[cli]") {
  Folder folder;
  // The second one takes minutes.
  write_sweep(folder, "axes: {workload.requests: [20, 30000000, 40]}\n");
  const Outcome crashed =
      folder.headroom({"sweep", "sweep.yaml", "--jobs", "1", "--db", "r.sqlite"}, [](int sweep) {
        for (int tries = 0; tries < 400; ++tries) {
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
          const auto runs = running_below(sweep, 1);
          std::ifstream stat(runs.empty() ? "" : "/proc/" + std::to_string(runs[0]) + "/statm");
          long pages = 0;
          // Only the long one needs so much memory: 100 MB.
          if (stat >> pages >> pages && pages > 25'000) {
            ::kill(runs[0], SIGSEGV);
            return;
          }
        }
      });
  INFO(crashed.err);
  CHECK(crashed.exit_code == 0);
  const char* sql =
      "SELECT position, status, reason FROM run JOIN sweep_run USING (run_id) ORDER BY position";
  Json rows = ask(folder, "r.sqlite", sql);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["status"] == "finished");
  CHECK(rows[1]["reason"] == "its process was ended by signal 11 (Segmentation fault)");
  CHECK(rows[2]["status"] == "finished");
  // It is left alone until one asks for it.
  const Outcome again = folder.headroom({"sweep", "sweep.yaml", "--db", "r.sqlite"});
  CHECK_THAT(again.out, Contains("0 runs simulated, 3 already there, 0 failed"));
  const Outcome hung = folder.headroom(
      {"sweep", "sweep.yaml", "--db", "r.sqlite", "--retry-failed", "--time-limit", "500 ms"});
  CHECK_THAT(hung.out, Contains("0 runs simulated, 2 already there, 1 failed"));
  CHECK(ask(folder, "r.sqlite", sql)[1]["reason"] == "time limit of 500 ms reached");
#ifndef __SANITIZE_ADDRESS__
  const Outcome large = folder.headroom(
      {"sweep", "sweep.yaml", "--db", "r.sqlite", "--retry-failed", "--max-memory", "200 MiB"});
  CHECK_THAT(large.out, Contains("0 runs simulated, 2 already there, 1 failed"));
  CHECK(ask(folder, "r.sqlite", sql)[1]["reason"] == "more memory than the limit of 200 MiB");
#endif
}

TEST_CASE("Ctrl-C records what has ended and the same command goes on", "[cli]") {
  Folder folder;
  write_sweep(folder, "axes: {workload.requests: [20, 21, 30000000]}\n");
  const Outcome stopped =
      folder.headroom({"sweep", "sweep.yaml", "--jobs", "1", "--db", "r.sqlite"}, [&](int sweep) {
        for (int tries = 0; tries < 2000; ++tries) {
          std::this_thread::sleep_for(std::chrono::milliseconds(10));
          if (!std::filesystem::exists(folder.path("r.sqlite"))) continue;
          const Outcome asked = folder.headroom(
              {"query", "r.sqlite", "SELECT count(*) AS n FROM run", "--format", "csv"});
          if (asked.out == "n\n2\n") break;
        }
        ::kill(sweep, SIGINT);
      });
  CHECK(stopped.exit_code == 130);
  CHECK_THAT(stopped.err, Contains("interrupted with 2 of 3 runs recorded"));
  CHECK(stopped.out.empty());
  write_sweep(folder, "axes: {workload.requests: [20, 21, 22]}\n");
  CHECK_THAT(folder.headroom({"sweep", "sweep.yaml", "--db", "r.sqlite"}).out,
             Contains("1 runs simulated, 2 already there, 0 failed"));
}

TEST_CASE("a sweep repeats runs when it is asked to", "[cli]") {
  Folder folder;
  write_sweep(folder, "axes: {serving.max_num_seqs: [4, 8]}\n");
  REQUIRE(folder.headroom({"sweep", "sweep.yaml", "--db", "r.sqlite"}).exit_code == 0);
  const Outcome again = folder.headroom({"sweep", "sweep.yaml", "--db", "r.sqlite", "--repeat"});
  CHECK_THAT(again.out, Contains("2 runs simulated, 0 already there"));
  const Json rows = ask(folder, "r.sqlite",
                        "SELECT count(*) AS runs, max(repeat) AS repeat, count(DISTINCT "
                        "makespan_s) AS results, (SELECT count(*) FROM sweep_run) AS points "
                        "FROM run JOIN run_metric USING (run_id)");
  CHECK(rows[0]["runs"] == 4);
  CHECK(rows[0]["repeat"] == 1);
  CHECK(rows[0]["results"] <= 2);
  CHECK(rows[0]["points"] == 2);
}

TEST_CASE("merge says what it took and refuses what it cannot read", "[cli]") {
  Folder folder;
  write_sweep(folder, "axes: {serving.max_num_seqs: [4, 8, 16]}\n");
  for (const char* part : {"1", "2"})
    REQUIRE(folder
                .headroom({"sweep", "sweep.yaml", "--shard", std::string(part) + "/2", "--db",
                           std::string("part") + part + ".sqlite"})
                .exit_code == 0);
  const Outcome merged =
      folder.headroom({"merge", "all.sqlite", "part1.sqlite", "part2.sqlite", "--format", "json"});
  INFO(merged.err);
  REQUIRE(merged.exit_code == 0);
  const Json counts = Json::parse(merged.out);
  CHECK(counts[0]["added"] == 2);
  CHECK(counts[1]["added"] == 1);
  CHECK(ask(folder, "all.sqlite", "SELECT count(*) AS n FROM sweep_run")[0]["n"] == 3);
  CHECK_THAT(folder.headroom({"merge", "all.sqlite", "./all.sqlite"}).err,
             Contains("cannot be merged into itself"));
  CHECK_THAT(folder.headroom({"merge", "all.sqlite", "none.sqlite"}).err,
             Contains("'none.sqlite' does not exist"));
  // A file of another version is refused before anything is merged.
  std::filesystem::copy_file(folder.path("part1.sqlite"), folder.path("old.sqlite"));
  sqlite3* old = nullptr;
  REQUIRE(sqlite3_open(folder.path("old.sqlite").c_str(), &old) == SQLITE_OK);
  REQUIRE(sqlite3_exec(old, "PRAGMA user_version = 1", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(old);
  const Outcome refused = folder.headroom({"merge", "new.sqlite", "part2.sqlite", "old.sqlite"});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Contains("'old.sqlite' has schema version 1, expected"));
  CHECK_FALSE(std::filesystem::exists(folder.path("new.sqlite")));
}

}  // namespace
}  // namespace headroom::cli
