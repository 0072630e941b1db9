// sim/transformer/data_type.hpp -- number formats and the bytes one element takes in memory.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "sim/base/units.hpp"

namespace headroom {

enum class DataType { kFp32, kFp16, kBf16, kFp8, kInt8, kMxfp4, kNvfp4, kInt4 };

// Bytes per element, block scales included: MXFP4 is 4 bits + 8 bits per 32 (0.53125), NVFP4 is 4 bits + 8 bits
// per 16 (0.5625), group-wise INT4 4 bits + fp16 minimum and maximum per 64 (0.5625).
double bytes_per_element(DataType type);
std::string_view name_of(DataType type);                              // "bf16", "fp8", ...
std::optional<DataType> data_type_from_name(std::string_view name);   // also "bfloat16", "float16", "float32"
std::span<const std::string_view> data_type_names();                  // for "did you mean" and help

struct DataTypes {
  DataType weights = DataType::kBf16;
  DataType kv_cache = DataType::kBf16;
  DataType activations = DataType::kBf16;  // also the type the arithmetic of unquantised ops runs in
};

}  // namespace headroom
