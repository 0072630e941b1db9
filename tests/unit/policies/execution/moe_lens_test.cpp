#include "policies/execution/moe_lens.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/unit/policies/execution/pass_checks.hpp"

namespace headroom {
namespace {

using testing::LoweredPass;
using testing::mixed_rows;
using testing::plain_node;
using Names = std::vector<std::string>;

ExecutionConfig moe_lens() {
  ExecutionConfig config;
  config.name = "moe_lens";
  return config;
}

TEST_CASE("MoE-Lens alternates two groups and streams weights two layers deep",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(moe_lens(), model, plain_node(), mixed_rows());
  pass.check_shape();
  CHECK(pass.graph().slots.size() == 17);
  CHECK(pass.graph().streams[pass.graph().watched] == "gpu");
  // The GPU: after attention of a group in layer i, before attention of the same in i + 1.
  CHECK(pass.slot("after_attention.0") < pass.slot("before_attention.0"));
  CHECK(pass.slot("before_attention.0") < pass.slot("after_attention.1"));
  CHECK(pass.slot("after_attention.1") < pass.slot("before_attention.1"));
  CHECK(pass.needs("after_attention.0") ==
        Names{"attention_output.0", "weights.after_attention/1"});
  CHECK(pass.needs("before_attention.0") == Names{"weights.before_attention"});
  CHECK(pass.needs("queries_out.1") == Names{"before_attention.1"});
  CHECK(pass.needs("cpu_attention.1") == Names{"queries_out.1"});
  CHECK(pass.needs("attention_output.1") == Names{"cpu_attention.1/1"});
  // Two buffers: layer i + 1 arrives during i, when i - 1 is through.
  CHECK(pass.needs("weights.before_attention") == Names{"after_attention.1/1"});
  CHECK(pass.needs("weights.after_attention") == Names{"after_attention.1/1"});
  CHECK(pass.stream_of("weights.after_attention") == "weights_in");
  CHECK(pass.stream_of("attention_output.0") == "copy_in");
  CHECK(pass.stream_of("queries_out.0") == "copy_out");
  CHECK(pass.stream_of("cpu_attention.0") == "cpu");
}

TEST_CASE("a pass of MoE-Lens does the work of the model and moves all weights once",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(moe_lens(), model, plain_node(), mixed_rows());
  pass.check_flops(model, mixed_rows());
  CHECK(pass.bytes("weights") == Approx(model.weight_bytes().value));
  // 131,072 bytes of KV per token: 70 prompt tokens down; 10 decodes carry theirs with 8,192 bytes
  // of queries per layer.
  CHECK(pass.bytes("kv_out") == Approx(70 * 131072.0));
  CHECK(pass.bytes("queries_out") == Approx(10 * 131072.0 + 10 * 32 * 8192.0));
  // Outputs of 8,192 bytes per layer, and the 30 tokens that the chunk needs again.
  CHECK(pass.bytes("attention_output") == Approx(10 * 32 * 8192.0 + 30 * 131072.0));
  // The CPU reads 100 + ... + 109 = 1,045 tokens, writes 10, and 16,384 bytes of queries and
  // outputs per row and layer.
  CHECK(pass.op_bytes("cpu_attention") == Approx(1055 * 131072.0 + 10 * 32 * 16384.0));
}

TEST_CASE("the weights of the first layer come at the end of the pass before",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(moe_lens(), model, plain_node(), mixed_rows());
  PassAmounts& work = pass.amounts();
  // Embedding; layers 1 to 30 fetch their successor, 31 the head as well, 32 starts over.
  REQUIRE(work.layers.size() == 4);
  CHECK(work.layers[1].count == 30);
  const SlotIndex late = pass.slot("weights.after_attention");
  const SlotIndex early = pass.slot("weights.before_attention");
  const LayerWeights layer = model.layer_weights(true, DataType::kBf16);
  const double rest = (layer.post_attention + layer.experts).value;
  CHECK(work.at(0, late).bytes == std::vector{0.0});
  CHECK(work.at(1, late).bytes == std::vector{rest});
  CHECK(work.at(2, late).bytes == std::vector{rest + 32000.0 * 4096 * 2});
  CHECK(work.at(3, late).bytes == std::vector{rest});
  CHECK(work.at(3, early).bytes ==
        std::vector{(layer.pre_attention + model.embedding_bytes()).value});
}

TEST_CASE("half the weights on the GPU halve what MoE-Lens streams, four bits nearly quarter it",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = moe_lens();
  config.placement.weights = {0.5, 0.5, 0};
  LoweredPass half(config, model, plain_node(), mixed_rows());
  CHECK(half.bytes("weights") == Approx(model.weight_bytes().value / 2));
  CHECK(half.flops().count(OpKind::kConvert) == 0);
  config.placement.weights = {0, 1, 0};
  config.weight_transfer_type = DataType::kInt4;
  LoweredPass packed(config, model, plain_node(), mixed_rows());
  double bytes = (model.embedding_bytes() + model.lm_head_bytes()).value;
  bytes += 32 * model.layer_weights(true, DataType::kInt4).total().value;
  CHECK(packed.bytes("weights") == Approx(bytes));
  CHECK(packed.flops().at(OpKind::kConvert) > 0);
}

TEST_CASE("a copy of outputs waits for a packet on the link while weights are on it",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(moe_lens(), model, plain_node(), mixed_rows());
  const SlotIndex output = pass.slot("attention_output.0");
  CHECK(pass.amounts().at(1, output).behind.value == 100e6);
  ExecutionConfig resident = moe_lens();
  resident.placement.weights = {1, 0, 0};
  LoweredPass quiet(resident, model, plain_node(), mixed_rows());
  CHECK(quiet.amounts().at(1, output).behind.value == 0);
}

TEST_CASE("groups are balanced by context and by prompt tokens", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  std::vector<PassRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back({200 + i, 1, true});
  rows.push_back({0, 400, true});
  for (int i = 0; i < 4; ++i) rows.push_back({0, 100, true});
  LoweredPass pass(moe_lens(), model, plain_node(), rows);
  const double first = pass.op_bytes("cpu_attention.0"), second = pass.op_bytes("cpu_attention.1");
  CHECK(first == Approx(second).epsilon(0.02));
  CHECK(pass.bytes("kv_out.0") == pass.bytes("kv_out.1"));
}

TEST_CASE("on two GPUs each copies its share and the CPU attends for both",
          "[policies][execution]") {
  const LoweredModel whole(testing::mixtral_8x7b(), {}, {});
  const LoweredModel model(testing::mixtral_8x7b(), {}, {2});
  LoweredPass pass(moe_lens(), model, plain_node(2), mixed_rows());
  pass.check_shape();
  pass.check_flops(model, mixed_rows());
  CHECK(pass.bytes("weights") == Approx(2 * model.weight_bytes().value));
  CHECK(pass.op_bytes("cpu_attention") == Approx(1055 * 131072.0 + 10 * 32 * 16384.0));
  // Ring over two ranks: each sends half of 80 tokens x 4,096 x 2 bytes twice; two all-reduces a
  // layer and one after the embedding.
  CHECK(pass.bytes("all_reduce") == Approx(2 * 65 * 80 * 4096 * 2.0));
  // Each sends its half of the logits of 11 rows to the other.
  CHECK(pass.bytes("gather_logits") == Approx(2 * 11 * 16000 * 2.0));
  CHECK(pass.needs("before_attention.0") == Names{"weights.before_attention", "all_reduce.0"});
}

TEST_CASE("layers that differ keep their own work", "[policies][execution]") {
  for (const auto& spec : {testing::deepseek_v3(), testing::alternating_windows()}) {
    const LoweredModel model(spec, {}, {});
    LoweredPass pass(moe_lens(), model, plain_node(), mixed_rows());
    pass.check_flops(model, mixed_rows());
    CHECK(pass.bytes("weights") == Approx(model.weight_bytes().value));
  }
}

TEST_CASE("MoE-Lens has no weights on an SSD and not more ranks than GPUs",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {2});
  ExecutionConfig config = moe_lens();
  CHECK_THROWS_AS(make_execution_system(config, {.model = model, .node = plain_node(1)}),
                  UserError);
  config.placement.weights = {0, 0.5, 0.5};
  CHECK_THROWS_AS(make_execution_system(config, {.model = model, .node = plain_node(2)}),
                  UserError);
}

}  // namespace
}  // namespace headroom
