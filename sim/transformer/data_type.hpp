// sim/transformer/data_type.hpp -- number formats and the bytes one element takes in memory.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "sim/base/units.hpp"

namespace headroom {

enum class DataType { kFp32, kFp16, kBf16, kFp8, kInt8, kMxfp4, kNvfp4, kInt4 };

// Bytes per element, block scales included: MXFP4 is 4 bits + 8 bits per 32 (0.53125), NVFP4 is 4
// bits + 8 bits per 16 (0.5625), group-wise INT4 4 bits + fp16 minimum and maximum per 64 (0.5625).
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
// with fp8 activations compute in fp8.
DataType projection_type(const DataTypes& types);
// What attention computes in: the wider of KV cache and activations.
DataType attention_type(const DataTypes& types);

}  // namespace headroom
