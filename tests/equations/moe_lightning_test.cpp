// MoE-Lightning, arXiv 2411.11217: cases ML1 and ML2, the artifact's own example.
#include <catch2/catch.hpp>

#include "tests/equations/command_line.hpp"

namespace headroom::equations {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kTolerance = 1e-3;

void check_published(const LimitTable& limits, const std::string& name) {
  INFO(name);
  const auto value = [&](const char* metric) { return limits.value(name, metric); };
  CHECK(value("weights_on_gpu") == Approx(0.055885).epsilon(kTolerance));
  CHECK(value("layer_s") == Approx(0.15489).epsilon(kTolerance));
  CHECK(value("layer_link_s") == Approx(0.15489).epsilon(kTolerance));
  CHECK(value("layer_gpu_s") == Approx(0.12949).epsilon(kTolerance));
  CHECK(value("layer_cpu_s") == Approx(0.02573).epsilon(kTolerance));
  CHECK(32 * value("layer_s") == Approx(4.957).epsilon(kTolerance));
  CHECK(value("decode_tokens_per_s") == Approx(944.66).epsilon(kTolerance));
  CHECK(value("weight_bytes") / kGiB == Approx(86.5).epsilon(kTolerance));
  CHECK(value("attention_weight_bytes") / kGiB == Approx(2.5).epsilon(kTolerance));
  CHECK(value("gpu_home_bytes") / kGiB == Approx(10.43).epsilon(kTolerance));
  CHECK(value("gpu_buffer_bytes") / kGiB == Approx(10.21).epsilon(kTolerance));
  CHECK(value("gpu_workspace_bytes") / kGiB == Approx(5.25).epsilon(kTolerance));
  CHECK(value("gpu_peak_bytes") / kGiB == Approx(20.640).epsilon(kTolerance));
  CHECK(value("cpu_peak_bytes") / kGiB == Approx(147.282).epsilon(kTolerance));
}

}  // namespace

TEST_CASE("ML1 and ML2 the solver finds the published policy with its published prediction",
          "[equations]") {
  const LimitTable limits("moe_lightning.yaml");
  CHECK(limits.value("moe_lightning_solver", "micro_batch") == 324);
  CHECK(limits.value("moe_lightning_solver", "micro_batches") == 14);
  check_published(limits, "moe_lightning_solver");
}

TEST_CASE("ML1 the policy of the scenario is predicted like the solver's own", "[equations]") {
  check_published(LimitTable("moe_lightning.yaml"), "moe_lightning_policy");
}

TEST_CASE("HRM puts decode attention on the CPU and the experts on the GPU", "[equations]") {
  const LimitTable limits("moe_lightning.yaml");
  // Grouped attention over a 16-bit cache, 32 query and 8 KV heads: 4 FLOP per byte. P1 is 1.6e12 /
  // 17.18e9 = 93.13; on the CPU 4 x 81.6e9, over the link 4 x 17.18e9.
  CHECK(limits.value("hrm_attention", "intensity") == Approx(4));
  CHECK(limits.value("hrm_attention", "turning_point_cpu") == Approx(93.13).epsilon(1e-3));
  CHECK(limits.value("hrm_attention", "flops_per_s_on_cpu") == Approx(326.4e9).epsilon(1e-3));
  CHECK(limits.value("hrm_attention", "flops_per_s_on_gpu") == Approx(68.72e9).epsilon(1e-3));
  // P2 = min(104e12, 306e9 x 4) / 17.18e9, and as HBM binds the balance point is the same.
  CHECK(limits.value("hrm_attention", "turning_point_gpu") == Approx(71.25).epsilon(1e-3));
  CHECK(limits.value("hrm_attention", "balance_point") == Approx(71.25).epsilon(1e-3));
  CHECK(limits.bound_by("hrm_attention", "intensity") == "cpu");
  // 4536 tokens x 2 experts x 2 FLOP over 8 experts x 2 bytes, of which 0.944115 are streamed.
  CHECK(limits.value("hrm_mlp", "intensity") == Approx(4536 * 4 / 16.0 / 0.944115).epsilon(1e-3));
  CHECK(limits.bound_by("hrm_mlp", "intensity") == "gpu");
}

}  // namespace headroom::equations
