#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/sweep/point_product.hpp"
#include "tests/unit/sim/sweep/sweep_texts.hpp"

namespace headroom {
namespace {

using test::settings_of;
using test::sweep_of;
using Texts = std::vector<std::string>;

constexpr const char* kTwoAxes =
    "axes: {hardware.replicas: [1, 2, 4], serving.max_num_seqs: [64, 128, 256]}\n";

TEST_CASE("the last axis varies fastest and then the seed", "[sweep]") {
  const SweepPlan plan = sweep_of(
      "axes: {hardware.replicas: [1, 2], serving.max_num_seqs: [8, 16]}\nseeds: 2\n", {"seed=5"});
  REQUIRE(plan.points.size() == 8);
  CHECK(plan.points[0].seed == 5);
  CHECK(plan.points[1].seed == 6);
  CHECK(plan.points[1].coordinates == std::vector<std::size_t>{0, 0});
  CHECK(plan.points[2].coordinates == std::vector<std::size_t>{0, 1});
  CHECK(plan.points[7].coordinates == std::vector<std::size_t>{1, 1});
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(plan.points[i].position == static_cast<std::int64_t>(i));
}

TEST_CASE("a sweep without axes is its base and its seeds", "[sweep]") {
  CHECK(sweep_of("seeds: 3\n").points.size() == 3);
}

TEST_CASE("constraints leave points out and count them", "[sweep]") {
  const SweepPlan plan =
      sweep_of(std::string(kTwoAxes) +
               "constraints: [\"serving.max_num_seqs * hardware.replicas <= 256\"]\nseeds: 2\n");
  // Of 9 products 64 128 256, 128 256 512, 256 512 1024 three are above 256.
  CHECK(plan.excluded == 3);
  CHECK(plan.points.size() == 12);
  CHECK(plan.points.back().settings == Texts{"hardware.replicas=4", "serving.max_num_seqs=64"});
}

TEST_CASE("constraints count quantities in base units and take from the base what a variant leaves",
          "[sweep]") {
  const SweepPlan rates = sweep_of(
      "axes: {workload.arrivals.rate: [30 /min, 2 /s]}\nconstraints: workload.arrivals.rate < 1\n");
  CHECK(settings_of(rates) == Texts{"workload.arrivals.rate=30 /min"});
  const SweepPlan gpus = sweep_of(
      "axes: {system: {variants: {as_is: {}, small: {hardware.gpu: l4}}}}\n"
      "constraints: [\"hardware.gpu == 'h100-sxm'\"]\n");
  CHECK(gpus.points.size() == 1);
  CHECK(gpus.points[0].settings.empty());
}

TEST_CASE("a sample is a part of the product in its order and the same every time", "[sweep]") {
  const std::string axes =
      "axes: {serving.max_num_seqs: {range: {from: 1, to: 100, step: 1}}, hardware.replicas: "
      "[1, 2, 3, 4]}\nsample: {points: 20, seed: 7}\n";
  const SweepPlan plan = sweep_of(axes + "seeds: 2\n");
  REQUIRE(plan.points.size() == 40);
  CHECK(settings_of(plan) == settings_of(sweep_of(axes + "seeds: 2\n")));
  std::set<std::vector<std::size_t>> distinct;
  std::vector<std::vector<std::size_t>> in_order;
  for (std::size_t i = 0; i < 40; i += 2) {
    CHECK(plan.points[i].coordinates == plan.points[i + 1].coordinates);
    distinct.insert(plan.points[i].coordinates);
    in_order.push_back(plan.points[i].coordinates);
  }
  CHECK(distinct.size() == 20);
  CHECK(std::is_sorted(in_order.begin(), in_order.end()));
  // Another seed, another sample.
  const auto other = axes.substr(0, axes.find("seed: 7")) + "seed: 8}\n";
  CHECK(settings_of(sweep_of(other)) != settings_of(sweep_of(axes)));
  // A product that is no larger is taken whole.
  CHECK(sweep_of(std::string(kTwoAxes) + "sample: {points: 9}\n").points.size() == 9);
}

TEST_CASE("a product too large to list is sampled by drawing", "[sweep]") {
  std::string axes = "axes:\n";
  for (const char* key : {"serving.max_num_seqs", "serving.max_num_batched_tokens",
                          "hardware.replicas", "workload.requests"})
    axes += std::string("  ") + key + ": {range: {from: 1, to: 1000, step: 1}}\n";
  const SweepPlan plan =
      sweep_of(axes + "constraints: [serving.max_num_seqs <= 500]\nsample: {points: 100}\n");
  REQUIRE(plan.points.size() == 100);
  for (const auto& point : plan.points) CHECK(point.coordinates[0] < 500);
  // About half of the draws are refused: of 100 wanted, 50 to 200.
  CHECK(plan.excluded > 50);
  CHECK(plan.excluded < 200);
}

TEST_CASE("shards are disjoint and together everything", "[sweep]") {
  std::vector<int> held(10);
  for (const char* text : {"1/3", "2/3", "3/3"}) {
    const auto shard = parse_shard(text);
    REQUIRE(shard);
    for (std::int64_t i = 0; i < 10; ++i)
      if (shard->holds(i)) ++held[static_cast<std::size_t>(i)];
  }
  CHECK(std::all_of(held.begin(), held.end(), [](int n) { return n == 1; }));
  for (const char* wrong : {"", "1", "0/3", "4/3", "1/0", "a/b", "1/3/5", "-1/3"})
    CHECK_FALSE(parse_shard(wrong));
}

TEST_CASE("values are numbers in base units or texts", "[sweep]") {
  CHECK(std::get<double>(expression_value("64")) == 64);
  CHECK(std::get<double>(expression_value("1_000")) == 1000);
  CHECK(std::get<double>(expression_value("50 ms")) == 0.05);
  CHECK(std::get<double>(expression_value("2 GiB")) == 2147483648.0);
  CHECK(std::get<std::string>(expression_value("h100-sxm")) == "h100-sxm");
}

}  // namespace
}  // namespace headroom
