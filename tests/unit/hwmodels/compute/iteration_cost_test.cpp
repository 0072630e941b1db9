#include "hwmodels/compute/iteration_cost.hpp"

#include <catch2/catch.hpp>
#include <chrono>

#include "hwmodels/compute/roofline.hpp"
#include "sim/base/check.hpp"
#include "sim/base/random.hpp"
#include "tests/unit/hwmodels/compute/test_gpus.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

namespace headroom {
namespace {

using testing::alternating_windows;
using testing::deepseek_v3;
using testing::llama_3_8b;
using testing::mixtral_8x7b;
using testing::round_gpu;

ModelSpec sparse() {
  ModelSpec spec = deepseek_v3();
  spec.indexer = SparseIndexer{.num_heads = 64, .head_dim = 128, .topk = 2048};
  return spec;
}

void add_row(const LoweredModel& model, std::int64_t prior, std::int64_t fresh, bool decode,
             BatchSummary& batch) {
  batch.new_tokens += fresh;
  (decode ? batch.decode_sequences : batch.prefill_sequences) += 1;
  batch.prefill_tokens += decode ? 0 : fresh;
  batch.sampled_sequences += 1;
  for (std::size_t i = 0; i < model.spans().size(); ++i) {
    const auto window = model.spans()[i].window;
    auto& sums = decode ? batch.decode[i] : batch.prefill[i];
    sums.pairs += attention_pairs(prior, fresh, window);
    sums.kv_read_tokens += attention_kv_read(prior, window);
  }
}

BatchSummary random_batch(const LoweredModel& model, RandomStream& random, bool decode_only) {
  BatchSummary batch;
  for (auto rows = random.uniform_int(1, 64); rows > 0; --rows) {
    const bool decode = decode_only || random.uniform() < 0.8;
    add_row(model, random.uniform_int(0, 5000), decode ? 1 : random.uniform_int(1, 512), decode,
            batch);
  }
  return batch;
}

// Cost models of other kinds have a launch and an efficiency; the roofline has neither.
class LaunchingModel final : public OpTimeModel {
 public:
  explicit LaunchingModel(const GpuSpec& gpu) : roofline_(gpu) {}
  OpTime time(const Op& op) const override {
    OpTime time = roofline_.time(op);
    time.launch = Seconds(3e-6);
    time.time = time.time * 1.25 + time.launch;
    return time;
  }

 private:
  RooflineModel roofline_;
};

TEST_CASE("the sum of the ops of an iteration is its duration", "[compute]") {
  const GpuSpec gpu = round_gpu();
  const RooflineModel times(gpu);
  RandomStream random(2, "additive");
  for (const auto& spec :
       {llama_3_8b(), mixtral_8x7b(), alternating_windows(), deepseek_v3(), sparse()}) {
    const LoweredModel model(spec, {}, {2});
    const IterationCost cost(model, times, gpu);
    for (int i = 0; i < 50; ++i) {
      const auto batch = random_batch(model, random, false);
      CostTotals sum;
      for (const auto& op : lower_iteration(model, batch))
        sum.add(op.op, static_cast<double>(op.count), times.time(op.op));
      const auto totals = cost.iteration_totals(batch);
      REQUIRE(cost.iteration_seconds(batch) == Approx(sum.time_s).epsilon(1e-12));
      REQUIRE(totals.flops == Approx(sum.flops));
      REQUIRE(totals.hbm_bytes() == Approx(sum.hbm_bytes()));
      REQUIRE(totals.comm_bytes == Approx(sum.comm_bytes));
    }
  }
}

TEST_CASE("totals and seconds and stretches agree bit for bit", "[compute]") {
  const GpuSpec gpu = round_gpu();
  const RooflineModel roofline(gpu);
  const LaunchingModel launching(gpu);
  RandomStream random(3, "bits");
  for (const auto& spec :
       {llama_3_8b(), mixtral_8x7b(), alternating_windows(), deepseek_v3(), sparse()})
    for (const OpTimeModel* times : {static_cast<const OpTimeModel*>(&roofline),
                                     static_cast<const OpTimeModel*>(&launching)}) {
      const LoweredModel model(spec, {}, {});
      const IterationCost cost(model, *times, gpu);
      for (int i = 0; i < 100; ++i) {
        const auto mixed = random_batch(model, random, false);
        REQUIRE(cost.iteration_totals(mixed).time_s == cost.iteration_seconds(mixed));
        auto batch = random_batch(model, random, true);
        const auto stretch = cost.decode_stretch(batch);
        for (int step = 0; step < 20; ++step) {
          REQUIRE(stretch.iteration_seconds(batch.decode) == cost.iteration_seconds(batch));
          for (auto& sums : batch.decode) {
            sums.pairs += batch.decode_sequences;
            sums.kv_read_tokens += batch.decode_sequences;
          }
        }
      }
    }
}

TEST_CASE("what the roofs leave idle adds up", "[compute]") {
  const GpuSpec gpu = round_gpu();
  const LaunchingModel times(gpu);
  const LoweredModel model(mixtral_8x7b(), {}, {2});
  const IterationCost cost(model, times, gpu);
  RandomStream random(4, "idle");
  for (int i = 0; i < 100; ++i) {
    const auto t = cost.iteration_totals(random_batch(model, random, false));
    REQUIRE(t.time_s == Approx(1.25 * t.roof_s + t.launch_s));
    REQUIRE(t.roof_s == Approx(t.hbm_s + t.wait_compute_s));
    REQUIRE(t.roof_s == Approx(t.compute_s + t.wait_hbm_s));
    REQUIRE(t.wait_compute_s >= 0);
    REQUIRE(t.wait_hbm_s >= 0);
    REQUIRE(t.expert_weight_bytes > 0);
    REQUIRE(t.expert_weight_bytes < t.weight_bytes);
  }
}

TEST_CASE("one more token is never faster", "[compute]") {
  const GpuSpec gpu = round_gpu();
  const RooflineModel times(gpu);
  const LoweredModel model(mixtral_8x7b(), {}, {});
  const IterationCost cost(model, times, gpu);
  for (std::int64_t tokens = 1; tokens < 3000; ++tokens)
    REQUIRE(cost.token_part(tokens).time_s >= cost.token_part(tokens - 1).time_s);
}

TEST_CASE("kept parts are those computed afresh and their references stay", "[compute]") {
  const GpuSpec gpu = round_gpu();
  const RooflineModel times(gpu);
  const LoweredModel model(llama_3_8b(), {}, {});
  const IterationCost cost(model, times, gpu), other(model, times, gpu);
  const auto& early = cost.token_part(17);
  const double early_s = early.time_s;
  for (std::int64_t tokens = 0; tokens < 20'000; tokens += 7) cost.token_part(tokens);
  CHECK(&early == &cost.token_part(17));
  CHECK(early.time_s == early_s);
  CHECK(other.token_part(17).time_s == early_s);
  CHECK(cost.token_part(0).time_s == 0);
  // Beyond what is kept: 2 x parameters of the layers x tokens is most of the FLOP.
  const auto tokens = IterationCost::kKeptCounts + 5;
  CHECK(cost.token_part(tokens).flops == Approx(2 * 6.98e9 * double(tokens)).epsilon(0.01));
  CHECK_THROWS_AS(cost.token_part(-1), InternalError);
}

TEST_CASE("a stretch must not hold prefill", "[compute]") {
  const GpuSpec gpu = round_gpu();
  const RooflineModel times(gpu);
  const LoweredModel model(llama_3_8b(), {}, {});
  const IterationCost cost(model, times, gpu);
  BatchSummary batch;
  add_row(model, 0, 5, false, batch);
  CHECK_THROWS_AS(cost.decode_stretch(batch), InternalError);
}

TEST_CASE("pricing attention in the inner loop takes nanoseconds", "[.][bench]") {
  const GpuSpec gpu = round_gpu();
  const RooflineModel times(gpu);
  for (const auto& spec : {llama_3_8b(), alternating_windows()}) {
    const LoweredModel model(spec, {}, {});
    const IterationCost cost(model, times, gpu);
    BatchSummary batch;
    for (int i = 0; i < 100; ++i) add_row(model, 1000 + i, 1, true, batch);
    const auto stretch = cost.decode_stretch(batch);
    constexpr int kSteps = 10'000'000;
    double sum = 0;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSteps; ++i) {
      sum += stretch.iteration_seconds(batch.decode);
      for (auto& sums : batch.decode) sums.kv_read_tokens += 100;
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    WARN(model.spans().size() << " spans: " << took.count() / kSteps
                              << " ns per iteration (checksum " << sum << ")");
    double totals = 0;
    const auto again = std::chrono::steady_clock::now();
    for (int i = 0; i < kSteps; ++i) {
      totals += cost.attention_part(batch).hbm_s;
      for (auto& sums : batch.decode) sums.kv_read_tokens += 100;
    }
    const std::chrono::duration<double, std::nano> parts = std::chrono::steady_clock::now() - again;
    WARN("attention_part: " << parts.count() / kSteps << " ns (checksum " << totals << ")");
  }
}

}  // namespace
}  // namespace headroom
