#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/transformer/lowering.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

namespace headroom {
namespace {

using testing::deepseek_v3;
using testing::mixtral_8x7b;

const OpCount* find(const std::vector<OpCount>& ops, OpKind kind) {
  const auto found =
      std::find_if(ops.begin(), ops.end(), [&](const auto& o) { return o.op.kind == kind; });
  return found == ops.end() ? nullptr : &*found;
}

TEST_CASE("expected distinct experts follow uniform routing", "[transformer]") {
  const MixtureOfExperts moe{.num_experts = 8, .num_experts_per_tok = 2};
  CHECK(expected_distinct_experts(moe, 0) == 0);
  CHECK(expected_distinct_experts(moe, 1) == Approx(2.0));      // exactly k
  CHECK(expected_distinct_experts(moe, 2) == Approx(3.5));      // 8 (1 - 0.75^2)
  CHECK(expected_distinct_experts(moe, 4) == Approx(5.46875));  // 8 (1 - 0.31640625)
  CHECK(expected_distinct_experts(moe, 1e6) == Approx(8.0));
  const MixtureOfExperts all{.num_experts = 4, .num_experts_per_tok = 4};
  CHECK(expected_distinct_experts(all, 1) == 4);
}

TEST_CASE("experts read the weights of the distinct ones and compute for every token",
          "[transformer]") {
  const LoweredModel model(mixtral_8x7b(), {}, {});
  std::vector<OpCount> ops;
  model.token_ops(2, ops);
  const auto* experts = find(ops, OpKind::kMoeExperts);
  REQUIRE(experts != nullptr);
  const double one = 3.0 * 4096 * 14336;
  CHECK(experts->count == 32);
  CHECK(experts->op.weight_bytes.value == Approx(3.5 * one * 2));
  CHECK(experts->op.flops.value == 2 * 2 * 2 * one);  // 2 FLOP, 2 tokens, 2 experts each
  CHECK(find(ops, OpKind::kGateUpProj) == nullptr);   // no dense layer
  CHECK(find(ops, OpKind::kMoeSharedExperts) == nullptr);
  CHECK(find(ops, OpKind::kMoeRouter)->op.flops.value == 2.0 * 2 * 4096 * 8);
}

TEST_CASE("leading dense layers and MoE layers are counted apart", "[transformer]") {
  const LoweredModel model(deepseek_v3(), {}, {});
  std::vector<OpCount> ops;
  model.token_ops(1, ops);
  CHECK(find(ops, OpKind::kQkvProj)->count == 61);
  CHECK(find(ops, OpKind::kGateUpProj)->count == 3);
  CHECK(find(ops, OpKind::kMoeExperts)->count == 58);
  CHECK(find(ops, OpKind::kMoeSharedExperts)->count == 58);
  CHECK(find(ops, OpKind::kMoeSharedExperts)->op.flops.value == 2.0 * 3 * 7168 * 2048);
}

TEST_CASE("interleaving dense and MoE layers changes no total", "[transformer]") {
  ModelSpec spec = deepseek_v3();
  std::vector<OpCount> leading, interleaved;
  LoweredModel(spec, {}, {}).token_ops(5, leading);
  spec.layers = {{20, true, TokenCount{0}},
                 {1, false, TokenCount{0}},
                 {20, true, TokenCount{0}},
                 {2, false, TokenCount{0}},
                 {18, true, TokenCount{0}}};
  LoweredModel(spec, {}, {}).token_ops(5, interleaved);
  REQUIRE(leading.size() == interleaved.size());
  for (std::size_t i = 0; i < leading.size(); ++i) {
    CHECK(leading[i].count == interleaved[i].count);
    CHECK(leading[i].op.flops.value == interleaved[i].op.flops.value);
  }
}

}  // namespace
}  // namespace headroom
