#include "hwmodels/compute/ops_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/check.hpp"
#include "tests/unit/hwmodels/compute/test_gpus.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

namespace headroom {
namespace {

using testing::llama_3_8b;
using testing::round_gpu;

TEST_CASE("the table sums to the iteration and states each bound", "[compute]") {
  const auto table =
      ops_table(llama_3_8b(), {}, round_gpu(), "roofline", {}, {.prefill_tokens = 2048});
  double sum = 0;
  for (const auto& row : table.rows) {
    sum += static_cast<double>(row.count) * row.time_s;
    CHECK(row.hbm_bytes == row.weight_bytes + row.kv_bytes + row.activation_bytes);
    CHECK(row.comm_bytes == 0);
  }
  CHECK(table.iteration_s == Approx(sum));
  const auto qkv = std::find_if(table.rows.begin(), table.rows.end(),
                                [](const auto& r) { return r.name == "qkv_proj"; });
  REQUIRE(qkv != table.rows.end());
  // 2 x 2048 x 6144 x 4096 FLOP at 100 TFLOPS; the bytes take 0.09 ms at 1 TB/s.
  CHECK(qkv->time_s == Approx(2.0 * 2048 * 6144 * 4096 / 100e12));
  CHECK(qkv->bound == "compute");
  CHECK(qkv->arithmetic_intensity ==
        Approx(2.0 * 2048 * 6144 * 4096 / (2 * (6144.0 * 4096 + 2048 * (6144 + 4096)))));
}

TEST_CASE("rows of several prompts and of decodes are priced together", "[compute]") {
  const auto table = ops_table(llama_3_8b(), {}, round_gpu(), "roofline", {},
                               {.prefill_tokens = 64,
                                .prefill_context = 100,
                                .prefill_sequences = 2,
                                .decode_sequences = 3,
                                .decode_context = 50});
  const auto row = [&](const std::string& name) {
    return *std::find_if(table.rows.begin(), table.rows.end(),
                         [&](const auto& r) { return r.name == name; });
  };
  // Two rows of 32 after 100: 32 x 100 + 32 x 33 / 2 = 3728 pairs each; 4 x 32 x 128 FLOP a pair.
  CHECK(row("attn_prefill").flops == 2.0 * 3728 * 4 * 32 * 128);
  CHECK(row("attn_prefill").kv_bytes == (200.0 + 64) * 4096);
  CHECK(row("attn_decode").flops == 3.0 * 51 * 4 * 32 * 128);
  CHECK(row("o_proj").flops == 2.0 * 67 * 4096 * 4096);
  CHECK(row("lm_head").flops == 2.0 * 5 * 128256 * 4096);  // five sequences sample
}

TEST_CASE("an empty batch has no ops and takes no time", "[compute]") {
  const auto table = ops_table(llama_3_8b(), {}, round_gpu(), "roofline", {}, {});
  CHECK(table.rows.empty());
  CHECK(table.iteration_s == 0);
}

TEST_CASE("ops refuses what makes no sense", "[compute]") {
  const auto price = [](const OpsBatch& batch, std::int64_t ranks) {
    return ops_table(llama_3_8b(), {}, round_gpu(), "roofline", {ranks}, batch);
  };
  CHECK_THROWS_WITH(price({.prefill_tokens = -1}, 1),
                    "prefill tokens must be a number from 0 to 1e12");
  CHECK_THROWS_WITH(price({.decode_context = std::nan("")}, 1),
                    "decode context must be a number from 0 to 1e12");
  CHECK_THROWS_WITH(price({.prefill_tokens = 5, .prefill_sequences = 0}, 1),
                    "prefill tokens need at least one prefill sequence");
  CHECK_THROWS_WITH(price({.prefill_tokens = 5}, 3),
                    "the 32 attention heads of llama-3.1-8b do not divide over 3 ranks");
  CHECK_THROWS_AS(price({.prefill_tokens = 5}, 0), UserError);
  ModelSpec uneven = llama_3_8b();
  uneven.num_attention_heads = 24;
  CHECK_THROWS_WITH(ops_table(uneven, {}, round_gpu(), "roofline", {3}, {.prefill_tokens = 5}),
                    "the 8 key-value heads of llama-3.1-8b neither divide over 3 ranks nor repeat "
                    "evenly on them");
  GpuSpec alone = round_gpu();
  alone.scaleup_bandwidth = alone.pcie_bandwidth = BytesPerSecond(0);
  CHECK_THROWS_WITH(ops_table(llama_3_8b(), {}, alone, "roofline", {2}, {}),
                    "round has no link between GPUs: neither a scale-up nor a PCIe bandwidth");
  CHECK_THROWS_AS(ops_table(llama_3_8b(), {}, round_gpu(), "magic", {}, {}), UserError);
}

}  // namespace
}  // namespace headroom
