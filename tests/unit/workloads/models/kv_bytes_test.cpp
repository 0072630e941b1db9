#include <catch2/catch.hpp>

#include "sim/transformer/lowering.hpp"
#include "workloads/models/catalog.hpp"

namespace headroom {
namespace {

TEST_CASE("KV bytes per token of catalogue models are those of hand arithmetic", "[models]") {
  // 2 (K and V) x KV heads x head size x 2 bytes x layers; MLA: (latent + rope) x 2 bytes x layers.
  const auto [name, bytes] = GENERATE(table<const char*, double>({
      {"llama-2-7b", 2.0 * 32 * 128 * 2 * 32},      // 524288
      {"llama-2-70b", 2.0 * 8 * 128 * 2 * 80},      // 327680
      {"llama-3.1-8b", 2.0 * 8 * 128 * 2 * 32},     // 131072
      {"llama-3.1-405b", 2.0 * 8 * 128 * 2 * 126},  // 516096
      {"mixtral-8x7b", 2.0 * 8 * 128 * 2 * 32},     // 131072
      {"dbrx", 2.0 * 8 * 128 * 2 * 40},             // 163840
      {"qwen3-30b-a3b", 2.0 * 4 * 128 * 2 * 48},    // 98304
      {"gpt-oss-120b", 2.0 * 8 * 64 * 2 * 36},      // 73728: head size 64, not 2880/64
      {"deepseek-v3", (512.0 + 64) * 2 * 61},       // 70272
      {"deepseek-v2-lite", (512.0 + 64) * 2 * 27},  // 31104
      {"glm-5", (512.0 + 64 + 128) * 2 * 78},       // 109824, index keys included
      {"opt-30b", 2.0 * 56 * 128 * 2 * 48},         // 1376256
      {"gpt3-175b", 2.0 * 96 * 128 * 2 * 96},       // 4718592
      {"phi-2", 2.0 * 32 * 80 * 2 * 32},            // 327680
  }));
  INFO(name);
  CHECK(LoweredModel(*find_model(name), {}, {}).kv_bytes_per_token().value == bytes);
  // An fp8 cache takes half.
  CHECK(LoweredModel(*find_model(name), {.kv_cache = DataType::kFp8}, {})
            .kv_bytes_per_token()
            .value == bytes / 2);
}

}  // namespace
}  // namespace headroom
