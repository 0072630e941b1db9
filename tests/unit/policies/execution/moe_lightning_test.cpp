#include "policies/execution/moe_lightning.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/unit/policies/execution/pass_checks.hpp"

namespace headroom {
namespace {

using testing::LoweredPass;
using testing::mixed_rows;
using testing::plain_node;
using Names = std::vector<std::string>;

ExecutionConfig moe_lightning(std::int64_t size = 3, std::int64_t batches = 4) {
  ExecutionConfig config;
  config.name = "moe_lightning";
  config.micro_batch_size = size;
  config.num_micro_batches = batches;
  return config;
}

TEST_CASE("CGOPipe attends two micro-batches ahead of the GPU", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(moe_lightning(), model, plain_node(), mixed_rows());
  pass.check_shape();
  pass.check_flops(model, mixed_rows());
  // Behind what follows attention of micro-batch j goes what precedes that of j + 2; the last two
  // are those of the next layer.
  const Names order{"after_attention.0",  "before_attention.2", "after_attention.1",
                    "before_attention.3", "after_attention.2",  "before_attention.0",
                    "after_attention.3",  "before_attention.1"};
  for (std::size_t i = 1; i < order.size(); ++i)
    CHECK(pass.slot(order[i - 1]) < pass.slot(order[i]));
  CHECK(pass.needs("attention_output.0") == Names{"cpu_attention.0/1"});
  CHECK(pass.needs("attention_output.1") == Names{"cpu_attention.1/1"});
  CHECK(pass.needs("attention_output.2") == Names{"cpu_attention.2"});
}

TEST_CASE("experts come in pages behind the outputs of their micro-batch",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = moe_lightning();
  config.placement.weights = {0.2, 0.8, 0};
  LoweredPass pass(config, model, plain_node(), mixed_rows());
  CHECK(pass.stream_of("weight_page.2") == pass.stream_of("attention_output.2"));
  CHECK(pass.slot("attention_output.2") < pass.slot("weight_page.2"));
  CHECK(pass.slot("weight_page.2") < pass.slot("attention_output.3"));
  // Two buffers: pages of the next layer when the one before this is through; the layer waits for
  // the last of its pages.
  CHECK(pass.needs("weight_page.2") == Names{"after_attention.3/1"});
  CHECK(pass.needs("after_attention.0") == Names{"attention_output.0", "weight_page.3/1"});
  // Attention weights and tables stay on the GPU: 8 x 3 x 4096 x 14336 x 2 B a layer move, 0.8 of
  // them, in four pages.
  const double layer = 0.8 * 8 * 3 * 4096.0 * 14336 * 2;
  CHECK(pass.amounts().at(1, pass.slot("weight_page.2")).bytes.at(0) == Approx(layer / 4));
  CHECK(pass.bytes("weight_page") == Approx(32 * layer));
}

TEST_CASE("rows go to the micro-batch with the fewest tokens that has room",
          "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  // Longest first, as static_batch gives them: 400 | 300 | then 200 to the second, 100 to the
  // first: 500 tokens each.
  std::vector<PassRow> rows;
  for (const std::int32_t prior : {399, 299, 199, 99}) rows.push_back({prior, 1, true});
  LoweredPass pass(moe_lightning(2, 2), model, plain_node(), rows);
  CHECK(pass.op_bytes("cpu_attention.0") == Approx(pass.op_bytes("cpu_attention.1")));
}

TEST_CASE("padded rows are as long as the longest", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = moe_lightning(2, 2);
  config.padded = true;
  const std::vector<PassRow> prompts{{0, 400, true}, {0, 100, true}, {0, 50, true}};
  LoweredPass pass(config, model, plain_node(), prompts);
  CHECK(pass.bytes("kv_out") == Approx(3 * 400 * 131072.0));
  const std::vector<PassRow> decodes{{399, 1, true}, {99, 1, true}};
  pass.lower(decodes);
  // Read 399 and write 1 each, 16,384 bytes of queries and outputs per row and layer.
  CHECK(pass.op_bytes("cpu_attention") == Approx(2 * 400 * 131072.0 + 2 * 32 * 16384.0));
}

TEST_CASE("one micro-batch has nobody to run ahead of", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  LoweredPass pass(moe_lightning(12, 1), model, plain_node(), mixed_rows());
  pass.check_shape();
  pass.check_flops(model, mixed_rows());
  CHECK(pass.bytes("weight_page") ==
        Approx(32 * model.layer_weights(true, DataType::kBf16).experts.value));
}

TEST_CASE("MoE-Lightning has no weights on an SSD", "[policies][execution]") {
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  ExecutionConfig config = moe_lightning();
  config.placement.weights = {0, 0.5, 0.5};
  CHECK_THROWS_AS(make_execution_system(config, {.model = model, .node = plain_node()}), UserError);
}

}  // namespace
}  // namespace headroom
