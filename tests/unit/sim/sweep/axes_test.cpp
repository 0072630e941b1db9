#include <catch2/catch.hpp>

#include "tests/unit/sim/sweep/sweep_texts.hpp"

namespace headroom {
namespace {

using test::labels_of;
using test::settings_of;
using test::sweep_of;
using Texts = std::vector<std::string>;

TEST_CASE("a list gives its values as they are written", "[sweep]") {
  CHECK(labels_of("axes: {hardware.gpu: [l4, {base: h100-sxm, l2: 30 MB}]}") ==
        Texts{"l4", "{base: h100-sxm, l2: 30 MB}"});
}

TEST_CASE("a range has both ends and keeps unit and wholeness", "[sweep]") {
  CHECK(labels_of("axes: {serving.max_num_seqs: {range: {from: 8, to: 32, step: 8}}}") ==
        Texts{"8", "16", "24", "32"});
  CHECK(
      labels_of("axes: {workload.arrivals.rate: {range: {from: 1 /s, to: 2 /s, step: 0.5 /s}}}") ==
      Texts{"1 /s", "1.5 /s", "2 /s"});
  // 0.1 + 2 x 0.1 is not 0.3 in binary, and is written as 0.3 all the same.
  CHECK(labels_of(
            "axes: {serving.gpu_memory_utilization: {range: {from: 0.1, to: 0.3, step: 0.1}}}") ==
        Texts{"0.1", "0.2", "0.3"});
  // The last step would go beyond the end.
  CHECK(labels_of("axes: {serving.max_num_seqs: {range: {from: 1, to: 10, step: 4}}}") ==
        Texts{"1", "5", "9"});
}

TEST_CASE("a log range has equal ratios and exact ends", "[sweep]") {
  CHECK(labels_of("axes: {serving.max_num_seqs: {log_range: {from: 16, to: 256, points: 5}}}") ==
        Texts{"16", "32", "64", "128", "256"});
  // 100^(1/2) = 10; whole numbers stay whole: 1 x 1000^(1/4) = 5.62, 31.6, 177.8.
  CHECK(labels_of("axes: {workload.arrivals.rate: {log_range: {from: 0.1 /s, to: 10 /s, points: "
                  "3}}}") == Texts{"0.1 /s", "1 /s", "10 /s"});
  CHECK(labels_of("axes: {serving.max_num_seqs: {log_range: {from: 1, to: 1000, points: 5}}}") ==
        Texts{"1", "6", "32", "178", "1000"});
}

TEST_CASE("zipped keys walk together", "[sweep]") {
  const SweepPlan plan =
      sweep_of("axes: {layout: {zip: {hardware.gpu: [l4, h100-sxm], hardware.replicas: [2, 1]}}}");
  CHECK(plan.axes[0].keys == Texts{"hardware.gpu", "hardware.replicas"});
  CHECK(plan.axes[0].values[0].label == "l4, 2");
  CHECK(settings_of(plan) ==
        Texts{"hardware.gpu=l4 hardware.replicas=2", "hardware.gpu=h100-sxm hardware.replicas=1"});
}

TEST_CASE("variants set what they name and leave the rest to the base", "[sweep]") {
  const SweepPlan plan = sweep_of(
      "axes:\n  system:\n    variants:\n      as_is: {}\n      fast: {hardware.gpu: h200-sxm, "
      "serving.max_num_seqs: 8}\n");
  CHECK(plan.axes[0].values[0].label == "as_is");
  CHECK(settings_of(plan) == Texts{"", "hardware.gpu=h200-sxm serving.max_num_seqs=8"});
}

TEST_CASE("a key stands before those below it whatever the order of the axes", "[sweep]") {
  const SweepPlan plan =
      sweep_of("axes: {hardware.gpu.hbm_bandwidth: [2 TB/s], hardware.gpu: [h100-sxm]}");
  CHECK(settings_of(plan) == Texts{"hardware.gpu=h100-sxm hardware.gpu.hbm_bandwidth=2 TB/s"});
  CHECK(scenario_of(plan, plan.points[0]).hardware.gpu.hbm_bandwidth.value == 2e12);
}

}  // namespace
}  // namespace headroom
