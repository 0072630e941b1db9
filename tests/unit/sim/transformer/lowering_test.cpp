#include "sim/transformer/lowering.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

namespace headroom {
namespace {

using testing::alternating_windows;
using testing::llama_2_70b;
using testing::llama_3_8b;

const OpCount& find(const std::vector<OpCount>& ops, OpKind kind) {
  const auto found =
      std::find_if(ops.begin(), ops.end(), [&](const auto& o) { return o.op.kind == kind; });
  REQUIRE(found != ops.end());
  return *found;
}

TEST_CASE("one projection is 2mnk FLOP and reads inputs and weights and writes outputs once",
          "[transformer]") {
  const LoweredModel model(llama_3_8b(), {}, {});
  std::vector<OpCount> ops;
  model.token_ops(100, ops);
  const auto& qkv = find(ops, OpKind::kQkvProj);
  CHECK(qkv.count == 32);
  CHECK(qkv.op.m == 100);
  CHECK(qkv.op.n == 6144);  // (32 + 2 x 8) heads x 128
  CHECK(qkv.op.k == 4096);
  CHECK(qkv.op.flops.value == 2.0 * 100 * 6144 * 4096);
  CHECK(qkv.op.weight_bytes.value == 6144.0 * 4096 * 2);
  CHECK(qkv.op.activation_bytes.value == 100.0 * (4096 + 6144) * 2);
  CHECK(find(ops, OpKind::kGateUpProj).op.n == 28672);
  CHECK(find(ops, OpKind::kNorm).count == 65);  // two per layer and the final one
}

TEST_CASE("the LM head works on the sampled rows only", "[transformer]") {
  const LoweredModel model(llama_3_8b(), {}, {});
  std::vector<OpCount> ops;
  model.sampling_ops(3, ops);
  CHECK(find(ops, OpKind::kLmHead).op.flops.value == 2.0 * 3 * 128256 * 4096);
  CHECK(find(ops, OpKind::kLmHead).op.weight_bytes.value == 128256.0 * 4096 * 2);
  ops.clear();
  model.sampling_ops(0, ops);
  model.token_ops(0, ops);
  CHECK(ops.empty());
}

TEST_CASE("attention reads the KV of what was there and writes the KV of what is new",
          "[transformer]") {
  const LoweredModel model(llama_3_8b(), {}, {});
  // One row: 10 tokens there, 4 new ones: 4 x 10 + 4 x 5 / 2 = 50 pairs; 4 x 32 x 128 FLOP each.
  const Op op = model.prefill_attention(0, 4, 50, 10);
  CHECK(op.flops.value == 50.0 * 4 * 32 * 128);
  CHECK(op.kv_bytes.value == 14.0 * 2 * 8 * 128 * 2);
  CHECK(op.activation_bytes.value == 4.0 * 2 * 32 * 128 * 2);
}

TEST_CASE("a KV block of 16 tokens takes 64 KiB per layer of Llama-3.1-8B", "[transformer]") {
  const LoweredModel model(llama_3_8b(), {}, {});
  // 16 tokens x 2 (K and V) x 8 heads x 128 x 2 bytes = 65536.
  CHECK(model.kv_bytes_per_token_and_layer().value * 16 == 65536);
  CHECK(model.kv_bytes_per_token().value == 131072);
}

TEST_CASE(
    "tensor parallelism splits projections and replicates key-value heads once there are too few",
    "[transformer]") {
  std::vector<OpCount> one, sixteen;
  LoweredModel(llama_2_70b(), {}, {1}).token_ops(64, one);
  const LoweredModel model(llama_2_70b(), {}, {16});
  model.token_ops(64, sixteen);
  CHECK(find(sixteen, OpKind::kOProj).op.flops.value * 16 ==
        find(one, OpKind::kOProj).op.flops.value);
  CHECK(find(sixteen, OpKind::kDownProj).op.weight_bytes.value * 16 ==
        find(one, OpKind::kDownProj).op.weight_bytes.value);
  // The hidden stream counts once in the group: 1/16 of 64 x 8192 out of o_proj, beside its own 512
  // columns in.
  CHECK(find(sixteen, OpKind::kOProj).op.activation_bytes.value == 64 * (512 + 8192.0 / 16) * 2);
  CHECK(find(sixteen, OpKind::kQkvProj).op.n ==
        768);  // (4 + 2 x 1) heads x 128: one of 8 KV heads, on two ranks each
  CHECK(model.kv_bytes_per_token_and_layer().value == 2 * 128 * 2);
  // Ring: 15/16 of 64 x 8192 x 2 bytes, twice.
  const auto& reduce = find(sixteen, OpKind::kAllReduce);
  CHECK(reduce.op.comm_bytes.value == 2 * 15.0 / 16 * 64 * 8192 * 2);
  CHECK(reduce.count == 160);
  CHECK(std::none_of(one.begin(), one.end(),
                     [](const auto& o) { return o.op.comm_bytes.value > 0; }));
}

TEST_CASE("heads that do not divide over the ranks are our bug by then", "[transformer]") {
  CHECK_THROWS_AS(LoweredModel(llama_3_8b(), {}, {3}), InternalError);
}

TEST_CASE("resident weights are the parameters times their bytes", "[transformer]") {
  const LoweredModel bf16(llama_3_8b(), {}, {});
  CHECK(bf16.weight_bytes().value == 8030261248.0 * 2);  // parameters of Llama-3.1-8B
  // fp8: embedding and LM head (2 x 128256 x 4096) and 65 norms of 4096 stay bf16, the rest halves.
  const LoweredModel fp8(llama_3_8b(), {.weights = DataType::kFp8}, {});
  const double kept = 2.0 * 128256 * 4096 + 65.0 * 4096;
  CHECK(fp8.weight_bytes().value == 8030261248.0 - kept + 2 * kept);
}

TEST_CASE("layers that slide a window and layers that do not are two spans, full attention first",
          "[transformer]") {
  const LoweredModel model(alternating_windows(), {}, {});
  REQUIRE(model.spans().size() == 2);
  CHECK(model.spans()[0].window == 0);
  CHECK(model.spans()[0].layers == 16);
  CHECK(model.spans()[1].window == 128);
  CHECK(model.spans()[1].instances == 16);
  // A query at position 200 sees 201 keys in full and 128 through the window.
  CHECK(model.row_pairs(0, 200, 1) == 201);
  CHECK(model.row_pairs(1, 200, 1) == 128);
}

TEST_CASE("pairs of fractional rows agree with the integer ones and with the full square",
          "[transformer]") {
  const LoweredModel causal(alternating_windows(), {}, {});
  for (std::int64_t prior : {0, 5, 100, 127, 128, 500})
    for (std::int64_t fresh : {1, 7, 128, 300}) {
      CHECK(causal.row_pairs(0, double(prior), double(fresh)) ==
            double(attention_pairs(prior, fresh, 0)));
      CHECK(causal.row_pairs(1, double(prior), double(fresh)) ==
            double(attention_pairs(prior, fresh, 128)));
    }
  const LoweredModel square(llama_3_8b(), {}, {}, {.causal = false});
  CHECK(square.row_pairs(0, 0, 512) == 512.0 * 512);
}

TEST_CASE("an iteration lists every op in the order of the documented list", "[transformer]") {
  const LoweredModel model(alternating_windows(), {}, {2});
  BatchSummary batch;
  batch.new_tokens = 21;
  batch.prefill_tokens = 20;
  batch.prefill_sequences = 1;
  batch.decode_sequences = 1;
  batch.sampled_sequences = 2;
  batch.prefill = {{{210, 0}, {210, 0}}};
  batch.decode = {{{201, 200}, {128, 127}}};
  const auto ops = lower_iteration(model, batch);
  CHECK(std::is_sorted(ops.begin(), ops.end(),
                       [](const auto& a, const auto& b) { return a.op.kind < b.op.kind; }));
  std::vector<std::string> names;
  for (const auto& op : ops) names.emplace_back(name_of(op.op.kind));
  CHECK(names == std::vector<std::string>{"embed", "norm", "qkv_proj", "rope", "attn_prefill",
                                          "attn_prefill", "attn_decode", "attn_decode", "o_proj",
                                          "gate_up_proj", "act", "down_proj", "lm_head", "sample",
                                          "all_reduce"});
}

}  // namespace
}  // namespace headroom
