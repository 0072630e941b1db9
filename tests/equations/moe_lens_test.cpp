// MoE-Lens, arXiv 2504.09345: cases L1 to L4 of the published figures.
#include <catch2/catch.hpp>

#include "tests/equations/command_line.hpp"

namespace headroom::equations {
namespace {

Settings lengths(int prompt, int output) {
  return {"workload.prompt_tokens=" + std::to_string(prompt),
          "workload.output_tokens=" + std::to_string(output)};
}

Settings joined(Settings first, const Settings& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_CASE("L1 tokens that saturate a GPU and the KV cache they take are those of table 2",
          "[equations]") {
  struct Case {
    const char* peak;
    double tokens, kv_256, kv_512;
  };
  // The table counts C in TFLOPS x 1024 / 32 x 4: 32 TFLOPS-in-thousands per GB/s is 31.25 GB/s.
  // Its GB of KV are 1000 MiB.
  const Settings link{"hardware.node.pcie.bandwidth=31.25 GB/s"};
  constexpr double kPublishedGb = 1000.0 * 1024 * 1024;
  for (const Case& c : {Case{"150", 19.2e3, 614, 1228}, Case{"181", 23.2e3, 741, 1482},
                        Case{"312", 40.0e3, 1277, 2554}}) {
    INFO(c.peak);
    const Settings gpu = joined(link, {std::string("hardware.gpu.bf16=") + c.peak + " TFLOPS"});
    const LimitTable at_256("moe_lens.yaml", joined(gpu, lengths(128, 128)));
    CHECK(at_256.value("moe_lens_saturation", "tokens_per_pass") == Approx(c.tokens).epsilon(2e-3));
    CHECK(at_256.value("moe_lens_saturation", "kv_bytes") / kPublishedGb ==
          Approx(c.kv_256).epsilon(2e-3));
    const LimitTable at_512("moe_lens.yaml", joined(gpu, lengths(256, 256)));
    CHECK(at_512.value("moe_lens_saturation", "kv_bytes") / kPublishedGb ==
          Approx(c.kv_512).epsilon(2e-3));
  }
}

TEST_CASE("L1 the intensity of GEMMs is equation 1", "[equations]") {
  // m = 14336 / 4096 = 3.5, s = 4: (21 x 2 + 2.5) / (21 x 8 + 2.5) = 44.5 / 170.5 per token, at
  // 150e12 / 19.5e9 x 4 = 30769.23 tokens.
  const LimitTable limits("moe_lens.yaml");
  CHECK(limits.value("moe_lens_saturation", "gemm_intensity") ==
        Approx(30769.2308 * 44.5 / 170.5).epsilon(1e-6));
}

TEST_CASE("L2 parallelism-memory efficiency is equation 3", "[equations]") {
  struct Case {
    int prompt, output;
    double published;  // the closed form 2 (p + g) / ((2 p + g) g)
  };
  for (const Case& c : {Case{98, 32, 0.03564}, Case{98, 64, 0.01947}, Case{98, 256, 0.00612},
                        Case{100, 128, 0.01086}}) {
    INFO(c.prompt << ' ' << c.output);
    const LimitTable limits("moe_lens.yaml", lengths(c.prompt, c.output));
    const char* pme = "parallelism_memory_efficiency";
    // Five decimals are printed.
    CHECK(limits.value("moe_lens_stage1_closed_form", pme) == Approx(c.published).margin(5.1e-6));
    const double p = c.prompt, g = c.output;
    CHECK(limits.value("moe_lens_stage1_paper", pme) ==
          Approx((p + g) / ((g + 1) * p + g * (g + 1) / 2)).epsilon(1e-9));
    CHECK(limits.value("moe_lens_stage1_g_passes", pme) ==
          Approx((p + g) / (g * p + g * (g - 1) / 2)).epsilon(1e-9));
  }
}

TEST_CASE("L3 what overlapped prefills make of KV memory is equation 7", "[equations]") {
  // (98 + 256) / (98 + 128) and (98 + 32) / (98 + 16).
  CHECK(LimitTable("moe_lens.yaml", lengths(98, 256)).value("moe_lens_overlap", "factor") ==
        Approx(1.566).epsilon(1e-3));
  CHECK(LimitTable("moe_lens.yaml", lengths(98, 32)).value("moe_lens_overlap", "factor") ==
        Approx(1.140).epsilon(1e-3));
}

// 46,702,792,704 parameters are 93.405585408 GB, where the paper says 94 GB: over a link of 19.5
// GB/s x 93.405585408 / 94 they take as long as 94 GB over 19.5 GB/s.
const Settings kAsLongAs94Gb{"hardware.node.pcie.bandwidth=19.376691 GB/s"};

TEST_CASE("L4 stage 1 is equation 4 in its published form and with the passes there are",
          "[equations]") {
  struct Case {
    int output;
    double published;
  };
  for (const Case& c : {Case{32, 3948}, Case{64, 2157}, Case{128, 1208}, Case{256, 678}}) {
    INFO(c.output);
    const LimitTable limits("moe_lens.yaml", joined(kAsLongAs94Gb, lengths(98, c.output)));
    CHECK(limits.value("moe_lens_pass", "time_s") == Approx(94.0 / 19.5).epsilon(1e-4));
    CHECK(limits.value("moe_lens_stage1_closed_form", "total_tokens_per_s") ==
          Approx(c.published).epsilon(1e-3));
    const double p = 98, g = c.output, tokens = 70e9 / 131072, delta = 94 / 19.5;
    const double in_g_passes = (p + g) / (g * p + g * (g - 1) / 2) * tokens / delta;
    CHECK(limits.value("moe_lens_stage1_g_passes", "total_tokens_per_s") ==
          Approx(in_g_passes).epsilon(1e-3));
    CHECK(limits.value("moe_lens_stage1_g_passes", "output_tokens_per_s") ==
          Approx(in_g_passes * g / (p + g)).epsilon(1e-3));
    CHECK(limits.bound_by("moe_lens_stage1_g_passes", "total_tokens_per_s") == "kv_memory");
  }
}

TEST_CASE("L4 a fast link makes the GPU the bound of stage 1", "[equations]") {
  // 32 GB/s is more than PCIe 4 x16 carries; at 31 GB/s memory allows 3965 x 31 / 19.377 = 6344
  // tokens/s. Of 130 tokens 129 are computed, with Mixtral's 12.75e9 parameters less 131e6 of the
  // LM head, through which 32 go: 150e12 x 130 / (2 x (129 x (12.75e9 - 131e6) + 32 x 131e6)) =
  // 5974.
  const LimitTable limits("moe_lens.yaml", {"hardware.node.pcie.bandwidth=31 GB/s"});
  CHECK(limits.bound_by("moe_lens_stage1_g_passes", "total_tokens_per_s") == "gpu_compute");
  CHECK(limits.value("moe_lens_stage1_g_passes", "total_tokens_per_s") ==
        Approx(5974).epsilon(1e-3));
}

TEST_CASE("L4 CPU attention reads the KV memory once per pass and does equation 6", "[equations]") {
  const LimitTable limits("moe_lens.yaml", kAsLongAs94Gb);
  // 70e9 / (94 / 19.5); per 2-byte element a multiplication and an addition for each of 4 queries.
  CHECK(limits.value("moe_lens_cpu_attention", "bytes_per_s") ==
        Approx(70e9 * 19.5 / 94).epsilon(1e-3));
  CHECK(limits.value("moe_lens_cpu_attention", "flops_per_s") ==
        Approx(70e9 * 19.5 / 94 / 2 * 2 * 4).epsilon(1e-3));
}

TEST_CASE("stage 2 tends to stage 1 for many sequences and falls with whole blocks",
          "[equations]") {
  const auto total = [](const Settings& settings) {
    return LimitTable("moe_lens.yaml", joined(kAsLongAs94Gb, settings))
        .value("moe_lens_stage2", "total_tokens_per_s");
  };
  const double many = total({"workload.requests=200000"});
  const double stage1 = 130.0 / 3632 * 70e9 / 131072 / (94 / 19.5);
  CHECK(many < stage1);
  CHECK(many > 0.95 * stage1);
  // 20,000 sequences, 147.04 per pass: 137 passes to admit them, 31 more to end.
  CHECK(total({"workload.requests=20000"}) ==
        Approx(20000 * 130 / ((137 + 31) * 94 / 19.5)).epsilon(1e-3));
  // Blocks of 64 tokens: every pass holds ceil((98 + j) / 64) = 2 blocks for j <= 30, 3 for 31.
  const double in_blocks = total({"workload.requests=200000", "serving.block_size=64"});
  CHECK(in_blocks == Approx(many * 3632 / 64 / 65).epsilon(0.01));
}

TEST_CASE("the bound of a long run is stage 1 with g passes and what attention sends beside",
          "[equations]") {
  const LimitTable limits("moe_lens.yaml", joined(kAsLongAs94Gb, {"workload.requests=200000"}));
  // The paper's delta leaves out that of 130 tokens 31 decode and get 4096 elements of attention
  // output in each of 32 layers over the link that weights come over: 1.3 %.
  const double outputs_s = 31.0 * 32 * 4096 * 2 / 130 / 19.376691e9;
  const double stage1 = limits.value("moe_lens_stage1_g_passes", "total_tokens_per_s");
  CHECK(limits.value("binding", "total_tokens_per_s") ==
        Approx(1 / (1 / stage1 + outputs_s)).epsilon(1e-6));
  CHECK(limits.bound_by("binding", "total_tokens_per_s") == "pcie_h2d");
}

TEST_CASE("growth says until when a faster link helps", "[equations]") {
  const LimitTable limits("moe_lens.yaml", joined(kAsLongAs94Gb, {"workload.requests=200000"}));
  const double until = limits.value("must_grow", "pcie_h2d");
  CHECK(limits.bound_by("must_grow", "pcie_h2d") == "gpu_compute");
  const auto bound_at = [](double factor, double bandwidth) {
    return LimitTable("moe_lens.yaml", {"workload.requests=200000",
                                        "hardware.node.pcie.bandwidth=" +
                                            std::to_string(factor * bandwidth / 1e9) + " GB/s"})
        .bound_by("binding", "makespan_s");
  };
  CHECK(bound_at(0.999, until) == "pcie_h2d");
  CHECK(bound_at(1.001, until) == "gpu_compute");
}

}  // namespace headroom::equations
