#include "hwmodels/measured/gemm_layouts.hpp"

#include <catch2/catch.hpp>
#include <utility>

namespace headroom {
namespace {

// A table as read from a file, lines from 2 on.
DataTable table_of(std::vector<std::string> columns, std::vector<std::vector<std::string>> rows) {
  DataTable table{"data.csv", std::move(columns), {}};
  std::int64_t line = 2;
  for (auto& fields : rows) table.rows.push_back({line++, std::move(fields)});
  return table;
}

const MeasuredOn kOn{"h100-sxm", "GH100", "", 50.0 * 1024 * 1024};

LayerMeasurements read(const DataTable& table, const LayerShape& layers = {}) {
  const auto layout = layout_of(table);
  REQUIRE(layout);
  return read_layer_measurements(*layout, table, kOn, layers);
}

const GemmMeasurement& gemm(const LayerMeasurements& all, std::string_view kernel) {
  for (const auto& one : all.gemm)
    if (one.from.kernel == kernel) return one;
  FAIL("no GEMM of " << kernel);
  return all.gemm.front();
}

double bytes_of(const LayerMeasurements& all, std::string_view kernel) {
  for (const auto& one : all.elementwise)
    if (one.from.kernel == kernel) return one.shape.bytes;
  FAIL("no elementwise kernel of " << kernel);
  return 0;
}

const std::vector<std::string> kAiconfigurator{"framework", "kernel_source", "gemm_dtype", "m", "n",
                                               "k",         "latency"};

TEST_CASE("rows of aiconfigurator are milliseconds and know where they stand", "[measured]") {
  const auto all = read(
      table_of(kAiconfigurator, {{"VLLM", "linear", "bfloat16", "64", "8192", "4096", "0.0125"},
                                 {"VLLM", "cutlass", "fp8", "1", "128", "256", "0.0045"},
                                 {"VLLM", "flashinfer", "nvfp4", "2", "128", "256", "0.0055"}}));
  REQUIRE(all.gemm.size() == 3);
  const auto& first = all.gemm[0];
  CHECK(first.seconds == Approx(12.5e-6));
  CHECK(first.shape.m == 64);
  CHECK(first.shape.n == 8192);
  CHECK(first.shape.k == 4096);
  CHECK(first.type == "bf16");
  CHECK(first.from.line == 2);
  CHECK(first.from.file == "data.csv");
  CHECK(first.from.source == "aiconfigurator");
  CHECK(first.from.generation == Generation::kCurrent);
  CHECK(all.gemm[1].type == "fp8");
  CHECK(all.gemm[1].shape.weights == DataType::kFp8);
  CHECK(all.gemm[2].shape.weights == DataType::kNvfp4);
}

TEST_CASE("small weights stay in the L2 of a benchmark that repeats itself", "[measured]") {
  const auto all = read(
      table_of(kAiconfigurator, {{"VLLM", "linear", "bfloat16", "1", "8192", "4096", "0.03"},
                                 {"VLLM", "linear", "bfloat16", "1", "1024", "1024", "0.004"},
                                 {"VLLM", "linear", "bfloat16", "1", "2048", "1400", "0.004"}}));
  // 6 copies of 64 MiB: far beyond 2 x 0.9 x 50 MiB.
  CHECK(all.gemm[0].residency.weights == 0);
  CHECK_FALSE(all.gemm[0].from.l2_resident);
  // 6 copies of 2 MiB are 12 MiB, within 45 MiB.
  CHECK(all.gemm[1].residency.weights == 1);
  CHECK(all.gemm[1].from.l2_resident);
  // 6 x 2048 x 1400 x 2 = 34.4 MB, also within 47.2 MB.
  CHECK(all.gemm[2].residency.weights == 1);
}

TEST_CASE("a kernel whose small shapes all take long shows the host", "[measured]") {
  std::vector<std::vector<std::string>> rows;
  // Of 40 rows 30 take 90 us: the quarter lies among them. One takes 1 ms.
  for (int i = 0; i < 30; ++i)
    rows.push_back({"VLLM", "deep_gemm", "fp8_block", "1", "128", "128", "0.090"});
  for (int i = 0; i < 10; ++i)
    rows.push_back({"VLLM", "deep_gemm", "fp8_block", "8192", "8192", "8192", "1.0"});
  // All of them at the host's pace: nothing can be learnt.
  for (int i = 0; i < 4; ++i)
    rows.push_back({"VLLM", "cutlass", "fp8_block", "1", "128", "128", "0.170"});
  const auto all = read(table_of(kAiconfigurator, rows));
  CHECK(all.gemm[0].floor_s == Approx(90e-6));
  CHECK(all.gemm[35].floor_s == Approx(90e-6));
  CHECK(all.gemm[35].from.excluded.empty());
  CHECK(all.gemm[41].from.excluded == "the host was slower than nearly every kernel of the file");
}

const std::vector<std::string> kVidur{"time_stats.attn_pre_proj.min",
                                      "time_stats.attn_pre_proj.median",
                                      "time_stats.attn_post_proj.median",
                                      "time_stats.mlp_up_proj.median",
                                      "time_stats.mlp_down_proj.median",
                                      "time_stats.mlp_act.median",
                                      "time_stats.attn_rope.median",
                                      "time_stats.add.median",
                                      "time_stats.input_layernorm.median",
                                      "n_head",
                                      "n_kv_head",
                                      "n_embd",
                                      "n_expanded_embd",
                                      "vocab_size",
                                      "use_gated_mlp",
                                      "num_tokens",
                                      "num_tensor_parallel_workers"};

// Llama-2-70B on 8 ranks, 16 tokens.
const std::vector<std::string> kVidurRow{"1",     "0.02",  "0.03",  "0.04", "0.05", "0.006",
                                         "0.007", "0.008", "0.009", "64",   "8",    "8192",
                                         "28672", "32000", "True",  "16",   "8"};

TEST_CASE("layers of Vidur are cut among the ranks", "[measured]") {
  const auto all = read(table_of(kVidur, {kVidurRow}));
  // Heads of 8192 / 64 = 128; (64 + 2 x 8) x 128 / 8 = 1280 columns.
  CHECK(gemm(all, "attn_pre_proj").shape.n == 1280);
  CHECK(gemm(all, "attn_pre_proj").shape.k == 8192);
  CHECK(gemm(all, "attn_pre_proj").seconds == Approx(20e-6));
  CHECK(gemm(all, "attn_post_proj").shape.n == 8192);
  CHECK(gemm(all, "attn_post_proj").shape.k == 1024);  // 64 x 128 / 8
  CHECK(gemm(all, "mlp_up_proj").shape.n == 7168);     // 2 x 28672 / 8
  CHECK(gemm(all, "mlp_down_proj").shape.k == 3584);
  CHECK(gemm(all, "mlp_down_proj").shape.m == 16);
  CHECK(gemm(all, "mlp_down_proj").from.generation == Generation::k2023);
  CHECK(gemm(all, "mlp_down_proj").from.timing == Timing::kKernel);
  CHECK(bytes_of(all, "mlp_act") == 16 * 2 * 3 * 3584);            // reads two, writes one
  CHECK(bytes_of(all, "attn_rope") == 16 * 2 * 2 * (1024 + 128));  // queries and keys, both ways
  CHECK(bytes_of(all, "add") == 16 * 2 * 3 * 8192);
  CHECK(bytes_of(all, "input_layernorm") == 16 * 2 * 2 * 8192);
}

TEST_CASE("Frontier says how it timed and what it cannot mean", "[measured]") {
  auto columns = kVidur;
  for (const char* name :
       {"measurement_type", "quant_signature", "use_qk_norm", "share_expert_dim"})
    columns.emplace_back(name);
  auto events = kVidurRow, kernels = kVidurRow;
  for (const char* value : {"CUDA_EVENT", "none", "True", ""}) events.emplace_back(value);
  for (const char* value : {"KERNEL_ONLY", "method=fp8|act=none", "False", ""})
    kernels.emplace_back(value);
  const auto all = read(table_of(columns, {events, kernels}));
  CHECK(all.gemm[0].from.timing == Timing::kEvent);
  CHECK(all.gemm[0].from.kernel == "attn_pre_proj");
  CHECK(all.gemm[0].from.excluded == "norms of queries and keys are in it");
  CHECK(all.gemm[0].type == "bf16");
  CHECK(all.gemm[4].from.timing == Timing::kKernel);
  CHECK(all.gemm[4].from.excluded == "the head size is not in the file");
  CHECK(all.gemm[4].type == "fp8");
  CHECK(all.gemm[6].from.kernel == "mlp_up_proj");
  CHECK(all.gemm[6].from.excluded.empty());
}

// Llama-3.1-8B on two ranks.
const LayerShape kLlama{4096, 32, 8, 128, 14336, 128256, 2};

TEST_CASE("layers of LLMServingSim have the shape of the model they are said to be of",
          "[measured]") {
  const auto all = read(table_of({"layer", "tokens", "time_us"}, {{"qkv_proj", "8", "20.5"},
                                                                  {"gate_up_proj", "8", "60"},
                                                                  {"layernorm", "8", "3"},
                                                                  {"sampler", "8", "100"}}),
                        kLlama);
  CHECK(gemm(all, "qkv_proj").shape.n == 3072);  // (32 + 2 x 8) x 128 / 2
  CHECK(gemm(all, "qkv_proj").seconds == Approx(20.5e-6));
  CHECK(gemm(all, "gate_up_proj").shape.n == 14336);
  CHECK(all.gemm.size() == 2);
  REQUIRE(all.elementwise.size() == 1);
  CHECK(all.elementwise[0].shape.kind == ElementwiseKind::kAddNorm);
  CHECK(all.elementwise[0].shape.bytes == 8 * 8 * 4096);  // both read, both written
}

TEST_CASE("the old layers of LLMServingSim are nanoseconds of an eager framework", "[measured]") {
  const auto all =
      read(table_of({"layer_name", "input", "kv_cache", "tp_size", "latency(ns)"},
                    {{"k_proj", "4", "0", "2", "7190"}, {"lm_head", "4", "0", "2", "46944"}}),
           kLlama);
  CHECK(gemm(all, "k_proj").shape.n == 512);
  CHECK(gemm(all, "k_proj").seconds == Approx(7.19e-6));
  CHECK(gemm(all, "k_proj").from.generation == Generation::kEager);
  CHECK(gemm(all, "lm_head").shape.n == 64128);
}

TEST_CASE("LLMCompass has no header and lists K before N", "[measured]") {
  const auto data = table_of({"64", "12288", "4096", "0.1900ms", "101.7Tflops"}, {});
  REQUIRE(layout_of(data) == GemmLayout::kLlmCompass);
  const auto table = table_of(columns_without_header(GemmLayout::kLlmCompass),
                              {{"64", "12288", "4096", "0.1900ms", "101.7Tflops"}});
  const auto all = read_layer_measurements(GemmLayout::kLlmCompass, table, kOn);
  REQUIRE(all.gemm.size() == 1);
  CHECK(all.gemm[0].shape.k == 12288);
  CHECK(all.gemm[0].shape.n == 4096);
  CHECK(all.gemm[0].seconds == Approx(190e-6));
}

TEST_CASE("our own layout is shapes and microseconds", "[measured]") {
  const auto all =
      read(table_of({"m", "n", "k", "type", "time_us"}, {{"16", "4096", "4096", "fp16", "21.5"}}));
  CHECK(all.gemm[0].seconds == Approx(21.5e-6));
  CHECK(all.gemm[0].type == "bf16");
  CHECK(all.gemm[0].shape.compute == DataType::kFp16);
}

TEST_CASE("what is wrong in a table of kernels is named by its line", "[measured]") {
  const auto with = [](const char* m, const char* type, const char* latency) {
    return table_of(kAiconfigurator, {{"VLLM", "linear", type, m, "128", "128", latency}});
  };
  CHECK_THROWS_WITH(read(with("x", "bfloat16", "1")),
                    "data.csv:2: error: 'm' is 'x', which is not a number");
  CHECK_THROWS_WITH(read(with("0", "bfloat16", "1")),
                    "data.csv:2: error: 'm' is '0', which is not above 0");
  CHECK_THROWS_WITH(read(with("1", "fp12", "1")),
                    "data.csv:2: error: unknown number format 'fp12'");
  CHECK_THROWS_WITH(read(with("1", "bfloat16", "nan")),
                    "data.csv:2: error: 'latency' is 'nan', which is not a number");
  auto row = kVidurRow;
  row[14] = "maybe";
  CHECK_THROWS_WITH(read(table_of(kVidur, {row})),
                    "data.csv:2: error: 'use_gated_mlp' is 'maybe', neither True nor False");
  auto columns = kVidur;
  columns[9] = "heads";
  CHECK_THROWS_WITH(read(table_of(columns, {})), "data.csv:1: error: has no column 'n_head'");
  CHECK_FALSE(layout_of(table_of({"a", "b"}, {})));
}

}  // namespace
}  // namespace headroom
