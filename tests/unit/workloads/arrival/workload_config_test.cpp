#include "workloads/arrival/workload_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/config/node.hpp"

using namespace headroom;

namespace {

class Folder {
 public:
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "headroom-workload-XXXXXX").string();
    path_ = mkdtemp(name.data());
    std::ofstream(path_ + "/t.csv")
        << "arrived_at,num_prefill_tokens,num_decode_tokens\n0,10,1\n1,20,2\n2,30,3\n";
    std::ofstream(path_ + "/lengths.csv") << "num_prefill_tokens,num_decode_tokens\n10,1\n20,2\n";
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

WorkloadConfig read(const Folder& folder, const std::string& yaml) {
  const Node root = parse_config(yaml, "s.yaml");
  ReadContext context;
  context.base_directory = folder.path();
  MapReader reader(root, "workload", context);
  WorkloadConfig workload = workload_from_config(reader);
  context.diagnostics.throw_if_any();
  return workload;
}

std::string problems_of(const Folder& folder, const std::string& yaml) {
  try {
    read(folder, yaml);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

const std::string kTrace = "trace: {format: vidur, path: t.csv}\n";
const std::string kSynthetic =
    "arrivals: {process: constant, rate: 4 /s}\nprompt_tokens: 100\noutput_tokens: 7\nrequests: "
    "5\n";

}  // namespace

TEST_CASE("a trace is replayed as it is", "[workloads][arrival]") {
  const Folder folder;
  const auto workload =
      read(folder, "trace: {format: vidur, path: t.csv, limit: 2, rate_scale: 2}");
  const auto table = workload.make_requests(1);
  REQUIRE(table.requests.size() == 2);
  CHECK(table.requests[1].arrival == TimePoint(500'000'000));
  CHECK(table.requests[1].prompt_tokens == 20);
  CHECK(workload.classes == std::vector<std::string>{"default"});
  CHECK(workload.hash_block_tokens == 0);
}

TEST_CASE("the lengths of a trace can have other arrivals", "[workloads][arrival]") {
  const Folder folder;
  const auto open =
      read(folder, kTrace + "arrivals: {process: constant, rate: 4 /s}").make_requests(1);
  REQUIRE(open.requests.size() == 3);
  CHECK(open.requests[2].arrival == TimePoint(750'000'000));
  CHECK(open.requests[2].prompt_tokens == 30);
  const auto closed = read(folder,
                           "trace: {format: vidur, path: lengths.csv}\narrivals: {process: "
                           "closed_loop, max_concurrency: 8}")
                          .make_requests(1);
  CHECK(closed.max_concurrency == 8);
  CHECK(closed.requests.size() == 2);
}

TEST_CASE("synthetic requests are as many and as long as they should be", "[workloads][arrival]") {
  const Folder folder;
  const auto table = read(folder, kSynthetic).make_requests(1);
  REQUIRE(table.requests.size() == 5);
  CHECK(table.requests[4].arrival == TimePoint(1'250'000'000));
  CHECK(table.requests[4].prompt_tokens == 100);
  CHECK(table.requests[4].output_tokens == 7);
  CHECK(problems_of(folder,
                    "arrivals: {process: gamma, rate: 4 /s, burstiness: 0.5}\n"
                    "prompt_tokens: {distribution: lognormal, mean: 1024, stddev: 800, max: 8192}\n"
                    "output_tokens: {distribution: fixed, value: 256}\n"
                    "requests: 1000\n") == "");
}

TEST_CASE("pairs of lengths are drawn together", "[workloads][arrival]") {
  const Folder folder;
  const auto workload = read(folder,
                             "arrivals: {process: all_at_once}\nlengths: {distribution: empirical, "
                             "format: vidur, path: lengths.csv}\nrequests: 1000\n");
  std::int64_t second = 0;
  for (const auto& request : workload.make_requests(1).requests) {
    REQUIRE(request.prompt_tokens == 10 * request.output_tokens);  // both rows have this ratio
    second += request.prompt_tokens == 20;
  }
  CHECK(second > 400);  // half of 1000, standard error 16
  CHECK(second < 600);
}

TEST_CASE("classes take the lengths of the workload unless they have their own",
          "[workloads][arrival]") {
  const Folder folder;
  const auto workload =
      read(folder,
           kSynthetic +
               "classes:\n"
               "  - {name: chat, share: 0.5}\n"
               "  - {name: batch, share: 0.5, priority: 2, prompt_tokens: 900, output_tokens: 1}\n"
               "shared_prefix: {groups: 3, tokens: 64}\n");
  CHECK(workload.classes == std::vector<std::string>{"chat", "batch"});
  CHECK(workload.hash_block_tokens == 64);
  for (const auto& request : workload.make_requests(2).requests)
    CHECK(request.prompt_tokens == (request.class_id == 0 ? 100 : 900));
}

TEST_CASE("the classes of a trace column are not known before it is read", "[workloads][arrival]") {
  const Folder folder;
  std::ofstream(folder.path() + "/c.csv") << "t,p,o,c\n0,1,1,x\n";
  const auto workload = read(folder,
                             "trace: {format: csv, path: c.csv, columns: {arrival: {column: t, "
                             "unit: s}, prompt_tokens: p, output_tokens: o, class: c}}");
  CHECK(workload.classes.empty());
  CHECK(workload.make_requests(1).classes == std::vector<std::string>{"x"});
}

TEST_CASE("a broken row of the trace is found when the requests are made", "[workloads][arrival]") {
  const Folder folder;
  std::ofstream(folder.path() + "/t.csv", std::ios::app) << "3,x,1\n";
  const auto workload = read(folder, kTrace);
  CHECK_THROWS_WITH(workload.make_requests(1),
                    "t.csv:5:3: error: 'num_prefill_tokens' is 'x', which is not a number");
}

TEST_CASE("mistakes in a workload are reported at their place", "[workloads][arrival]") {
  const Folder folder;
  const auto check = [&](const std::string& yaml, const std::string& expected) {
    CHECK_THAT(problems_of(folder, yaml), Catch::Contains(expected));
  };
  check(
      "requests: 5",
      "s.yaml:1:1: error: the workload needs a 'trace', or 'arrivals' with lengths and 'requests'");
  check(
      kTrace + "requests: 5",
      "s.yaml:2:11: error: 'workload.requests' cannot be combined with 'trace'; use 'trace.limit'");
  check(kTrace + "prompt_tokens: 5",
        "s.yaml:2:16: error: 'workload.prompt_tokens' cannot be combined with 'trace', which gives "
        "it");
  check(kTrace + "arrivels: {}", "unknown key 'arrivels'");
  check("trace: {format: vidur, path: t.csv, limits: 5}",
        "s.yaml:1:37: error: unknown key 'limits'");
  check("trace: {format: vidur, path: t.csv, rate_scale: 2}\narrivals: {process: all_at_once}",
        "s.yaml:1:49: error: 'workload.trace.rate_scale' is about the arrivals");
  check("trace: {format: vidur, path: lengths.csv}",
        "lengths.csv:1: error: no column 'arrived_at'");
  check("arrivals: {process: constant, rate: 4 /s}\nprompt_tokens: 1\noutput_tokens: 1",
        "missing key 'workload.requests'");
  check("arrivals: {process: constant, rate: 4 /s}\nprompt_tokens: 1\nrequests: 2",
        "missing key 'workload.output_tokens'");
  check("arrivals: {process: constant}\nprompt_tokens: 1\noutput_tokens: 1\nrequests: 2",
        "missing key 'workload.arrivals.rate'");
  check("arrivals: {process: constant, rate: 4}\nprompt_tokens: 1\noutput_tokens: 1\nrequests: 2",
        "s.yaml:1:37: error: 'workload.arrivals.rate'");
  check("arrivals: {process: gamma, rate: 4 /s}\nprompt_tokens: 1\noutput_tokens: 1\nrequests: 2",
        "missing key 'workload.arrivals.burstiness'");
  check("arrivals: {process: poison, rate: 4 /s}\nprompt_tokens: 1\noutput_tokens: 1\nrequests: 2",
        "did you mean 'poisson'?");
  check(
      "arrivals: {process: closed_loop, max_concurrency: 0}\nprompt_tokens: 1\noutput_tokens: "
      "1\nrequests: 2",
      "s.yaml:1:51: error: 'workload.arrivals.max_concurrency'");
  check(kSynthetic + "lengths: {distribution: empirical, format: vidur, path: t.csv}",
        "s.yaml:2:16: error: 'workload.prompt_tokens' cannot be combined with 'lengths'");
  check(kSynthetic + "classes: [{name: a, share: 0.5}, {name: b, share: 0.4}]",
        "must have shares that sum to 1, got 0.9");
  check(kSynthetic + "classes: [{name: a, share: 0.5}, {name: a, share: 0.5}]",
        "is the name of an earlier class");
  check(kSynthetic + "classes: []",
        "s.yaml:5:10: error: 'workload.classes' must name at least one class");
  check("arrivals: {process: all_at_once}\nrequests: 2\nclasses: [{name: a, share: 1}]",
        "class 'a' needs 'prompt_tokens' and 'output_tokens'");
  check(kSynthetic + "shared_prefix: {groups: 0, tokens: 64}",
        "s.yaml:5:25: error: 'workload.shared_prefix.groups'");
}
