#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/transformer/lowering.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

namespace headroom {
namespace {

using testing::deepseek_v3;

TEST_CASE("MLA caches 576 elements per token and layer: 70272 bytes per token of DeepSeek-V3",
          "[transformer]") {
  const LoweredModel model(deepseek_v3(), {}, {});
  CHECK(model.kv_bytes_per_token_and_layer().value == 1152);  // (512 + 64) x 2 bytes
  CHECK(model.kv_bytes_per_token().value == 70272);           // 61 layers
  // The latent is shared by all heads: every tensor-parallel rank holds all of it.
  CHECK(LoweredModel(deepseek_v3(), {}, {8}).kv_bytes_per_token().value == 70272);
}

TEST_CASE("DeepSeek-V3 has 671 billion parameters", "[transformer]") {
  const auto count = count_parameters(deepseek_v3());
  // Attention of a layer: q 7168x1536 + 1536x128x192, kv 7168x576 + 512x128x256, o 128x128x7168,
  // norms 1536 + 512.
  CHECK(count.attention == 61.0 * (11010048 + 37748736 + 4128768 + 16777216 + 117440512 + 2048));
  CHECK(count.experts == 58.0 * 256 * 3 * 7168 * 2048);
  CHECK(count.dense_mlp == 3.0 * 3 * 7168 * 18432);
  CHECK(count.total() == Approx(671.0e9).epsilon(0.001));
}

TEST_CASE("MLA attends expanded in prefill and absorbed in decode", "[transformer]") {
  const LoweredModel model(deepseek_v3(), {}, {});
  // Expanded: 2 x 128 heads x (128 + 64 + 128) per pair, and 2 x 512 x 128 x 256 per token of an
  // earlier chunk.
  CHECK(model.prefill_attention(0, 10, 55, 0).flops.value == 55.0 * 2 * 128 * 320);
  CHECK(model.prefill_attention(0, 10, 155, 10).flops.value ==
        155.0 * 2 * 128 * 320 + 10.0 * 2 * 512 * 128 * 256);
  // Absorbed: 2 x 128 heads x (512 + 64 + 512) per pair; the cache is read once for all heads.
  const Op decode = model.decode_attention(0, 1, 1001, 1000);
  CHECK(decode.flops.value == 1001.0 * 2 * 128 * 1088);
  CHECK(decode.kv_bytes.value == 1001.0 * 1152);
}

TEST_CASE("MLA projections cost the FLOP of their parameters", "[transformer]") {
  const LoweredModel model(deepseek_v3(), {}, {});
  std::vector<OpCount> ops;
  model.token_ops(7, ops);
  const auto qkv = std::find_if(ops.begin(), ops.end(),
                                [](const auto& o) { return o.op.kind == OpKind::kQkvProj; });
  REQUIRE(qkv != ops.end());
  CHECK(qkv->op.flops.value == 2.0 * 7 * (11010048 + 37748736 + 4128768 + 16777216));
}

TEST_CASE("a sparse indexer looks at everything and attention at its best tokens",
          "[transformer]") {
  ModelSpec spec = deepseek_v3();
  spec.indexer = SparseIndexer{.num_heads = 64, .head_dim = 128, .topk = 2048};
  const LoweredModel model(spec, {}, {});
  REQUIRE(model.spans().size() == 2);
  CHECK(model.spans()[0].window == 0);
  CHECK(model.spans()[0].layers == 61);
  CHECK(model.spans()[1].window == 2048);
  CHECK(model.spans()[1].layers == 0);  // keeps no KV of its own
  CHECK(model.spans()[1].instances == 61);
  CHECK(model.kv_bytes_per_token_and_layer().value == (576 + 128) * 2);
  CHECK(model.decode_attention(0, 1, 10001, 10000).flops.value == 10001.0 * 2 * 64 * 128);
  CHECK(model.decode_attention(1, 1, 2048, 2047).flops.value == 2048.0 * 2 * 128 * 1088);
}

}  // namespace
}  // namespace headroom
