// sim/transformer/data_type.hpp -- number formats and the bytes one element takes in memory.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "sim/base/units.hpp"

namespace headroom {

enum class DataType {
  kFp32,
  kFp16,
  kBf16,
  kFp8,
  kInt8,
  kMxfp4,
  kNvfp4,
  kInt4,
  kMxfp8,
  kMxint8,
  kMxint4,
  kNvint4,
  kQ4KM
};
inline constexpr std::size_t kDataTypes = 13;  // for arrays indexed by DataType

// Bytes per element, block scales included. MX formats (OCP Microscaling v1.0) have 8 bits of scale
// per 32 elements: MXFP8, MXINT8 1.03125, MXFP4, MXINT4 0.53125. NVFP4 and NVINT4 have 8 bits per
// 16: 0.5625. Group-wise INT4 (FlexGen, arXiv 2303.06865) has an fp16 minimum and maximum per 64:
// 0.5625. llama.cpp's Q4_K_M mixes super-blocks of 256 elements: 144 bytes (Q4_K) everywhere but
// in half of the value and down projections, which take 210 (Q6_K). The value projection is small;
// half of the down projections are a sixth of a gated MLP: (5 x 144 + 210) / 6 / 256 = 0.6055, or
// 4.84 bits. (Source: block_q4_K and block_q6_K of ggml, llama.cpp pull request 1684. DeepSeek-R1's
// published file, 404 GB for 671e9 parameters, has 4.82.)
double bytes_per_element(DataType type);
std::string_view name_of(DataType type);  // "bf16", "fp8", ...
std::optional<DataType> data_type_from_name(
    std::string_view name);                           // also "bfloat16", "float16", "float32"
std::span<const std::string_view> data_type_names();  // for "did you mean" and help

struct DataTypes {
  // Of the projections, MLPs and experts. Embedding, LM head, router, norms and biases are stored
  // as `stream_type` when this is narrower than 16 bits, as quantised checkpoints do.
  DataType weights = DataType::kBf16;
  DataType kv_cache = DataType::kBf16;
  DataType activations = DataType::kBf16;  // inputs of the projections
};

// The residual stream, op outputs and unquantised parameters: the activation type, bf16 when that
// is below 16 bits.
DataType stream_type(const DataTypes& types);
// What a projection computes in: the wider of weights and activations. So weight-only quantisation
// (fp8, int4 or mxfp4 weights, bf16 activations) computes in the activation type, and fp8 weights
// with fp8 activations compute in fp8. Block scales do not count: mxfp8 is as wide as fp8.
DataType projection_type(const DataTypes& types);
// What attention computes in: the wider of KV cache and activations.
DataType attention_type(const DataTypes& types);

}  // namespace headroom
