#include "hwmodels/memory/node_spec.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

TEST_CASE("the raw rate of PCIe is transfers per second less what the coding takes",
          "[hwmodels][memory]") {
  // Per lane: 2.5 GT/s / 8 x 8/10; 5 / 8 x 8/10; 8, 16, 32 / 8 x 128/130; 64 / 8 x 242/256.
  const auto [generation, lane] = GENERATE(table<std::int64_t, double>({
      {1, 0.25e9},
      {2, 0.5e9},
      {3, 0.984615384615e9},
      {4, 1.969230769231e9},
      {5, 3.938461538462e9},
      {6, 7.5625e9},
  }));
  INFO(generation);
  CHECK(pcie_raw_bandwidth(generation, 1).value == Approx(lane).epsilon(1e-9));
  CHECK(pcie_raw_bandwidth(generation, 16).value == Approx(16 * lane).epsilon(1e-9));
}

TEST_CASE("a PCIe generation that does not exist is our bug", "[hwmodels][memory]") {
  CHECK_THROWS_AS(pcie_raw_bandwidth(0, 16), InternalError);
  CHECK_THROWS_AS(pcie_raw_bandwidth(7, 16), InternalError);
}

TEST_CASE("drives carry their bandwidth or their requests and whichever is less",
          "[hwmodels][memory]") {
  SsdSpec ssd;
  ssd.read_bandwidth = BytesPerSecond{6e9};
  ssd.write_bandwidth = BytesPerSecond{3e9};
  ssd.read_iops = PerSecond{500'000};
  ssd.write_iops = PerSecond{100'000};
  ssd.request_size = Bytes{4096};
  CHECK(ssd.read_rate().value == 500'000 * 4096.0);  // 2.05 GB/s
  CHECK(ssd.write_rate().value == 100'000 * 4096.0);
  ssd.request_size = Bytes{128 * 1024};
  // 500,000 x 131,072 = 65 GB/s and 100,000 x 131,072 = 13 GB/s would be more than the drive has.
  CHECK(ssd.read_rate().value == 6e9);
  CHECK(ssd.write_rate().value == 3e9);
  ssd.count = 4;
  CHECK(ssd.read_rate().value == 24e9);
  ssd.request_size = Bytes{4096};
  CHECK(ssd.read_rate().value == 4 * 500'000 * 4096.0);
}

TEST_CASE("a drive without IOPS is bounded by its bandwidth alone", "[hwmodels][memory]") {
  SsdSpec ssd;
  ssd.read_bandwidth = BytesPerSecond{5.6e9};
  ssd.request_size = Bytes{512};
  CHECK(ssd.read_rate().value == 5.6e9);
}

TEST_CASE("requests of no stated size are large enough for the bandwidth", "[hwmodels][memory]") {
  SsdSpec ssd;
  ssd.read_bandwidth = BytesPerSecond{5.6e9};
  ssd.read_iops = PerSecond{1000};
  CHECK(ssd.read_rate().value == 5.6e9);
}

TEST_CASE("a CPU computes a type at its own rate or at that of the next wider one",
          "[hwmodels][memory]") {
  SocketSpec cpu;
  cpu.rate(DataType::kFp32) = FlopsPerSecond{1e12};
  // AVX2: everything is converted to fp32.
  for (const auto name : data_type_names())
    CHECK(cpu.peak_rate(*data_type_from_name(name)).value == 1e12);
  cpu.rate(DataType::kBf16) = FlopsPerSecond{16e12};
  CHECK(cpu.peak_rate(DataType::kFp32).value == 1e12);
  for (const auto type : {DataType::kBf16, DataType::kFp16, DataType::kFp8, DataType::kMxfp4,
                          DataType::kInt8, DataType::kQ4KM})
    CHECK(cpu.peak_rate(type).value == 16e12);
  cpu.rate(DataType::kInt8) = FlopsPerSecond{32e12};
  for (const auto type : {DataType::kInt8, DataType::kInt4, DataType::kMxint4, DataType::kQ4KM})
    CHECK(cpu.peak_rate(type).value == 32e12);
  CHECK(cpu.peak_rate(DataType::kFp8).value == 16e12);
  CHECK(cpu.peak_rate(DataType::kNvfp4).value == 16e12);
  // A CPU with integers but no bf16 units (Ice Lake).
  cpu.rate(DataType::kBf16) = FlopsPerSecond{0};
  CHECK(cpu.peak_rate(DataType::kFp16).value == 1e12);
  CHECK(cpu.peak_rate(DataType::kInt4).value == 32e12);
}

}  // namespace
}  // namespace headroom
