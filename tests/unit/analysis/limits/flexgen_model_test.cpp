#include "analysis/limits/flexgen_model.hpp"

#include <catch2/catch.hpp>

using namespace headroom::flexgen;

namespace {

// 100 B of weights, 4 B of KV and 2 B of hidden state per token, 10 FLOP per token, 4 per pair.
const Layer kLayer{100, 4, 2, 10, 1, 4};
const Lengths kLengths{8, 4};

Rates round_rates() {
  Rates rates;
  rates.to_gpu = 10;
  rates.kv_from_gpu = rates.hidden_from_gpu = 20;
  rates.from_disk = 5;
  rates.kv_to_disk_prefill = rates.hidden_to_disk_prefill = 4;
  rates.to_disk_decode = 2;
  rates.gemm_prefill = rates.gemm_decode = 100;
  rates.attention_prefill = rates.attention_decode = 50;
  rates.cpu_attention = 10;
  return rates;
}

}  // namespace

TEST_CASE("with everything on the GPU a layer computes", "[limits][flexgen]") {
  const Policy policy{3, 2, {1, 0, 0}, {1, 0, 0}, {1, 0, 0}};
  const auto p = predict(kLayer, 5, policy, kLengths, round_rates(), Form::kSolver);
  // 6 sequences: 6 x 8 x 10 / 100 + 6 x 64 x 4 / 50 = 4.8 + 30.72, 5 layers.
  CHECK(p.prefill_s == Approx(5 * 35.52));
  // 6 x 10 / 100 + 6 x 10 x 4 / 50 = 0.6 + 4.8, 3 tokens, 5 layers.
  CHECK(p.decode_s == Approx(15 * 5.4));
  CHECK(p.output_tokens_per_s == Approx(24 / (5 * 35.52 + 15 * 5.4)));
  const auto paper = predict(kLayer, 5, policy, kLengths, round_rates(), Form::kPaper);
  CHECK(paper.decode_s == p.decode_s);
}

TEST_CASE("the solver adds what the paper overlaps", "[limits][flexgen]") {
  const Policy policy{3, 2, {0, 0.5, 0.5}, {0, 0.5, 0.5}, {0, 1, 0}};
  Rates rates = round_rates();
  rates.gemm_prefill = rates.gemm_decode = rates.attention_prefill = 1e9;
  rates.cpu_attention = 1e9;
  // Prefill: to the GPU (100 + 96) / 10 = 19.6, from it 9 x 6 x 4 / 20 + 96 / 20 = 10.8 + 4.8 =
  // 15.6, from disk 50 / 5 = 10, to disk 108 / 4 = 27.
  const auto solver = predict(kLayer, 1, policy, kLengths, rates, Form::kSolver);
  const auto paper = predict(kLayer, 1, policy, kLengths, rates, Form::kPaper);
  CHECK(solver.prefill_s == Approx(15.6 + 27));
  CHECK(paper.prefill_s == Approx(27));
  // Decode: to the GPU (100 + 12) / 10 = 11.2; from disk 240 / 2 / 5 + 50 / (0.95 x 5) = 24 +
  // 10.526; to disk 12 / 2 = 6; from the GPU 12 / 20.
  const double disk = 24 + 50 / 4.75;
  CHECK(solver.decode_s == Approx(3 * (11.2 + disk)));
  CHECK(paper.decode_s == Approx(3 * disk));
}

TEST_CASE("attention on the CPU is slower for few sequences and narrow models",
          "[limits][flexgen]") {
  Rates rates;
  rates.cpu_attention = 100;
  rates.c1 = 0.02;
  rates.c2 = 0.1;
  rates.c3 = 0.2;
  CHECK(cpu_attention_rate(rates, 64, 4096) == 100);
  CHECK(cpu_attention_rate(rates, 1000, 8192) == 100);
  // log2(64 / 16) = 2: 1 - 0.2.
  CHECK(cpu_attention_rate(rates, 16, 4096) == Approx(80));
  // log2(4096 / 2048) = 1: 1 + 0.02 x 2 - 0.2 - 0.2.
  CHECK(cpu_attention_rate(rates, 16, 2048) == Approx(64));
  // Never below a tenth.
  CHECK(cpu_attention_rate(rates, 1, 128) == Approx(10));
}

TEST_CASE("effective rates are known for the published card alone", "[limits][flexgen]") {
  REQUIRE(published_rates("t4"));
  CHECK(published_rates("t4")->to_gpu == Approx(12.89 * 1073741824));
  CHECK_FALSE(published_rates("a40"));
}
