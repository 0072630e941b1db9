// One layer at a time adds up to the whole: ops and weights.
#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "sim/transformer/layer_parameters.hpp"
#include "sim/transformer/lowering.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

namespace headroom {
namespace {

struct Sums {
  std::int64_t count = 0;
  double flops = 0, bytes = 0, sent = 0;
};

std::map<OpKind, Sums> by_kind(const std::vector<OpCount>& ops) {
  std::map<OpKind, Sums> sums;
  for (const auto& [op, count] : ops) {
    Sums& sum = sums[op.kind];
    const auto n = static_cast<double>(count);
    sum.count += count;
    sum.flops += n * op.flops.value;
    sum.bytes += n * op.hbm_bytes().value;
    sum.sent += n * op.comm_bytes.value;
  }
  return sums;
}

void check_layers_add_up(const ModelSpec& spec, std::int64_t ranks) {
  const LoweredModel model(spec, {.weights = DataType::kFp8}, {ranks});
  std::vector<OpCount> whole, layers;
  model.token_ops(100, whole);
  model.embedding_ops(100, layers);
  Bytes weights = model.embedding_bytes() + model.lm_head_bytes();
  for (const auto& group : spec.layers)
    for (std::int64_t i = 0; i < group.count; ++i) {
      model.pre_attention_ops(100, layers);
      model.post_attention_ops(100, group.is_moe, layers);
      weights += model.layer_weights(group.is_moe, DataType::kFp8).total();
    }
  const auto expected = by_kind(whole), got = by_kind(layers);
  REQUIRE(got.size() == expected.size());
  for (const auto& [kind, sums] : expected) {
    INFO(name_of(kind));
    CHECK(got.at(kind).count == sums.count);
    CHECK(got.at(kind).flops == Approx(sums.flops).epsilon(1e-12));
    CHECK(got.at(kind).bytes == Approx(sums.bytes).epsilon(1e-12));
    CHECK(got.at(kind).sent == Approx(sums.sent).epsilon(1e-12));
  }
  CHECK(weights.value == Approx(model.weight_bytes().value).epsilon(1e-12));
}

TEST_CASE("the work and the weights of single layers add up to those of the model",
          "[transformer]") {
  const std::int64_t ranks = GENERATE(1, 4);
  check_layers_add_up(testing::llama_3_8b(), ranks);
  check_layers_add_up(testing::mixtral_8x7b(), ranks);
  check_layers_add_up(testing::deepseek_v3(), ranks);
  ModelSpec odd = testing::llama_3_8b();  // everything that adds vectors
  odd.attention_bias = odd.attention_output_bias = odd.mlp_bias = odd.norm_bias = true;
  odd.lm_head_bias = odd.learned_positions = odd.tie_word_embeddings = true;
  odd.norms_per_layer = 4;
  check_layers_add_up(odd, ranks);
}

TEST_CASE("weights of a layer of Mixtral in bf16 and in four bits", "[transformer]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  const LayerWeights bf16 = model.layer_weights(true, DataType::kBf16);
  // qkv: 4096 x 6144; norm 4096. o: 4096 x 4096; norm 4096; router 8 x 4096.
  CHECK(bf16.pre_attention.value == (4096.0 * 6144 + 4096) * 2);
  CHECK(bf16.post_attention.value == (4096.0 * 4096 + 4096 + 8 * 4096) * 2);
  CHECK(bf16.experts.value == 8.0 * 3 * 4096 * 14336 * 2);
  // 4 bits and 4 bytes per 64: 0.5625 bytes per element of a matrix.
  CHECK(model.layer_weights(true, DataType::kInt4).experts.value ==
        8.0 * 3 * 4096 * 14336 * 0.5625);
}

TEST_CASE("what a decode token carries to attention and back", "[transformer]") {
  // Query and output: 32 heads x 128, bf16.
  const auto grouped = LoweredModel(testing::llama_3_8b(), {}, {}).attention_boundary();
  CHECK(grouped.query.value == 8192);
  CHECK(grouped.output.value == 8192);
  // Absorbed: 128 heads x (512 + 64) in, 128 x 512 out.
  const auto latent = LoweredModel(testing::deepseek_v3(), {}, {}).attention_boundary();
  CHECK(latent.query.value == 128 * 576 * 2);
  CHECK(latent.output.value == 128 * 512 * 2);
}

}  // namespace
}  // namespace headroom
