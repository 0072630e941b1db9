#include "sim/app/completed_run.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

CompletedRun sample() {
  CompletedRun run;
  run.identity = {
      .name = "n", .scenario_text = "a: 1\n", .scenario_hash = 77, .seed = -3, .code_version = "v"};
  run.metrics.makespan_s = 1.5;
  run.metrics.ttft_s = Distribution{.mean = 1, .p50 = 2, .p90 = 3, .p95 = 4, .p99 = 5};
  run.metrics.binding_resource = "hbm";
  run.metrics.attained_fraction = 0.25;
  run.host.host = "somewhere";
  run.warnings = {"one", ""};
  run.classes = {"chat"};
  run.outcomes.resize(3);
  run.outcomes[2].finish = TimePoint{42};
  run.slos = {{"chat", 0.5, std::nullopt, 2.0}};
  run.iterations.resize(2);
  run.iterations[1].kv_blocks_used = 9;
  run.histogram = {{"itl", 0.1, 0.01, 5, 700}};
  run.resource_use = {{"hbm", 1, 0, 1, 0.5, 10, 20}};
  run.resource_totals = {{"compute", 5, 6}};
  run.cache_stats = {{"prefix", "hbm", 10, 5, 1, 0, 0, 6}};
  run.limits = {{"ideal", "makespan_s", 1.25, "s", "hbm", "formula"}};
  run.ledger = {{"useful", "hbm", 123456789, 2}};
  return run;
}

TEST_CASE("a run comes out of the pipe as it went in", "[app]") {
  CompletedRun run = sample();
  const CompletedRun copy = unpack_run(pack(run));
  CHECK(copy.identity.seed == -3);
  CHECK(copy.identity.scenario_hash == 77);
  CHECK(copy.metrics.ttft_s->p99 == 5);
  CHECK(!copy.metrics.tpot_s);
  CHECK(copy.metrics.attained_fraction == 0.25);
  CHECK(copy.host.host == "somewhere");
  CHECK(copy.warnings == std::vector<std::string>{"one", ""});
  CHECK(copy.outcomes.size() == 3);
  CHECK(copy.outcomes[2].finish == TimePoint{42});
  CHECK(copy.slos[0].e2e_s == 2.0);
  CHECK(!copy.slos[0].tpot_s);
  CHECK(copy.iterations[1].kv_blocks_used == 9);
  CHECK(copy.histogram[0].total_ns == 700);
  CHECK(copy.resource_use[0].capacity == 20);
  CHECK(copy.resource_totals.at(0).amount == 5);
  CHECK(copy.cache_stats[0].offline_optimal_hits == 6);
  CHECK(copy.limits[0].source == "formula");
  CHECK(copy.ledger[0].duration_ns == 123456789);
  // All of it: packing the copy gives the same bytes.
  CompletedRun again = copy;
  CHECK(pack(again) == pack(run));
}

TEST_CASE("a run that is cut off or followed by something is refused", "[app]") {
  CompletedRun run = sample();
  const std::string bytes = pack(run);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{5}, bytes.size() / 2, bytes.size() - 1})
    CHECK_THROWS_AS(unpack_run(std::string_view(bytes).substr(0, length)), InternalError);
  CHECK_THROWS_AS(unpack_run(bytes + "x"), InternalError);
}

}  // namespace
}  // namespace headroom
