#include "sim/transformer/data_type.hpp"

#include <array>
#include <utility>

namespace headroom {
namespace {

constexpr std::array<std::string_view, kDataTypes> kNames{
    "fp32", "fp16",  "bf16",   "fp8",    "int8",   "mxfp4", "nvfp4",
    "int4", "mxfp8", "mxint8", "mxint4", "nvint4", "q4_k_m"};
constexpr std::array<std::pair<std::string_view, DataType>, 7> kAliases{
    {{"float32", DataType::kFp32},
     {"float16", DataType::kFp16},
     {"half", DataType::kFp16},
     {"bfloat16", DataType::kBf16},
     {"fp8_e4m3", DataType::kFp8},
     {"float8_e4m3fn", DataType::kFp8},
     {"fp4", DataType::kNvfp4}}};

// Of an element alone, without its share of the block's scale.
int element_bits(DataType type) {
  switch (type) {
    case DataType::kFp32:
      return 32;
    case DataType::kFp16:
    case DataType::kBf16:
      return 16;
    case DataType::kFp8:
    case DataType::kInt8:
    case DataType::kMxfp8:
    case DataType::kMxint8:
      return 8;
    case DataType::kMxfp4:
    case DataType::kNvfp4:
    case DataType::kInt4:
    case DataType::kMxint4:
    case DataType::kNvint4:
    case DataType::kQ4KM:
      return 4;
  }
  return 0;
}

DataType wider(DataType a, DataType b) { return element_bits(a) > element_bits(b) ? a : b; }

}  // namespace

double bytes_per_element(DataType type) {
  switch (type) {
    case DataType::kFp32:
      return 4;
    case DataType::kFp16:
    case DataType::kBf16:
      return 2;
    case DataType::kFp8:
    case DataType::kInt8:
      return 1;
    case DataType::kMxfp8:
    case DataType::kMxint8:
      return 1 + 1.0 / 32;
    case DataType::kMxfp4:
    case DataType::kMxint4:
      return 0.5 + 1.0 / 32;
    case DataType::kNvfp4:
    case DataType::kNvint4:
      return 0.5 + 1.0 / 16;
    case DataType::kInt4:
      return 0.5 + 4.0 / 64;
    case DataType::kQ4KM:
      return (5 * 144.0 + 210.0) / 6 / 256;
  }
  return 0;
}

std::string_view name_of(DataType type) { return kNames[static_cast<std::size_t>(type)]; }

std::optional<DataType> data_type_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<DataType>(i);
  for (const auto& [alias, type] : kAliases)
    if (alias == name) return type;
  return std::nullopt;
}

std::span<const std::string_view> data_type_names() { return kNames; }

DataType stream_type(const DataTypes& types) {
  return bytes_per_element(types.activations) < 2 ? DataType::kBf16 : types.activations;
}

// On equal widths the activation type decides: it is the one that is not converted.
DataType projection_type(const DataTypes& types) { return wider(types.weights, types.activations); }

DataType attention_type(const DataTypes& types) { return wider(types.kv_cache, types.activations); }

}  // namespace headroom
