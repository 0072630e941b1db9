#include "analysis/limits/moe_lens_model.hpp"

#include <catch2/catch.hpp>

using namespace headroom::moe_lens;

TEST_CASE("a dense model reuses every streamed weight once per token", "[limits][moe_lens]") {
  // With one expert of one numerator and denominator of Eq. 1 are the same.
  CHECK(gemm_intensity({1, 1, 4, 1}, 100) == Approx(100));
  CHECK(saturation_tokens({1, 1, 4, 1}, 100e12, 20e9) == Approx(5000));
  // 2 of 8 experts: 4 times as many tokens.
  CHECK(saturation_tokens({8, 2, 3.5, 4}, 100e12, 20e9) == Approx(20000));
}

TEST_CASE("KV tokens are held once per pass of a sequence", "[limits][moe_lens]") {
  // Prompt 10, output 3: 10 + 11 + 12 in three passes, and 13 in the paper's fourth term.
  CHECK(kv_token_passes(10, 3, KvSum::kGPasses) == 33);
  CHECK(kv_token_passes(10, 3, KvSum::kPaper) == 46);
  // (2 x 10 + 3) x 3 / 2.
  CHECK(kv_token_passes(10, 3, KvSum::kClosedForm) == 34.5);
  CHECK(parallelism_memory_efficiency(10, 3, KvSum::kGPasses) == Approx(13.0 / 33));
}

TEST_CASE("stage 1 is bound by memory or by the GPU", "[limits][moe_lens]") {
  // 330 KV tokens are 10 sequences at a time on average: 130 tokens in a pass of 2 s.
  const Stage1 memory = stage1(10, 3, 330, 2, 100, KvSum::kGPasses);
  CHECK(memory.total_tokens_per_s == Approx(65));
  CHECK(memory.output_tokens_per_s == Approx(15));
  CHECK_FALSE(memory.gpu_binds());
  const Stage1 gpu = stage1(10, 3, 330, 2, 50, KvSum::kGPasses);
  CHECK(gpu.total_tokens_per_s == 50);
  CHECK(gpu.gpu_binds());
}

TEST_CASE("CPU attention multiplies every cached element with the queries of its group",
          "[limits][moe_lens]") {
  // 1000 B of 2 bytes each in 2 s: 250 elements/s, 4 queries, 2 FLOP.
  CHECK(cpu_attention_demand(4, 2, 1000, 2) == Approx(2000));
  CHECK(overlap_factor(10, 10) == Approx(20.0 / 15));
}

TEST_CASE("stage 2 counts passes of admission and of the last sequences", "[limits][moe_lens]") {
  // 33 tokens hold one sequence of prompt 10 and output 3 per pass. Five sequences: passes 1 to 5
  // admit one each, the last needs two more.
  Stage2Input input;
  input.sequences = 5;
  input.prompt = 10;
  input.output = 3;
  input.kv_tokens = 33;
  input.pass_s = 2;
  input.gpu_tokens_per_s = 1e9;
  const Stage2 result = stage2(input);
  CHECK(result.admitted_per_pass == Approx(1));
  CHECK(result.passes == 7);
  CHECK(result.makespan_s == Approx(14));
  CHECK(result.output_tokens_per_s == Approx(15.0 / 14));
  CHECK(result.total_tokens_per_s == Approx(65.0 / 14));
}

TEST_CASE("in stage 2 a pass takes as long as its GPU or its CPU attention needs",
          "[limits][moe_lens]") {
  Stage2Input input;
  input.sequences = 1;
  input.prompt = 10;
  input.output = 3;
  input.kv_tokens = 33;
  input.pass_s = 1;
  input.gpu_tokens_per_s = 2;
  // 10 prompt tokens in 5 s, then 1 token in half a second: 5 + 1 + 1.
  CHECK(stage2(input).makespan_s == Approx(7));
  input.gpu_tokens_per_s = 1e9;
  input.kv_bytes_per_token = 4;
  input.cpu_bytes_per_s = 20;
  // The prefill reads none; decodes read 10 and 11 tokens: 1 + 40 / 20 + 44 / 20.
  CHECK(stage2(input).makespan_s == Approx(5.2));
}

TEST_CASE("in stage 2 whole blocks are held", "[limits][moe_lens]") {
  Stage2Input input;
  input.sequences = 100;
  input.prompt = 10;
  input.output = 3;
  input.block_size = 8;
  input.kv_tokens = 100;
  input.pass_s = 1;
  input.gpu_tokens_per_s = 1e9;
  // 12 whole blocks; 10, 11 and 12 tokens take 2 each: 2 sequences per pass, 50 passes and 2 more.
  const Stage2 result = stage2(input);
  CHECK(result.admitted_per_pass == Approx(2));
  CHECK(result.passes == 52);
}

TEST_CASE("in stage 2 a fraction of a sequence is admitted every few passes",
          "[limits][moe_lens]") {
  Stage2Input input;
  input.sequences = 2;
  input.prompt = 10;
  input.output = 1;
  input.kv_tokens = 2.5;  // a quarter of a sequence per pass: in passes 4 and 8
  input.pass_s = 1;
  input.gpu_tokens_per_s = 1e9;
  input.block_size = 1;
  // floor(2.5) = 2 tokens / 10: a fifth, in passes 5 and 10.
  CHECK(stage2(input).passes == 10);
}
