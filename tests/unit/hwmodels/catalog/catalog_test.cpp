#include "hwmodels/catalog/catalog.hpp"

#include <catch2/catch.hpp>
#include <cctype>
#include <map>

using namespace headroom;

TEST_CASE("every data file of the catalogue parses and every number has a source", "[catalog]") {
  const std::map<DeviceKind, std::size_t> expected{
      {DeviceKind::kGpu, 24}, {DeviceKind::kCpu, 9}, {DeviceKind::kSsd, 9}, {DeviceKind::kNic, 5}};
  for (const auto& [kind, count] : expected) {
    const auto names = device_names(kind);
    CHECK(names.size() == count);
    for (const auto& name : names) {
      INFO(name);
      const auto* device = find_device(kind, name);
      REQUIRE(device != nullptr);
      CHECK(device->name == name);
      for (const char c : name) CHECK((std::islower(c) || std::isdigit(c) || c == '-'));
      for (const auto& fact : device->facts) {
        CHECK_FALSE(fact.value.empty());
        CHECK_FALSE(fact.source.empty());
      }
    }
  }
}

TEST_CASE("no name or alias of the catalogue means two devices", "[catalog]") {
  for (const auto kind : {DeviceKind::kGpu, DeviceKind::kCpu, DeviceKind::kSsd, DeviceKind::kNic}) {
    for (const auto& name : device_names(kind)) {
      const auto* device = find_device(kind, name);
      for (const auto& alias : device->aliases) {
        INFO(alias);
        CHECK(find_device(kind, alias) == device);
      }
    }
  }
}

TEST_CASE("a GPU is found by its name or its alias in any letter case", "[catalog]") {
  const auto* gpu = find_gpu("h100-sxm");
  REQUIRE(gpu != nullptr);
  CHECK(find_gpu("H100-SXM5-80GB") == gpu);
  CHECK(find_gpu("H100-SXM") == gpu);
  CHECK(find_gpu("h100") == gpu);
  CHECK(find_gpu("h101-sxm") == nullptr);
  CHECK(find_gpu("") == nullptr);
}

TEST_CASE("the numbers of a GPU are those of its data sheet in base units", "[catalog]") {
  const auto* h100 = find_gpu("h100-sxm");
  REQUIRE(h100 != nullptr);
  CHECK(h100->architecture == "Hopper GH100");
  CHECK(h100->sm_count == 132);
  CHECK(h100->bf16.value == 989.4e12);
  CHECK(h100->fp8.value == 1978.9e12);
  CHECK(h100->hbm_bandwidth.value == 3350e9);
  CHECK(h100->l2.value == 50.0 * 1024 * 1024);
  CHECK(h100->scaleup_bandwidth.value == 450e9);
  CHECK(h100->tdp_w == 700);
  // Dense rates of the RTX PRO 6000: 504, 1008 and 2016 TFLOPS for bf16, fp8 and fp4.
  const auto* pro = find_gpu("rtx-pro-6000");
  REQUIRE(pro != nullptr);
  CHECK(pro->bf16.value == 504e12);
  CHECK(pro->fp8.value == 1008e12);
  CHECK(pro->fp4.value == 2016e12);
  // An A100 has no fp8.
  CHECK(find_gpu("a100-80gb-sxm")->fp8.value == 0);
}

TEST_CASE("memory capacity is what the driver reports and not the marketing size", "[catalog]") {
  CHECK(find_gpu("rtx-4090")->hbm_capacity.value == 25250627584.0);
  CHECK(find_gpu("a100-80gb-sxm")->hbm_capacity.value == Approx(79.2 * 1073741824.0));
  const auto* measured = find_device(DeviceKind::kGpu, "rtx-4090")->find("hbm_capacity");
  CHECK_FALSE(measured->low_confidence);
  // Not known for an L40S: N GiB, and it says so.
  const auto* estimated = find_device(DeviceKind::kGpu, "l40s")->find("hbm_capacity");
  CHECK(estimated->low_confidence);
  CHECK(estimated->source.find("estimated") == 0);
}

TEST_CASE("a number that the source marks as doubtful stays marked", "[catalog]") {
  CHECK(find_device(DeviceKind::kGpu, "jetson-agx-orin-64gb")->find("bf16")->low_confidence);
  CHECK(find_device(DeviceKind::kCpu, "xeon-8488c")->find("cores")->low_confidence);
  CHECK(find_device(DeviceKind::kSsd, "980-pro")->find("read_latency")->low_confidence);
  CHECK_FALSE(find_device(DeviceKind::kSsd, "980-pro")->find("read_bandwidth")->low_confidence);
}

TEST_CASE("the numbers that a scenario may override read back what they set", "[catalog]") {
  GpuSpec gpu;
  double value = 1;
  for (const auto& number : gpu_numbers()) number.write(gpu, value += 1);
  value = 1;
  for (const auto& number : gpu_numbers()) CHECK(number.read(gpu) == (value += 1));
}
