#include "sim/transformer/data_type.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

TEST_CASE("block scales are part of the bytes per element", "[transformer]") {
  CHECK(bytes_per_element(DataType::kFp32) == 4);
  CHECK(bytes_per_element(DataType::kBf16) == 2);
  CHECK(bytes_per_element(DataType::kFp8) == 1);
  CHECK(bytes_per_element(DataType::kMxfp4) == 0.53125);  // (32 x 4 + 8) bits / 32 / 8
  CHECK(bytes_per_element(DataType::kNvfp4) == 0.5625);   // (16 x 4 + 8) bits / 16 / 8
  CHECK(bytes_per_element(DataType::kInt4) == 0.5625);    // (64 x 4 + 2 x 16) bits / 64 / 8
  CHECK(bytes_per_element(DataType::kMxfp8) == 1.03125);  // (32 x 8 + 8) bits / 32 / 8
  CHECK(bytes_per_element(DataType::kMxint8) == 1.03125);
  CHECK(bytes_per_element(DataType::kMxint4) == 0.53125);
  CHECK(bytes_per_element(DataType::kNvint4) == 0.5625);
  // Five sixths in blocks of 144 bytes and one in blocks of 210: 930 / 6 / 256.
  CHECK(bytes_per_element(DataType::kQ4KM) == 0.60546875);
}

TEST_CASE("every data type is found by its own name and by the names of config files",
          "[transformer]") {
  CHECK(data_type_names().size() == kDataTypes);
  for (const auto name : data_type_names()) CHECK(name_of(*data_type_from_name(name)) == name);
  CHECK(data_type_from_name("bfloat16") == DataType::kBf16);
  CHECK(data_type_from_name("float16") == DataType::kFp16);
  CHECK(data_type_from_name("float32") == DataType::kFp32);
  CHECK_FALSE(data_type_from_name("bf17"));
}

TEST_CASE("weight-only quantisation computes in the activation type", "[transformer]") {
  const auto computes = [](DataType weights, DataType activations) {
    return projection_type(
        {.weights = weights, .kv_cache = DataType::kBf16, .activations = activations});
  };
  CHECK(computes(DataType::kFp8, DataType::kBf16) == DataType::kBf16);
  CHECK(computes(DataType::kInt4, DataType::kFp16) == DataType::kFp16);
  CHECK(computes(DataType::kFp8, DataType::kFp8) == DataType::kFp8);
  CHECK(computes(DataType::kInt8, DataType::kInt8) == DataType::kInt8);
  CHECK(computes(DataType::kMxfp4, DataType::kFp8) == DataType::kFp8);
  CHECK(computes(DataType::kQ4KM, DataType::kBf16) == DataType::kBf16);
  // Scales make no element wider.
  CHECK(computes(DataType::kMxfp8, DataType::kFp8) == DataType::kFp8);
}

TEST_CASE("the residual stream is never below 16 bits", "[transformer]") {
  CHECK(stream_type({.activations = DataType::kFp8}) == DataType::kBf16);
  CHECK(stream_type({.activations = DataType::kFp16}) == DataType::kFp16);
}

}  // namespace
}  // namespace headroom
