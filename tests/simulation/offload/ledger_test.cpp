// Passes of a small system worked out by hand, operation by operation.
#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/simulation/offload/offload_run.hpp"

namespace headroom::test {
namespace {

// FLOP of one token, which are nanoseconds of the GPU (the test model: 4 layers, hidden 64, MLP
// 192, 4 heads and 2 KV heads of 16, vocabulary 500). A norm takes 5 x 64, rotary 3 x 96.
constexpr std::int64_t kPre = 5 * 64 + 2 * 128 * 64 + 3 * 96;  // 16,992
constexpr std::int64_t kPost =
    2 * 64 * 64 + 5 * 64 + 2 * 384 * 64 + 5 * 192 + 2 * 64 * 192;  // 83,200
constexpr std::int64_t kPair = 4 * 4 * 16;                         // of one layer: 256
constexpr std::int64_t kFinalNorm = 5 * 64;
constexpr std::int64_t kSample = 2 * 500 * 64 + 3 * 500;  // 65,500
static_assert(4 * (kPre + kPost) + kFinalNorm == 401088);
// Weights of a layer: 49,152 elements and two norms of 64, 2 bytes each; a nanosecond a byte.
constexpr std::int64_t kWeights = (49152 + 2 * 64) * 2;  // 98,560
// Decode attention of one sequence on the CPU, in a layer: keys and values of 2 x 2 x 16 elements
// for the tokens before and its own, query and output of 64 elements each; 100 ns a byte.
constexpr std::int64_t decode_dram(std::int64_t prior) {
  return ((prior + 1) * 2 * 2 * 16 * 2 + 2 * 64 * 2) * 100;
}

TinyRun one_request() {
  TinyRun what;
  what.serving.table.requests = {{.prompt_tokens = 3, .output_tokens = 2}};
  return what;
}

// A prompt of 3 tokens has 1 + 2 + 3 pairs. Weights of the first two layers are not waited for by
// anybody but the first: the GPU takes far longer than a copy.
constexpr std::int64_t kPrefillBusy =
    4 * (3 * (kPre + kPost) + 6 * kPair) + 3 * kFinalNorm + kSample;
// Then one token that sees 4: its attention reads 3 tokens and writes one.
constexpr std::int64_t kDecodeBusy = 4 * (kPre + kPost) + kFinalNorm + kSample;
constexpr std::int64_t kAttention = 4 * decode_dram(3);

TEST_CASE("a prefill and a decode pass by hand", "[simulation][offload]") {
  TinyRun what = one_request();
  const RunResult result = run(what);
  CHECK(what.passes.front() == 2);
  CHECK(result.outcomes[0].first_token.value == kWeights + kPrefillBusy);
  CHECK(decode_dram(3) == 76800);  // its arithmetic is 4 pairs: 1,024 FLOP, 10,240 ns
  CHECK(result.makespan.value == 2 * kWeights + kPrefillBusy + kDecodeBusy + kAttention);
  CHECK(result.makespan.value == 2245816);
  CHECK(ledger_of(result) == Ledger{{"useful", kPrefillBusy + kDecodeBusy},
                                    {"wait_weights_pcie_offered_load", 2 * kWeights},
                                    {"wait_cpu_attention_dram", kAttention}});
}

TEST_CASE("unpacking of weights is GPU time of its own", "[simulation][offload]") {
  TinyRun what = one_request();
  what.system.unpacking = Flops{1000};  // 1,000 ns in each of 4 layers of two passes
  Ledger ledger = ledger_of(run(what));
  CHECK(ledger.at("conversion") == 2 * 4 * 1000);
  CHECK(ledger.at("useful") == kPrefillBusy + kDecodeBusy);
  CHECK_FALSE(ledger.contains("extra_padding"));
  what.config.padded = true;
  CHECK(ledger_of(run(what)) == ledger);
}

TEST_CASE("attention bound by the cores is told from attention bound by DRAM",
          "[simulation][offload]") {
  TinyRun what = one_request();
  what.system.dram = BytesPerSecond{1e9};  // 768 bytes are 768 ns, 1,024 FLOP still 10,240
  const RunResult result = run(what);
  CHECK(ledger_of(result).at("wait_cpu_attention_compute") == 4 * 10240);
  CHECK_FALSE(ledger_of(result).contains("wait_cpu_attention_dram"));
}

// A slow link: a layer's weights take ten times longer, more than what the GPU does with 3 tokens
// in two layers, so copies follow each other without a gap and only the last layer is not hidden.
TEST_CASE("passes bound by PCIe take the copies and one layer", "[simulation][offload]") {
  TinyRun what = one_request();
  what.system.pcie = BytesPerSecond{1e8};
  what.system.dram = BytesPerSecond{1e9};
  const RunResult result = run(what);
  constexpr std::int64_t kLayerOfPrefill = 3 * (kPre + kPost) + 6 * kPair;
  static_assert(2 * kLayerOfPrefill < 10 * kWeights);
  constexpr std::int64_t kTail = 3 * kFinalNorm + kSample;
  constexpr std::int64_t kDecodeTail = kFinalNorm + kSample;
  constexpr std::int64_t kFirst = 4 * 10 * kWeights + kLayerOfPrefill + kTail;
  constexpr std::int64_t kSecond = 4 * 10 * kWeights + kPre + 10240 + kPost + kDecodeTail;
  CHECK(result.outcomes[0].first_token.value == kFirst);
  CHECK(result.makespan.value == kFirst + kSecond);
  CHECK(ledger_of(result) ==
        Ledger{{"useful", kPrefillBusy + kDecodeBusy},
               {"wait_weights_pcie_offered_load",
                2 * 4 * 10 * kWeights - 3 * kLayerOfPrefill - 3 * (kPre + 10240 + kPost)},
               {"wait_cpu_attention_compute", 4 * 10240}});
}

TEST_CASE("what kept the batch small is said with the wait for weights", "[simulation][offload]") {
  TinyRun what = one_request();
  what.serving.table.requests = {{.prompt_tokens = 3, .output_tokens = 2},
                                 {.prompt_tokens = 3, .output_tokens = 2}};
  SECTION("KV memory") {
    what.serving.kv_blocks = 5;  // one request takes 4 blocks
    const Ledger ledger = ledger_of(run(what));
    CHECK(ledger.at("wait_weights_pcie_memory") == 2 * kWeights);
    CHECK(ledger.at("wait_weights_pcie_offered_load") == 2 * kWeights);
  }
  SECTION("a setting") {
    what.serving.serving.max_num_seqs = 1;
    const Ledger ledger = ledger_of(run(what));
    CHECK(ledger.at("wait_weights_pcie_policy") == 2 * kWeights);
    CHECK(ledger.at("wait_weights_pcie_offered_load") == 2 * kWeights);
  }
}

// Two prompts of 3 and outputs of 4 on 8 blocks. Both are computed (6 blocks) and decode once (8
// blocks); then the second has to give way. It comes back when the first is done: 3 prompt tokens
// and the 2 it had emitted, of which 4 were computed before.
TEST_CASE("what preemption computes again is no useful work", "[simulation][offload]") {
  TinyRun what = one_request();
  what.serving.kv_blocks = 8;
  what.serving.table.requests = {{.prompt_tokens = 3, .output_tokens = 4},
                                 {.prompt_tokens = 3, .output_tokens = 4}};
  const RunResult result = run(what);
  CHECK(result.outcomes[1].preemptions == 1);
  // Passes: both prompts, both decode, first decodes, first decodes; second 5 tokens, second
  // decodes.
  CHECK(result.replicas[0].iterations == 6);
  const Ledger ledger = ledger_of(result);
  constexpr std::int64_t kTokens = 4 * (kPre + kPost) + kFinalNorm;
  // Pairs of the 4 tokens on the way back: 1 + 2 + 3 + 4.
  CHECK(ledger.at("extra_recompute") == 4 * kTokens + 4 * 10 * kPair);
  // 6 tokens each are computed once (the last output is not), 4 are sampled. Pairs on the GPU: the
  // prompts', and the fifth token of the second on its way back.
  CHECK(ledger.at("useful") == 2 * (6 * kTokens + 4 * kSample + 4 * 6 * kPair) + 4 * 5 * kPair);
}

TEST_CASE("fixed times of layers are overhead", "[simulation][offload]") {
  TinyRun what = one_request();
  what.system.overhead = Seconds{1e-6};
  const RunResult result = run(what);
  CHECK(ledger_of(result).at("overhead") == 2 * 4 * 1000);
  // The wait for the first weights does not hide it: latency comes after what is waited for.
  CHECK(result.makespan.value ==
        2 * kWeights + kPrefillBusy + kDecodeBusy + kAttention + 2 * 4 * 1000);
}

// Every prompt as long as 5: the two tokens that are not there are computed with 4 and 5 pairs.
TEST_CASE("padding is no useful work", "[simulation][offload]") {
  TinyRun what = one_request();
  what.config.padded = true;
  what.system.padded_to = 5;
  const Ledger ledger = ledger_of(run(what));
  CHECK(ledger.at("extra_padding") == 2 * (4 * (kPre + kPost) + kFinalNorm) + 4 * 9 * kPair);
  CHECK(ledger.at("useful") == kPrefillBusy + kDecodeBusy);
}

// Half of every rate: the links are the test system's own, GPU and cores take twice as long.
TEST_CASE("an efficiency lengthens what GPU and CPU do", "[simulation][offload]") {
  TinyRun what = one_request();
  what.config.efficiency = 0.5;
  what.system.dram = BytesPerSecond{1e9};
  const Ledger ledger = ledger_of(run(what));
  CHECK(ledger.at("useful") == kPrefillBusy + kDecodeBusy);
  CHECK(ledger.at("efficiency") == kPrefillBusy + kDecodeBusy);
  CHECK(ledger.at("wait_cpu_attention_compute") == 2 * 4 * 10240);
  CHECK(ledger.at("wait_weights_pcie_offered_load") == 2 * kWeights);
}

// 1 GB/s of HBM beside 1 FLOP a nanosecond: QKV of one token reads 16,384 bytes of weights and
// moves (64 + 128) x 2 of activations for 16,384 FLOP, and so on; all of it is wait_hbm.
TEST_CASE("arithmetic that waits for HBM inside an operation", "[simulation][offload]") {
  TinyRun what = one_request();
  what.serving.table.requests = {{.prompt_tokens = 1, .output_tokens = 1}};
  what.serving.gpu.hbm_bandwidth = BytesPerSecond{1e9};
  const RunResult result = run(what);
  // Bytes less FLOP where positive. Norm: 512 and 128 of weights against 320; QKV 16,384 + 384
  // against 16,384; rotary 384 against 288; output 8,192 + 256 against 8,192; gate and up 49,152 +
  // 896 against 49,152; activation 1,152 against 960; down 24,576 + 512 against 24,576; attention
  // of one pair 256 + 128 against 256.
  constexpr std::int64_t kNorm = 512 + 128 - 320;
  constexpr std::int64_t kLayer = 2 * kNorm + 384 + 96 + 256 + 896 + 192 + 512 + 128;
  // Embedding: a row read and written. Head: 64,000 of weights, (64 + 500) x 2 against 64,000;
  // sampling: 1,000 against 1,500 does not wait.
  CHECK(ledger_of(result).at("wait_hbm") == 4 * kLayer + kNorm + 256 + 1128);
}

TEST_CASE("replicas are nodes of their own", "[simulation][offload]") {
  TinyRun what = one_request();
  what.serving.replicas = 2;
  what.serving.serving.router = "round_robin";
  what.serving.table.requests = {{.prompt_tokens = 3, .output_tokens = 2},
                                 {.prompt_tokens = 3, .output_tokens = 1}};
  const RunResult result = run(what);
  CHECK(what.passes == std::vector<std::int64_t>{2, 1});
  CHECK(ledger_of(result, 1) ==
        Ledger{{"useful", kPrefillBusy},
               {"wait_weights_pcie_offered_load", kWeights},
               {"no_work", result.makespan.value - kWeights - kPrefillBusy}});
}

TEST_CASE("links, caches and the timeline of a pass are in the result", "[simulation][offload]") {
  TinyRun what = one_request();
  what.timeline_pass = 1;
  const RunResult result = run(what);
  const ReplicaResult& replica = result.replicas[0];
  REQUIRE(replica.links.size() == 3);
  CHECK(replica.links[0].link == "gpu0.h2d");
  CHECK(replica.links[0].bytes == 2 * 4 * kWeights);
  CHECK(replica.links[1].bytes == 4 * 3 * 128);  // keys and values of the prompt
  CHECK(replica.links[2].bytes == 4 * 768);
  double in_series = 0;
  for (std::size_t bin = 0; bin < replica.series.bins().size(); ++bin)
    in_series += replica.series.link_bytes(bin, 0);
  CHECK(in_series == Approx(replica.links[0].bytes));
  CHECK(replica.caches.at(0).accesses == 2);
  // The decode pass, layer 1: weights follow those of layer 0, attention begins after pre.
  REQUIRE(what.timeline.size() == 4 * 5);
  const TimelineEntry& attention = what.timeline[5 + TinySystem::kAttention];
  CHECK(attention.layer == 1);
  const std::int64_t layer_0 = kWeights + kPre + decode_dram(3) + kPost;
  CHECK(attention.start.value == layer_0 + kPre);
  CHECK(attention.end.value == layer_0 + kPre + decode_dram(3));
  CHECK(what.timeline[5 + TinySystem::kWeights].start.value == kWeights);
}

// Arithmetic nobody asked for is found: useful work is counted from tokens, not from operations.
TEST_CASE("a system that computes more than its rows ask for has no ledger",
          "[simulation][offload]") {
  TinyRun what = one_request();
  what.system.work_twice = Flops{1000};
  const RunResult result = run(what);
  CHECK_THROWS_AS(ledger_of(result), InternalError);
}

TEST_CASE("a ledger of passes with any one category off by a microsecond is refused",
          "[simulation][offload]") {
  TinyRun what = one_request();
  what.config.padded = true;
  const RunResult result = run(what);
  const auto& idle = result.replicas[0].account.idle_ns;
  const PassAccount& right = *result.replicas[0].passes;
  REQUIRE_NOTHROW(pass_ledger(right, idle, result.makespan));
  const auto refused = [&](auto&& spoil) {
    for (const double error : {1e-6, -1e-6}) {
      PassAccount wrong = right;
      spoil(wrong, error);
      CHECK_THROWS_AS(pass_ledger(wrong, idle, result.makespan), InternalError);
    }
  };
  for (const auto member :
       {&PassAccount::compute_useful_s, &PassAccount::compute_again_s,
        &PassAccount::compute_padding_s, &PassAccount::wait_hbm_s, &PassAccount::efficiency_s,
        &PassAccount::launch_s, &PassAccount::collective_s, &PassAccount::rounding_s})
    refused([&](PassAccount& a, double error) { a.*member += error; });
  const auto ns = [](double error) { return error > 0 ? 1000 : -1000; };
  for (const auto member :
       {&PassAccount::overhead_ns, &PassAccount::busy_ns, &PassAccount::passes_ns})
    refused([&](PassAccount& a, double error) { a.*member += ns(error); });
  for (std::size_t cause = 0; cause < right.causes.size(); ++cause)
    refused([&](PassAccount& a, double error) { a.wait_ns[cause][0] += ns(error); });
  for (std::size_t cause = 0; cause < kIdleCauses; ++cause) {
    auto wrong = idle;
    wrong[cause] += 1;
    CHECK_THROWS_AS(pass_ledger(right, wrong, result.makespan), InternalError);
  }
}

}  // namespace
}  // namespace headroom::test
