#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Json = nlohmann::json;

using Rows = std::vector<std::vector<std::string>>;

Rows ask(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
  Rows rows;
  const auto collect = [](void* into, int count, char** values, char**) {
    std::vector<std::string> row;
    for (int i = 0; i < count; ++i) row.emplace_back(values[i] ? values[i] : "NULL");
    static_cast<Rows*>(into)->push_back(std::move(row));
    return 0;
  };
  INFO(sql);
  REQUIRE(sqlite3_exec(raw, sql.c_str(), collect, &rows, nullptr) == SQLITE_OK);
  return rows;
}

// Every table but the one of wall-clock facts, in a fixed order.
Rows everything(const std::filesystem::path& file) {
  Rows all;
  for (const auto& table : ask(file,
                               "SELECT name FROM sqlite_master WHERE type = 'table' AND name != "
                               "'run_host' AND name NOT LIKE 'sqlite_%' "
                               "ORDER BY name")) {
    all.push_back({"table " + table[0]});
    for (auto& row : ask(file, "SELECT * FROM \"" + table[0] + '"')) all.push_back(std::move(row));
  }
  return all;
}

std::int64_t count_runs(const std::filesystem::path& file) {
  return std::stoll(ask(file, "SELECT count(*) FROM run")[0][0]);
}

// Takes long enough to be interrupted, whatever the machine.
std::string endless_scenario() {
  return "model: llama-3.1-8b\nhardware: {gpu: h100-sxm}\nworkload:\n"
         "  arrivals: {process: poisson, rate: 5 /s}\n  prompt_tokens: 500\n  output_tokens: 400\n "
         " requests: 3000000\n";
}

TEST_CASE("the same scenario and seed give the same tables but for the host", "[cli][run]") {
  Folder first, second;
  for (const Folder* folder : {&first, &second}) {
    folder->write("s.yaml", small_scenario() + "record: {iterations: true}\n");
    REQUIRE(folder->headroom({"run", "s.yaml", "--db", "r.sqlite"}).exit_code == 0);
  }
  const Rows rows = everything(first.path("r.sqlite"));
  CHECK(rows.size() > 100);
  CHECK(rows == everything(second.path("r.sqlite")));
  CHECK(ask(first.path("r.sqlite"), "SELECT count(*) FROM request")[0][0] == "40");
  CHECK(std::stoll(ask(first.path("r.sqlite"), "SELECT count(*) FROM iteration")[0][0]) > 10);
}

TEST_CASE("another seed gives other requests and the same run again gives the next repeat",
          "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  for (const auto& more : std::vector<std::vector<std::string>>{{}, {}, {"--seed", "8"}}) {
    std::vector<std::string> arguments{"run", "s.yaml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    REQUIRE(folder.headroom(arguments).exit_code == 0);
  }
  const auto file = folder.path("results.sqlite");
  CHECK(ask(file, "SELECT seed, repeat FROM run ORDER BY seed, repeat") ==
        Rows{{"7", "0"}, {"7", "1"}, {"8", "0"}});
  CHECK(ask(file, "SELECT count(DISTINCT run_id) FROM run")[0][0] == "3");
  CHECK(ask(file, "SELECT count(DISTINCT e2e_mean_s) FROM run_metric")[0][0] == "2");
}

TEST_CASE("run prints every documented key as json", "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  const Outcome outcome = folder.headroom({"run", "s.yaml", "--format", "json"});
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.err.empty());  // no progress where nobody watches
  const Json run = Json::parse(outcome.out);
  for (const char* key :
       {"run_id", "name", "makespan_s", "completed", "rejected", "preemptions", "throughput",
        "ttft_s", "tpot_s", "itl_s", "e2e_s", "slo_attainment", "goodput_requests_per_s", "kv",
        "binding_resource", "attained_fraction", "limits", "ledger", "warnings"})
    CHECK(run.contains(key));
  for (const char* key : {"ttft_s", "tpot_s", "itl_s", "e2e_s"})
    for (const char* statistic : {"mean", "p50", "p90", "p95", "p99"})
      CHECK(run.at(key).at(statistic).is_number());
  for (const char* key : {"requests_per_s", "output_tokens_per_s", "total_tokens_per_s"})
    CHECK(run.at("throughput").at(key).is_number());
  for (const char* key : {"blocks", "prefix_hit_rate", "peak_blocks"})
    CHECK(run.at("kv").contains(key));
  CHECK(run.at("completed") == 40);
  CHECK(run.at("run_id").get<std::string>() ==
        ask(folder.path("results.sqlite"), "SELECT run_id FROM run")[0][0]);
  CHECK(run.at("attained_fraction").get<double>() > 0);
  CHECK(run.at("attained_fraction").get<double>() <= 1);
  // Each of the two devices accounts for the whole makespan, to the nanosecond.
  std::int64_t total = 0;
  for (const auto& row : run.at("ledger")) total += row.at("duration_ns").get<std::int64_t>();
  CHECK(total == 2 * std::llround(run.at("makespan_s").get<double>() * 1e9));
}

TEST_CASE("csv has the values of the json", "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  const Json json =
      Json::parse(folder.headroom({"run", "s.yaml", "--no-db", "--format", "json"}).out);
  std::istringstream csv(folder.headroom({"run", "s.yaml", "--no-db", "--format", "csv"}).out);
  std::string line;
  std::getline(csv, line);
  CHECK(line == "section,name,value,unit,detail");
  std::size_t found = 0;
  while (std::getline(csv, line)) {
    std::istringstream fields(line);
    std::string section, name, value;
    std::getline(fields, section, ',');
    std::getline(fields, name, ',');
    std::getline(fields, value, ',');
    if (name == "ttft_p99_s" || name == "e2e_mean_s" || name == "makespan_s") {
      ++found;
      const double expected = name == "makespan_s"   ? json.at("makespan_s").get<double>()
                              : name == "e2e_mean_s" ? json.at("e2e_s").at("mean").get<double>()
                                                     : json.at("ttft_s").at("p99").get<double>();
      CHECK(std::stod(value) == expected);
    }
  }
  CHECK(found == 3);
}

TEST_CASE("a query has the same rows in every format", "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  REQUIRE(folder.headroom({"run", "s.yaml"}).exit_code == 0);
  for (const std::string query : {"summary", "SELECT request_id, arrival_s FROM request"}) {
    const Outcome json = folder.headroom({"query", "results.sqlite", query, "--format", "json"});
    const Outcome csv = folder.headroom({"query", "results.sqlite", query, "--format", "csv"});
    const Outcome table = folder.headroom({"query", "results.sqlite", query});
    REQUIRE(json.exit_code == 0);
    const auto rows = static_cast<std::ptrdiff_t>(Json::parse(json.out).size());
    CHECK(rows >= 1);
    CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == rows + 1);
    CHECK(std::count(table.out.begin(), table.out.end(), '\n') == rows + 2);
  }
}

TEST_CASE("several seeds are the single runs and their means", "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  const Outcome outcome = folder.headroom({"run", "s.yaml", "--seeds", "3", "--format", "json"});
  REQUIRE(outcome.exit_code == 0);
  const Json json = Json::parse(outcome.out);
  REQUIRE(json.at("runs").size() == 3);
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const Json& run = json.at("runs")[i];
    CHECK(run.at("seed") == 7 + static_cast<int>(i));
    const Json alone = Json::parse(folder
                                       .headroom({"run", "s.yaml", "--no-db", "--seed",
                                                  std::to_string(7 + i), "--format", "json"})
                                       .out);
    CHECK(run == alone);
    sum += run.at("e2e_s").at("mean").get<double>();
  }
  bool found = false;
  for (const auto& mean : json.at("means"))
    if (mean.at("metric") == "e2e_mean_s") {
      found = true;
      CHECK(mean.at("mean").get<double>() == Approx(sum / 3).epsilon(1e-12));
      CHECK(mean.at("half_width_95").get<double>() > 0);
      CHECK(mean.at("runs") == 3);
    }
  CHECK(found);
  CHECK(count_runs(folder.path("results.sqlite")) == 3);
  CHECK(ask(folder.path("results.sqlite"), "SELECT count(*) FROM request")[0][0] == "120");
}

TEST_CASE("summary mode keeps the metrics and drops the rows", "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  REQUIRE(folder.headroom({"run", "s.yaml", "--record", "summary"}).exit_code == 0);
  const auto file = folder.path("results.sqlite");
  CHECK(ask(file, "SELECT completed FROM run_metric")[0][0] == "40");
  CHECK(ask(file, "SELECT count(*) FROM request")[0][0] == "0");
  CHECK(ask(file, "SELECT count(*) FROM resource_use")[0][0] == "0");
  CHECK(ask(file, "SELECT count(*) > 0 FROM latency_histogram")[0][0] == "1");
}

TEST_CASE("a time limit ends the run with exit 3 and leaves no row", "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", endless_scenario());
  const Outcome outcome = folder.headroom({"run", "s.yaml", "--time-limit", "1 ms"});
  CHECK(outcome.exit_code == 3);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find("time limit") != std::string::npos);
  CHECK(count_runs(folder.path("results.sqlite")) == 0);
}

TEST_CASE("an interrupt ends the run with exit 130 and keeps only the runs before", "[cli][run]") {
  Folder folder;
  folder.write("small.yaml", small_scenario());
  folder.write("s.yaml", endless_scenario());
  REQUIRE(folder.headroom({"run", "small.yaml"}).exit_code == 0);
  for (const auto& more : std::vector<std::vector<std::string>>{{}, {"--seeds", "3"}}) {
    std::vector<std::string> arguments{"run", "s.yaml"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = folder.headroom(arguments, [](int pid) {
      ::usleep(700'000);
      ::kill(pid, SIGINT);
    });
    CHECK(outcome.exit_code == 130);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find("interrupted") != std::string::npos);
    CHECK(count_runs(folder.path("results.sqlite")) == 1);
  }
}

TEST_CASE("the text of a run shows every section", "[cli][run]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  const Outcome outcome = folder.headroom({"run", "s.yaml"});
  REQUIRE(outcome.exit_code == 0);
  for (const char* part : {"small\n", "40 of 40 requests completed", "TTFT", "TPOT", "ITL", "E2E",
                           "throughput", "SLO", "KV cache", "limits", "attained",
                           "where the time went", "recorded in results.sqlite as run "}) {
    INFO(part);
    CHECK(outcome.out.find(part) != std::string::npos);
  }
}

}  // namespace
}  // namespace headroom::cli
