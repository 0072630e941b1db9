#include "hwmodels/catalog/catalog.hpp"

#include <catch2/catch.hpp>
#include <cctype>
#include <map>

using namespace headroom;

TEST_CASE("every data file of the catalogue parses and every number has a source", "[catalog]") {
  const std::map<DeviceKind, std::size_t> expected{
      {DeviceKind::kGpu, 26}, {DeviceKind::kCpu, 13}, {DeviceKind::kSsd, 9}, {DeviceKind::kNic, 5}};
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

namespace {

// Numbers with two meanings would overwrite one another.
template <class Spec>
void check_reads_back(std::span<const SpecNumber<Spec>> numbers) {
  Spec spec;
  double value = 1;
  for (const auto& number : numbers) number.write(spec, value += 1);
  value = 1;
  for (const auto& number : numbers) CHECK(number.read(spec) == (value += 1));
}

}  // namespace

TEST_CASE("the numbers that a scenario may override read back what they set", "[catalog]") {
  check_reads_back(gpu_numbers());
  check_reads_back(cpu_numbers());
  check_reads_back(ssd_numbers());
}

TEST_CASE("a CPU of the catalogue is a socket without a DRAM capacity", "[catalog]") {
  const SocketSpec* cpu = find_cpu("Xeon-8380");
  REQUIRE(cpu != nullptr);
  CHECK(cpu->cpu == "xeon-8380");
  CHECK(cpu->cores == 40);
  CHECK(cpu->peak_rate(DataType::kFp32).value == 5888e9);  // 40 x 2.3 GHz x 64 FLOP per cycle
  // No bf16 units, no AMX.
  CHECK(cpu->peak_rate(DataType::kBf16).value == 5888e9);
  CHECK(cpu->dram_bandwidth.value == 204.8e9);
  CHECK(cpu->cpu_dram_bandwidth.value == 204.8e9);
  CHECK(cpu->dram_capacity.value == 0);
  CHECK(find_cpu("xeon-8381") == nullptr);
  CHECK(find_cpu("xeon-8380") == cpu);
  // With AMX; a 4-bit format is computed as int8.
  const SocketSpec* amx = find_cpu("xeon-6454s");
  REQUIRE(amx != nullptr);
  CHECK(amx->peak_rate(DataType::kBf16).value == 72.1e12);
  CHECK(amx->peak_rate(DataType::kInt4).value == 144.2e12);
}

TEST_CASE("an override of the DRAM bandwidth is what CPU kernels can draw too", "[catalog]") {
  SocketSpec cpu = *find_cpu("xeon-8380");
  for (const auto& number : cpu_numbers())
    if (number.key == "dram_bandwidth") number.write(cpu, 100e9);
  CHECK(cpu.dram_bandwidth.value == 100e9);
  CHECK(cpu.cpu_dram_bandwidth.value == 100e9);
}

TEST_CASE("an SSD of the catalogue is one drive with the latency of its reads", "[catalog]") {
  const SsdSpec* ssd = find_ssd("dc-p4500");
  REQUIRE(ssd != nullptr);
  CHECK(ssd->name == "dc-p4500");
  CHECK(ssd->capacity.value == 4e12);
  CHECK(ssd->read_bandwidth.value == 3.2e9);
  CHECK(ssd->write_bandwidth.value == 1.8e9);
  CHECK(ssd->read_iops.value == 645000);
  CHECK(ssd->write_iops.value == 62500);
  CHECK(ssd->latency.value == Approx(115e-6).epsilon(1e-12));
  CHECK(ssd->count == 1);
  // Nothing known about its IOPS: no bound.
  CHECK(find_ssd("cs3040")->read_iops.value == 0);
  CHECK(find_ssd("nothing") == nullptr);
}
