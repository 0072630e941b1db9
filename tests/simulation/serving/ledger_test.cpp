// Two ledgers worked out by hand, byte by byte: a KV-limited batch and 30 % load. HBM moves one
// byte a nanosecond and arithmetic is a thousand FLOP a nanosecond, so every op is bound by HBM and
// bytes are nanoseconds.
#include <catch2/catch.hpp>
#include <map>

#include "sim/base/check.hpp"
#include "tests/support/small_run.hpp"

namespace headroom::test {
namespace {

// The dense test model: 4 layers, hidden 64, MLP 192, 4 heads and 2 KV heads of 16, vocabulary 500,
// 2 bytes an element. Weights of a layer: QKV 128 x 64, output 64 x 64, gate and up 384 x 64, down
// 64 x 192: 49,152 elements.
constexpr std::int64_t kLayers = 4 * 49152 * 2;              // 393,216
constexpr std::int64_t kNorms = 9 * 64 * 2;                  // two a layer and the final one
constexpr std::int64_t kHead = 500 * 64 * 2;                 // 64,000
constexpr std::int64_t kEmbeddingRow = 64 * 2;               // per token
constexpr std::int64_t kWeights = kLayers + kNorms + kHead;  // 458,368 and one row a token
constexpr std::int64_t kKv = 4 * 2 * 2 * 16 * 2;             // of one token: 512
// Inputs and outputs, per token: embedding 128; nine norms of 4 x 128; per layer QKV (64 + 128) x
// 2, rotary 2 x 96 x 2, output (64 + 64) x 2, gate and up (64 + 384) x 2, activation (384 + 192) x
// 2, down (192 + 64) x 2, attention 2 x 64 x 2.
constexpr std::int64_t kActivations =
    128 + 9 * 512 + 4 * (384 + 384 + 256 + 896 + 1152 + 512 + 256);  // 20,096
constexpr std::int64_t kSample = (64 + 500) * 2 + 500 * 2;           // head and sampling: 2,128
// FLOP: GEMMs 2 x 4 x 49,152; norms 5 x 64 x 9; rotary 3 x 96 x 4; activation 5 x 192 x 4.
constexpr std::int64_t kTokenFlops =
    2 * 4 * 49152 + 5 * 64 * 9 + 3 * 96 * 4 + 5 * 192 * 4;  // 401,088
constexpr std::int64_t kSampleFlops = 2 * 500 * 64 + 3 * 500;
constexpr std::int64_t kPairFlops = 4 * 4 * 16 * 4;  // 4 per head and dimension, 4 layers: 1,024

GpuSpec byte_a_nanosecond() {
  GpuSpec gpu = slow_gpu();
  gpu.fp32 = gpu.bf16 = FlopsPerSecond{1e12};
  gpu.hbm_bandwidth = BytesPerSecond{1e9};
  return gpu;
}

SmallRun engine() {
  SmallRun run;
  run.gpu = byte_a_nanosecond();
  run.serving.async_scheduling = false;
  run.serving.block_size = 4;
  run.serving.max_num_batched_tokens = 64;
  run.serving.enable_prefix_caching = false;
  run.serving.scheduler_reserve_full_isl = true;
  return run;
}

using Ledger = std::map<std::string, std::int64_t>;

Ledger ledger_of(const RunResult& result, const char* binding) {
  Ledger ledger;
  for (const auto& entry : device_ledger(result.replicas[0].account, binding, result.makespan))
    if (entry.duration_ns != 0) ledger[entry.category] = entry.duration_ns;
  return ledger;
}

RunResult run_with_critical(const SmallRun& what, SequenceId critical, bool fast) {
  RunOptions options;
  options.critical_sequence = critical;
  options.fast_forward = fast;
  return run(what, options);
}

// Six equal requests of 9 + 4 tokens at once; 12 tokens of KV are 3 blocks, as are those of the
// prompt: of 6 blocks exactly two run together, in three waves of one prefill of 18 tokens and
// three decodes of two.
TEST_CASE("ledger by hand: a batch limited by KV memory", "[simulation][ledger]") {
  SmallRun what = engine();
  what.kv_blocks = 6;
  for (int i = 0; i < 6; ++i)
    what.table.requests.push_back({.prompt_tokens = 9, .output_tokens = 4});
  const RunResult result = run_with_critical(what, 0, GENERATE(true, false));
  CHECK(result.replicas[0].iterations == 12);

  // The first wave's four steps serve the critical sequence: they are unavoidable, and so are the
  // weights they read.
  constexpr std::int64_t kWaveTokens = 18 + 3 * 2;
  const std::int64_t weights_useful = 4 * kWeights + kWaveTokens * kEmbeddingRow;
  // A request writes the KV of 12 tokens and reads that of 9, 10 and 11.
  const std::int64_t kv_useful = 6 * (12 + 9 + 10 + 11) * kKv;
  const std::int64_t wave_weights = 4 * kWeights + kWaveTokens * kEmbeddingRow;
  const std::int64_t activations = 6 * (12 * kActivations + 4 * kSample);
  const Ledger expected{
      {"useful", weights_useful + kv_useful},
      {"extra_weights_memory", wave_weights},  // the second: four more were waiting for blocks
      {"extra_weights_offered_load", wave_weights},  // the third: nobody was
      {"extra_activations", activations}};
  CHECK(ledger_of(result, "hbm") == expected);
  CHECK(result.makespan.value == weights_useful + kv_useful + 2 * wave_weights + activations);
  CHECK(result.makespan.value == 7136640);

  // 12 tokens, 4 samples; pairs 9 * 10 / 2 + 10 + 11 + 12. A thousand FLOP a nanosecond.
  const double useful_ns = 6 * (12 * kTokenFlops + 4 * kSampleFlops + 78 * kPairFlops) / 1000.0;
  const Ledger compute = ledger_of(result, "compute");
  CHECK(static_cast<double>(compute.at("useful")) == Approx(useful_ns).margin(1));
  CHECK(static_cast<double>(compute.at("wait_hbm")) == Approx(7136640 - useful_ns).margin(1));
  CHECK(compute.size() == 2);
}

// Requests of 1 + 2 tokens, alone. First step: weights, one row, KV of one token, activations, one
// sample. Second: the same and the KV of one token read. One every 10/3 of that, the first after
// 7/3: the device is idle for 70 % exactly.
TEST_CASE("ledger by hand: 30 percent load", "[simulation][ledger]") {
  constexpr std::int64_t kStep = kWeights + kEmbeddingRow + kKv + kActivations + kSample;
  constexpr std::int64_t kService = 2 * kStep + kKv;
  static_assert(kService == 962976 && kService % 3 == 0);
  constexpr std::int64_t kPeriod = kService / 3 * 10;
  SmallRun what = engine();
  for (int i = 0; i < 10; ++i)
    what.table.requests.push_back({.arrival = TimePoint{kPeriod - kService + i * kPeriod},
                                   .prompt_tokens = 1,
                                   .output_tokens = 2});
  const RunResult result = run_with_critical(what, 0, GENERATE(true, false));
  CHECK(result.makespan.value == 10 * kPeriod);
  // Two steps are unavoidable; the other 18 read the weights again because no more requests were
  // there.
  const Ledger expected{{"useful", 2 * (kWeights + kEmbeddingRow) + 10 * 3 * kKv},
                        {"extra_weights_offered_load", 18 * (kWeights + kEmbeddingRow)},
                        {"extra_activations", 10 * 2 * (kActivations + kSample)},
                        {"no_work", 7 * kPeriod}};
  CHECK(ledger_of(result, "hbm") == expected);
  CHECK(ledger_of(result, "compute").at("no_work") == 7 * kPeriod);
}

TEST_CASE("ledger by hand: idle beside a busy peer", "[simulation][ledger]") {
  // Replica 0 gets requests 0 and 2 and serves one at a time; replica 1 gets request 1 and is then
  // idle: while request 2 waits at its peer it is idle by imbalance, afterwards for want of work.
  SmallRun what = engine();
  what.replicas = 2;
  what.serving.router = "round_robin";
  what.serving.max_num_seqs = 1;
  what.table.requests = {{.prompt_tokens = 1, .output_tokens = 3},
                         {.prompt_tokens = 1, .output_tokens = 1},
                         {.prompt_tokens = 1, .output_tokens = 1}};
  const RunResult result = run(what);
  const auto& idle = result.replicas[1].account.idle_ns;
  const std::int64_t one_step = elapsed(TimePoint{0}, result.outcomes[1].finish).value;
  const std::int64_t taken = result.outcomes[2].scheduled.value;
  CHECK(idle[static_cast<std::size_t>(IdleCause::kImbalance)] == taken - one_step);
  CHECK(idle[static_cast<std::size_t>(IdleCause::kNoWork)] == result.makespan.value - taken);
  CHECK(ledger_of(result, "hbm").contains("extra_weights_policy"));
}

TEST_CASE("time before an arrival is no work even if more arrives than one plan admits",
          "[simulation][ledger]") {
  SmallRun what = engine();
  what.serving.max_num_seqs = 1;
  const TimePoint late{1'000'000'000};
  what.table.requests = {{.arrival = late, .prompt_tokens = 1, .output_tokens = 1},
                         {.arrival = late, .prompt_tokens = 1, .output_tokens = 1}};
  const RunResult result = run(what);
  const auto& idle = result.replicas[0].account.idle_ns;
  CHECK(idle[static_cast<std::size_t>(IdleCause::kNoWork)] == late.value);
  CHECK(idle[static_cast<std::size_t>(IdleCause::kPolicy)] == 0);
}

// Micro-scenario 7: B computes 12 tokens, loses them, and computes 13 at once later.
TEST_CASE("ledger by hand: what a preemption costs", "[simulation][ledger]") {
  SmallRun what = engine();
  what.kv_blocks = 6;
  what.serving.max_num_batched_tokens = 16;
  what.table.requests = {{.prompt_tokens = 8, .output_tokens = 8},
                         {.prompt_tokens = 8, .output_tokens = 8}};
  const RunResult result = run(what);
  CHECK(result.outcomes[1].preemptions == 1);
  CHECK(result.replicas[0].iterations == 11);
  const double again_ns = (12 * kTokenFlops + 12 * 13 / 2 * kPairFlops) / 1000.0;
  CHECK(static_cast<double>(ledger_of(result, "compute").at("extra_recompute")) ==
        Approx(again_ns).margin(1));
  CHECK(static_cast<double>(ledger_of(result, "hbm").at("extra_recompute")) ==
        Approx(12 * kKv).margin(1));
}

// Twice as slow as its roof, and 50 ns to launch each op.
class SlowerThanRoof final : public OpTimeModel {
 public:
  explicit SlowerThanRoof(const GpuSpec& gpu) : roofline_(make_op_time_model("roofline", gpu)) {}
  OpTime time(const Op& op) const override {
    OpTime t = roofline_->time(op);
    t.launch = Seconds{50e-9};
    t.time = t.time * 2.0 + t.launch;
    return t;
  }

 private:
  std::unique_ptr<OpTimeModel> roofline_;
};

TEST_CASE("ledger by hand: efficiency and launch", "[simulation][ledger]") {
  SmallRun what = engine();
  const SlowerThanRoof slower(what.gpu);
  what.op_times = &slower;
  what.table.requests = {{.prompt_tokens = 1, .output_tokens = 2}};
  const RunResult result = run(what, RunOptions{});
  // Per step: embedding, 9 norms, 4 layers of QKV, rotary, attention, output, gate and up,
  // activation, down, head, sampling.
  constexpr std::int64_t kOps = 1 + 9 + 4 * 7 + 2;
  constexpr std::int64_t kRoof =
      2 * (kWeights + kEmbeddingRow + kKv + kActivations + kSample) + kKv;
  const Ledger ledger = ledger_of(result, "hbm");
  CHECK(ledger.at("launch") == 2 * kOps * 50);
  CHECK(ledger.at("efficiency") == kRoof);
  CHECK(result.makespan.value == 2 * kRoof + 2 * kOps * 50);
}

// Were a category what is left of the others, being wrong in one would go unnoticed.
TEST_CASE("a ledger with any one category off by a microsecond is refused",
          "[simulation][ledger]") {
  SmallRun what = engine();
  what.kv_blocks = 6;
  for (int i = 0; i < 6; ++i)
    what.table.requests.push_back({.prompt_tokens = 9, .output_tokens = 4});
  const RunResult result = run_with_critical(what, 0, true);
  const DeviceAccount& right = result.replicas[0].account;
  REQUIRE_NOTHROW(device_ledger(right, "hbm", result.makespan));
  REQUIRE_NOTHROW(device_ledger(right, "compute", result.makespan));
  const auto refused = [&](const char* binding, auto&& spoil) {
    for (const double error : {1e-6, -1e-6}) {
      DeviceAccount wrong = right;
      spoil(wrong, error);
      CHECK_THROWS_AS(device_ledger(wrong, binding, result.makespan), InternalError);
    }
  };
  for (const auto member :
       {&DeviceAccount::compute_useful_s, &DeviceAccount::compute_again_s,
        &DeviceAccount::wait_hbm_s, &DeviceAccount::efficiency_s, &DeviceAccount::launch_s})
    refused("compute", [&](DeviceAccount& a, double error) { a.*member += error; });
  for (const auto member : {&DeviceAccount::hbm_weights_useful_s, &DeviceAccount::hbm_kv_useful_s,
                            &DeviceAccount::hbm_kv_reread_s, &DeviceAccount::hbm_kv_again_s,
                            &DeviceAccount::hbm_activations_s, &DeviceAccount::wait_compute_s,
                            &DeviceAccount::efficiency_s, &DeviceAccount::launch_s})
    refused("hbm", [&](DeviceAccount& a, double error) { a.*member += error; });
  for (const std::size_t limit : {0U, 1U, 2U})
    refused("hbm", [&](DeviceAccount& a, double error) { a.hbm_weights_extra_s[limit] += error; });
  for (const std::size_t cause : {0U, 1U, 2U, 3U})
    refused("hbm", [&](DeviceAccount& a, double error) { a.idle_ns[cause] += error > 0 ? 1 : -1; });
  refused("hbm", [](DeviceAccount& a, double error) { a.busy_ns += error > 0 ? 1000 : -1000; });
}

}  // namespace
}  // namespace headroom::test
