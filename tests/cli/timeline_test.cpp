#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/cli/process.hpp"
#include "tests/cli/trace_events.hpp"

namespace headroom::cli {
namespace {

using Catch::Matchers::Contains;
using Json = nlohmann::json;
namespace fs = std::filesystem;

// Weights in DRAM, attention on the CPU, little memory: passes of many operations.
constexpr const char* kOffloadScenario =
    "name: offloaded\n"
    "model: mixtral-8x7b\n"
    "hardware:\n"
    "  gpu: a40\n"
    "  node: {cpu: xeon-8380, dram: {capacity: 265 GB, bandwidth: 204.8 GB/s, cpu_bandwidth: 150 "
    "GB/s}, pcie: {bandwidth: 19.5 GB/s}}\n"
    "dtype: {weights: bf16, kv_cache: bf16}\n"
    "system: {name: moe_lens, kv_cache: 70 GB}\n"
    "workload:\n"
    "  arrivals: {process: all_at_once}\n"
    "  prompt_tokens: 98\n"
    "  output_tokens: 32\n"
    "  requests: 60\n";

// Ten blocks: sequences preempt each other.
std::string crowded_scenario() {
  return "name: crowded\n"
         "model: llama-3.1-8b\n"
         "hardware: {gpu: {base: h100-sxm, hbm_capacity: 22 GB}}\n"
         "dtype: {weights: bf16, kv_cache: bf16}\n"
         "serving: {max_num_seqs: 64, max_num_batched_tokens: 2048, max_model_len: 2048, "
         "scheduler_reserve_full_isl: false}\n"
         "workload:\n"
         "  arrivals: {process: all_at_once}\n"
         "  prompt_tokens: 256\n"
         "  output_tokens: 512\n"
         "  requests: 60\n";
}

void change(const fs::path& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
  REQUIRE(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
}

class Recorded {
 public:
  explicit Recorded(const std::string& scenario, const std::vector<std::string>& more = {}) {
    folder.write("s.yaml", scenario);
    std::vector<std::string> command{"run", "s.yaml", "--db", "r.sqlite"};
    command.insert(command.end(), more.begin(), more.end());
    const Outcome run = folder.headroom(command);
    INFO(run.err);
    REQUIRE(run.exit_code == 0);
  }

  Outcome timeline(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command{"timeline", "r.sqlite", "latest", "--out", "t.json"};
    command.insert(command.end(), more.begin(), more.end());
    return folder.headroom(command);
  }
  // The trace, which is well formed.
  Json trace(const std::vector<std::string>& more = {}) const {
    const Outcome outcome = timeline(more);
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    Json trace = Json::parse(folder.read("t.json"));
    for (const auto& problem : problems_of_trace(trace)) FAIL_CHECK(problem);
    return trace;
  }

  Folder folder;
};

std::int64_t count(const Json& trace, const std::string& phase, const std::string& name = "") {
  std::int64_t found = 0;
  for (const Json& event : trace["traceEvents"])
    found += event["ph"] == phase && (name.empty() || event["name"] == name) ? 1 : 0;
  return found;
}

std::int64_t shown_events(const Json& trace) {
  return static_cast<std::int64_t>(trace["traceEvents"].size()) - count(trace, "M");
}

TEST_CASE("the check of traces finds what viewers stumble over", "[cli]") {
  const auto problems = [](const std::string& events) {
    return problems_of_trace(Json::parse("{\"traceEvents\": [" + events + "]}"));
  };
  const std::string names =
      R"({"ph":"M","pid":1,"tid":1,"name":"process_name","args":{"name":"p"}},)"
      R"({"ph":"M","pid":1,"tid":2,"name":"thread_name","args":{"name":"t"}})";
  const auto slice = [](const char* ts, const char* dur) {
    return std::string(R"(,{"ph":"X","pid":1,"tid":2,"name":"s","cat":"c","ts":)") + ts +
           R"(,"dur":)" + dur + "}";
  };
  const auto async = [](const char* phase, const char* name, const char* ts) {
    return std::string(R"(,{"ph":")") + phase + R"(","pid":1,"tid":2,"cat":"r","id":"1","name":")" +
           name + R"(","ts":)" + ts + "}";
  };
  CHECK(problems(names).empty());
  CHECK(problems(names + slice("1", "2") + slice("3", "1") + slice("1", "1.5")).empty());
  CHECK(problems(names + slice("1", "2") + slice("2.999", "1")).size() == 1);
  CHECK(problems(names + slice("-1", "2")).size() == 1);
  CHECK(problems(names + async("b", "x", "1") + async("b", "y", "2") + async("e", "y", "3") +
                 async("e", "x", "4"))
            .empty());
  CHECK(problems(names + async("b", "x", "1")).size() == 1);
  CHECK(problems(names + async("b", "x", "1") + async("e", "x", "0.5")).size() == 1);
  CHECK(problems(names + async("b", "x", "1") + async("e", "y", "2")).size() == 2);
  CHECK(problems(R"({"ph":"Q","pid":1,"tid":1,"name":"x"})").size() == 1);
  CHECK(problems(R"({"ph":"C","pid":1,"tid":1,"name":"x","ts":0,"args":{"v":1}})").size() == 1);
}

TEST_CASE("the timeline of a run has its iterations and requests and counters", "[cli]") {
  const Recorded run(small_scenario() + "record: {iterations: true}\n");
  const Json trace = run.trace();
  CHECK(count(trace, "b", "request") == 40);
  CHECK(count(trace, "b", "decode") == 40);
  CHECK(count(trace, "C", "running") > 0);
  CHECK(trace["otherData"]["left_out"].empty());
  // Every iteration that was recorded, at its date.
  std::int64_t prefill = 0, decode = 0, slices = 0;
  double last_us = 0;
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    ++slices;
    prefill += event["args"]["prefill_tokens"].get<std::int64_t>();
    decode += event["args"]["decode_tokens"].get<std::int64_t>();
    last_us = std::max(last_us, event["ts"].get<double>() + event["dur"].get<double>());
  }
  const Outcome rows = run.folder.headroom(
      {"query", "r.sqlite",
       "SELECT count(*) AS n, sum(prefill_tokens) AS p, sum(decode_tokens) AS d, "
       "max(start_s + duration_s) AS e FROM iteration",
       "--format", "json"});
  const Json recorded = Json::parse(rows.out)[0];
  CHECK(slices == recorded["n"]);
  CHECK(prefill == recorded["p"]);
  CHECK(decode == recorded["d"]);
  CHECK(last_us / 1e6 == Approx(recorded["e"].get<double>()).epsilon(1e-9));
  CHECK(trace["otherData"]["makespan_s"].get<double>() == Approx(last_us / 1e6).epsilon(1e-9));
}

TEST_CASE("the same run has the same timeline down to the byte", "[cli]") {
  const Recorded run(small_scenario(), {"--record", "summary"});
  run.trace();
  const std::string first = run.folder.read("t.json");
  run.trace();
  CHECK(run.folder.read("t.json") == first);
}

TEST_CASE("the operations of passes are shown by stream", "[cli]") {
  const Recorded run(kOffloadScenario, {"--record", "summary"});
  const Json trace = run.trace();
  std::map<std::string, std::int64_t> of_category;
  std::set<std::string> threads;
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] == "X") ++of_category[event["cat"].get<std::string>()];
    if (event["ph"] == "M" && event["name"] == "thread_name")
      threads.insert(event["args"]["name"].get<std::string>());
  }
  CHECK(of_category["iteration"] > 0);
  CHECK(of_category["gpu"] > 0);
  CHECK(of_category["cpu"] > 0);
  CHECK(of_category["transfer"] > 0);
  CHECK(threads.count("gpu") == 1);
  CHECK(std::any_of(threads.begin(), threads.end(), [](const std::string& name) {
    return name.find("weights") != std::string::npos && name.find("h2d") != std::string::npos;
  }));
}

TEST_CASE("preempted requests show when", "[cli]") {
  const Recorded run(crowded_scenario());
  const Json trace = run.trace();
  const Outcome preemptions = run.folder.headroom(
      {"query", "r.sqlite", "SELECT sum(preemptions) AS n FROM request", "--format", "json"});
  const auto wanted = Json::parse(preemptions.out)[0]["n"].get<std::int64_t>();
  CHECK(wanted > 0);
  CHECK(count(trace, "b", "preempted") == wanted);
}

TEST_CASE("a timeline that is too long is thinned and says how", "[cli]") {
  const Recorded run(small_scenario_with("requests:", "  requests: 2000"), {"--record", "summary"});
  const Json all = run.trace();
  CHECK(shown_events(all) > 5'000);
  const Json few = run.trace({"--max-events", "2000"});
  CHECK(shown_events(few) <= 2'000);
  CHECK(shown_events(few) > 800);
  const std::string left_out = few["otherData"]["left_out"].dump();
  CHECK_THAT(left_out, Contains("neighbours are one slice"));
  CHECK_THAT(left_out, Contains("of 2000, evenly in order of arrival"));
  // Nothing of the work is lost: tokens of merged slices are sums.
  const auto decoded = [](const Json& trace) {
    std::int64_t tokens = 0;
    for (const Json& event : trace["traceEvents"])
      if (event["ph"] == "X") tokens += event["args"]["decode_tokens"].get<std::int64_t>();
    return tokens;
  };
  CHECK(decoded(few) == decoded(all));
}

TEST_CASE("operations are thinned too", "[cli]") {
  const Recorded run(kOffloadScenario, {"--record", "summary"});
  const Json few = run.trace({"--max-events", "1000"});
  CHECK(shown_events(few) <= 1'000);
  CHECK_THAT(few["otherData"]["left_out"].dump(), Contains("operations: of one pass in"));
}

TEST_CASE("a window shows what overlaps it", "[cli]") {
  const Recorded run(small_scenario(), {"--record", "summary"});
  const Json trace = run.trace({"--from", "0.5 s", "--until", "1 s"});
  CHECK(count(trace, "X") > 0);
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    CHECK(event["ts"].get<double>() < 1e6);
    CHECK(event["ts"].get<double>() + event["dur"].get<double>() >= 0.5e6);
  }
  CHECK_THAT(trace["otherData"]["left_out"].dump(), Contains("0.5 s to 1 s"));
  CHECK_THAT(run.timeline({"--from", "2 s", "--until", "1 s"}).err, Contains("not after --from"));
}

TEST_CASE("a run that cannot be simulated as it was has no timeline", "[cli]") {
  const Recorded run(small_scenario(), {"--record", "summary"});
  const auto refused = [&](const std::string& message) {
    const Outcome outcome = run.timeline();
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.err, Contains(message));
    CHECK_FALSE(fs::exists(run.folder.path("t.json")));
    CHECK_FALSE(fs::exists(run.folder.path("t.json.part")));
  };
  change(run.folder.path("r.sqlite"),
         "UPDATE run SET code_version = '0.0.9'; UPDATE run_metric SET makespan_s = 1");
  refused("makespan_s is 1 in the file and");
  refused("recorded by code version 0.0.9, this is");
  change(run.folder.path("r.sqlite"),
         "UPDATE scenario SET text = replace(text, 'replicas: 2', 'replicas: 3')");
  refused("it is not the scenario it was");
  change(run.folder.path("r.sqlite"), "UPDATE run SET status = 'failed', reason = 'no luck'");
  refused("failed and has nothing to show: no luck");
}

TEST_CASE("files of a scenario are found where they are or said to be missing", "[cli]") {
  const std::string trace_csv =
      "TIMESTAMP,ContextTokens,GeneratedTokens\n"
      "2023-11-16 18:17:03.0,100,10\n2023-11-16 18:17:04.0,200,20\n";
  Folder folder;
  fs::create_directories(folder.path("scenarios"));
  fs::create_directories(folder.path("db"));
  folder.write("scenarios/trace.csv", trace_csv);
  folder.write("scenarios/s.yaml",
               "model: llama-3.1-8b\nhardware: {gpu: h100-sxm}\n"
               "workload: {trace: {format: azure, path: trace.csv}}\n");
  const Outcome run = folder.headroom({"run", "scenarios/s.yaml", "--db", "db/r.sqlite"});
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const std::vector<std::string> command{"timeline", "db/r.sqlite", "latest", "--out", "t.json"};
  const Outcome missing = folder.headroom(command);
  CHECK(missing.exit_code == 2);
  CHECK_THAT(missing.err, Contains("trace.csv"));
  auto with_folder = command;
  with_folder.insert(with_folder.end(), {"--files-from", "scenarios"});
  CHECK(folder.headroom(with_folder).exit_code == 0);
  folder.write("db/trace.csv", trace_csv);  // beside the results file
  CHECK(folder.headroom(command).exit_code == 0);
  folder.write("db/trace.csv", trace_csv + "2023-11-16 18:17:05.0,1,1\n");
  const Outcome changed = folder.headroom(command);
  CHECK(changed.exit_code == 2);
  CHECK_THAT(changed.err, Contains("has changed"));
}

TEST_CASE("runs are found by id and name and how they begin", "[cli]") {
  const Recorded run(small_scenario(), {"--record", "summary"});
  REQUIRE(run.folder
              .headroom({"run", "s.yaml", "--db", "r.sqlite", "--record", "summary", "--set",
                         "name=large"})
              .exit_code == 0);
  const auto written = [&](const std::string& reference) {
    const Outcome outcome =
        run.folder.headroom({"timeline", "r.sqlite", reference, "--out", "t.json"});
    return outcome.exit_code == 0 ? Json::parse(run.folder.read("t.json"))["otherData"]
                                  : Json{{"error", outcome.err}};
  };
  const Json large = written("large");
  CHECK(large["run"] == "large");
  CHECK(written("la") == large);
  CHECK(written("latest")["run"] == "large");
  const std::string id = large["run_id"];
  CHECK(written(id) == large);
  CHECK(written(id.substr(0, 9)) == large);
  CHECK_THAT(written("tiny")["error"].get<std::string>(), Contains("there is no run 'tiny'"));
  REQUIRE(
      run.folder.headroom({"run", "s.yaml", "--db", "r.sqlite", "--record", "summary"}).exit_code ==
      0);
  const auto ambiguous = written("small")["error"].get<std::string>();
  CHECK_THAT(ambiguous, Contains("not one run of 'r.sqlite' but several"));
  CHECK_THAT(ambiguous, Contains("small, seed 7, repeat 1"));
}

TEST_CASE("an output that cannot be written is said before anything is simulated", "[cli]") {
  const Recorded run(small_scenario(), {"--record", "summary"});
  const auto error = [&](const std::vector<std::string>& command) {
    const Outcome outcome = run.folder.headroom(command);
    CHECK(outcome.exit_code == 2);
    return outcome.err;
  };
  CHECK_THAT(error({"timeline", "r.sqlite", "latest"}), Contains("--out"));
  CHECK_THAT(error({"timeline", "r.sqlite", "latest", "--out", "no/t.json"}),
             Contains("'no/t.json' cannot be written"));
  CHECK_THAT(error({"timeline", "r.sqlite", "latest", "--out", "."}), Contains("is a directory"));
  CHECK_THAT(error({"timeline", "r.sqlite", "latest", "--out", "t.json", "--max-events", "10"}),
             Contains("--max-events"));
}

}  // namespace
}  // namespace headroom::cli
