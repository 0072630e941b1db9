// Layer streaming and FlexGen's blocks: who waits for whom, and what is moved.
#include "policies/execution/block_schedule.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/unit/policies/execution/pass_checks.hpp"

namespace headroom {
namespace {

using testing::LoweredPass;
using testing::mixed_rows;
using testing::plain_node;
using Names = std::vector<std::string>;

constexpr double kKvOfToken = 131072;  // Mixtral, all layers

ExecutionConfig streaming() {
  ExecutionConfig config;
  config.name = "layer_streaming";
  config.placement.kv_cache = {1, 0, 0};
  return config;
}

ExecutionConfig flexgen(std::int64_t batches) {
  ExecutionConfig config;
  config.name = "flexgen";
  config.micro_batch_size = 12 / batches;
  config.num_micro_batches = batches;
  config.placement.activations = {0, 1, 0};
  return config;
}

NodeSpec node_with_ssd() {
  NodeSpec node = plain_node();
  node.ssd = testing::plain_ssd();
  node.ssd->latency = Seconds{1e-4};
  return node;
}

TEST_CASE("streamed layers come in while the one before computes", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(streaming(), model, plain_node(), mixed_rows());
  pass.check_shape();
  pass.check_flops(model, mixed_rows());
  CHECK(pass.graph().slots.size() == 3);
  CHECK(pass.needs("compute.0") == Names{"weights/1"});
  CHECK(pass.needs("weights") == Names{"compute.0/1"});  // two buffers
  CHECK(pass.bytes("weights") == Approx(model.weight_bytes().value));
}

TEST_CASE("without overlap a layer comes in when the one before has computed",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = streaming();
  config.overlap = false;
  LoweredPass pass(config, model, plain_node(), mixed_rows());
  CHECK(pass.needs("weights") == Names{"compute.0"});
  CHECK(pass.needs("compute.0") == Names{"turn_end.0/1"});
  CHECK(pass.needs("turn_end.0") == Names{"compute.0", "weights"});
}

TEST_CASE("weights come from where they are placed", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  for (ExecutionConfig config : {streaming(), flexgen(1), flexgen(3)}) {
    INFO(config.name << ' ' << config.num_micro_batches);
    config.placement.weights = {0.25, 0.25, 0.5};
    LoweredPass pass(config, model, node_with_ssd(), mixed_rows());
    const double from_ssd = pass.bytes("weights_ssd");
    CHECK(from_ssd == Approx(0.5 * model.weight_bytes().value));
    CHECK(pass.bytes("weights") - from_ssd == Approx(0.25 * model.weight_bytes().value));
  }
}

TEST_CASE("FlexGen fetches the MLP during attention and attention during the MLP",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(flexgen(3), model, plain_node(), mixed_rows());
  pass.check_shape();
  pass.check_flops(model, mixed_rows());
  // Every turn begins when the one before has ended, with all its copies.
  CHECK(pass.needs("weights.mlp") == Names{"mlp.turn_end.2/1"});
  CHECK(pass.needs("attention.0") == Names{"mlp.turn_end.2/1"});
  CHECK(pass.needs("attention.1") == Names{"turn_end.0"});
  CHECK(pass.needs("weights.attention") == Names{"turn_end.2"});
  CHECK(pass.needs("mlp.compute.0") == Names{"turn_end.2"});
  CHECK(pass.needs("turn_end.0") ==
        Names{"attention.0", "weights.mlp", "kv_in.0", "hidden_in.0", "mlp.hidden_out.2/1"});
  CHECK(pass.needs("turn_end.1") ==
        Names{"attention.1", "kv_in.1", "hidden_in.1", "kv_out.0", "hidden_out.0"});
  // In a layer in the middle; a turn's fetches are those of the next part.
  const LayerWeights layer = model.layer_weights(true, DataType::kBf16);
  CHECK(pass.amounts().at(1, pass.slot("weights.mlp")).bytes == std::vector{layer.experts.value});
  CHECK(pass.amounts().at(1, pass.slot("weights.attention")).bytes ==
        std::vector{(layer.pre_attention + layer.post_attention).value});
  CHECK(pass.bytes("weights") == Approx(model.weight_bytes().value));
  CHECK(pass.flops().at(OpKind::kMoeExperts) > 0);
  for (const auto& [op, count] : pass.amounts().at(1, pass.slot("attention.0")).ops)
    CHECK(op.kind != OpKind::kMoeExperts);
}

TEST_CASE("the KV cache of a batch comes in during the turn before it attends",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(flexgen(3), model, plain_node(), mixed_rows());
  // Batches of four rows: decodes of 100 to 103, of 104 to 107, and of 108, 109 with two prompts
  // of which one has 30 tokens there.
  const double old_0 = 100 + 101 + 102 + 103, old_1 = 104 + 105 + 106 + 107, old_2 = 108 + 109 + 30;
  CHECK(pass.bytes("kv_in.0") == Approx(old_1 * kKvOfToken));
  CHECK(pass.bytes("kv_in.1") == Approx(old_2 * kKvOfToken));
  CHECK(pass.bytes("mlp.kv_in.2") == Approx(old_0 * kKvOfToken));  // of the next layer
  CHECK(pass.bytes("kv_out") == Approx(80 * kKvOfToken));
  // Hidden states of 80 tokens, 8,192 bytes each: into and out of 32 x 2 halves of layers, less
  // what the LM head takes as it is.
  CHECK(pass.bytes("hidden_out") + pass.bytes("mlp.hidden_out") == Approx(64 * 80 * 8192.0));
  CHECK(pass.bytes("hidden_in") + pass.bytes("mlp.hidden_in") == Approx(64 * 80 * 8192.0));
}

TEST_CASE("the CPU attends within the turn and no KV cache is copied", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = flexgen(3);
  config.attention = Device::kCpu;
  LoweredPass pass(config, model, plain_node(), mixed_rows());
  pass.check_shape();
  pass.check_flops(model, mixed_rows());
  CHECK(pass.needs("cpu_attention.1") == Names{"queries_out.1"});
  CHECK(pass.needs("attention_output.1") == Names{"cpu_attention.1"});
  CHECK(pass.needs("after_attention.1") == Names{"attention_output.1"});
  // Only what the prompt's first chunk has left; old tokens of decodes are read by the CPU, 1,045
  // and 10 new ones, with 16,384 bytes of queries and outputs per row and layer.
  CHECK(pass.bytes("kv_in") == Approx(30 * kKvOfToken));
  CHECK(pass.op_bytes("cpu_attention") == Approx(1055 * kKvOfToken + 10 * 32 * 16384.0));
}

TEST_CASE("KV cache on an SSD is read and written there", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = flexgen(2);
  config.placement.kv_cache = {0, 0.5, 0.5};
  LoweredPass pass(config, model, node_with_ssd(), mixed_rows());
  CHECK(pass.bytes("kv_in_ssd") + pass.bytes("mlp.kv_in_ssd") == Approx(0.5 * 1075 * kKvOfToken));
  CHECK(pass.bytes("kv_out_ssd") == Approx(0.5 * 80 * kKvOfToken));
  CHECK_THROWS_AS(make_execution_system(config, {.model = model, .node = plain_node()}), UserError);
}

TEST_CASE("every micro-batch unpacks the weights it uses", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = flexgen(3);
  config.weight_transfer_type = DataType::kInt4;
  LoweredPass packed(config, model, plain_node(), mixed_rows());
  const double layers = 32 * model.layer_weights(true, DataType::kInt4).total().value;
  CHECK(packed.bytes("weights") ==
        Approx(layers + (model.embedding_bytes() + model.lm_head_bytes()).value));
  // Two FLOP for each of the 2-byte elements, three times.
  const double elements = 32 * model.layer_weights(true, DataType::kBf16).total().value / 2;
  CHECK(packed.flops().at(OpKind::kConvert) == Approx(3 * 2 * elements));
}

TEST_CASE("ranks exchange the same with whole layers and with halves", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {2});
  ExecutionConfig whole = streaming();
  whole.micro_batch_size = 4;
  whole.num_micro_batches = 3;
  LoweredPass layers(whole, model, plain_node(2), mixed_rows());
  LoweredPass halves(flexgen(3), model, plain_node(2), mixed_rows());
  halves.check_flops(model, mixed_rows());
  // Ring over two ranks: each sends half of 80 tokens x 4,096 x 2 bytes twice; two all-reduces a
  // layer and one after the embedding.
  const double sent = 2 * 65 * 80 * 4096 * 2.0;
  CHECK(layers.bytes("all_reduce") == Approx(sent));
  CHECK(halves.bytes("all_reduce") + halves.bytes("mlp.all_reduce") == Approx(sent));
  CHECK(halves.bytes("all_reduce") == Approx(2 * 32 * 80 * 4096 * 2.0));
}

TEST_CASE("halves of layers that differ keep their own work", "[policies][execution]") {
  for (const auto& spec : {testing::deepseek_v3(), testing::alternating_windows()}) {
    const LoweredModel model(spec, {}, {});
    LoweredPass pass(flexgen(2), model, plain_node(), mixed_rows());
    pass.check_flops(model, mixed_rows());
    CHECK(pass.bytes("weights") == Approx(model.weight_bytes().value));
  }
}

}  // namespace
}  // namespace headroom
