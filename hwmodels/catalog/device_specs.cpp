#include <array>
#include <map>

#include "hwmodels/catalog/catalog.hpp"

namespace headroom {
namespace {

constexpr std::array kGpuNumbers{
    GpuNumber{"fp32", Dimension::kFlops, false, [](const GpuSpec& g) { return g.fp32.value; },
              [](GpuSpec& g, double v) { g.fp32.value = v; }},
    GpuNumber{"tf32", Dimension::kFlops, true, [](const GpuSpec& g) { return g.tf32.value; },
              [](GpuSpec& g, double v) { g.tf32.value = v; }},
    GpuNumber{"bf16", Dimension::kFlops, false, [](const GpuSpec& g) { return g.bf16.value; },
              [](GpuSpec& g, double v) { g.bf16.value = v; }},
    GpuNumber{"fp8", Dimension::kFlops, true, [](const GpuSpec& g) { return g.fp8.value; },
              [](GpuSpec& g, double v) { g.fp8.value = v; }},
    GpuNumber{"int8", Dimension::kFlops, true, [](const GpuSpec& g) { return g.int8.value; },
              [](GpuSpec& g, double v) { g.int8.value = v; }},
    GpuNumber{"fp4", Dimension::kFlops, true, [](const GpuSpec& g) { return g.fp4.value; },
              [](GpuSpec& g, double v) { g.fp4.value = v; }},
    GpuNumber{"hbm_capacity", Dimension::kBytes, false,
              [](const GpuSpec& g) { return g.hbm_capacity.value; },
              [](GpuSpec& g, double v) { g.hbm_capacity.value = v; }},
    GpuNumber{"hbm_bandwidth", Dimension::kBandwidth, false,
              [](const GpuSpec& g) { return g.hbm_bandwidth.value; },
              [](GpuSpec& g, double v) { g.hbm_bandwidth.value = v; }},
    GpuNumber{"l2", Dimension::kBytes, false, [](const GpuSpec& g) { return g.l2.value; },
              [](GpuSpec& g, double v) { g.l2.value = v; }},
    GpuNumber{"scaleup_bandwidth", Dimension::kBandwidth, true,
              [](const GpuSpec& g) { return g.scaleup_bandwidth.value; },
              [](GpuSpec& g, double v) { g.scaleup_bandwidth.value = v; }},
    GpuNumber{"pcie_bandwidth", Dimension::kBandwidth, false,
              [](const GpuSpec& g) { return g.pcie_bandwidth.value; },
              [](GpuSpec& g, double v) { g.pcie_bandwidth.value = v; }},
    GpuNumber{"tdp", Dimension::kPower, false, [](const GpuSpec& g) { return g.tdp_w; },
              [](GpuSpec& g, double v) { g.tdp_w = v; }},
    GpuNumber{"idle_power", Dimension::kPower, false, [](const GpuSpec& g) { return g.idle_w; },
              [](GpuSpec& g, double v) { g.idle_w = v; }},
};

constexpr std::array kCpuNumbers{
    CpuNumber{"fp32", Dimension::kFlops, false,
              [](const SocketSpec& c) { return c.rate(DataType::kFp32).value; },
              [](SocketSpec& c, double v) { c.rate(DataType::kFp32).value = v; }},
    CpuNumber{"bf16", Dimension::kFlops, true,
              [](const SocketSpec& c) { return c.rate(DataType::kBf16).value; },
              [](SocketSpec& c, double v) { c.rate(DataType::kBf16).value = v; }},
    CpuNumber{"int8", Dimension::kFlops, true,
              [](const SocketSpec& c) { return c.rate(DataType::kInt8).value; },
              [](SocketSpec& c, double v) { c.rate(DataType::kInt8).value = v; }},
    CpuNumber{"dram_bandwidth", Dimension::kBandwidth, false,
              [](const SocketSpec& c) { return c.dram_bandwidth.value; },
              [](SocketSpec& c, double v) {
                c.dram_bandwidth.value = v;
                c.cpu_dram_bandwidth.value = v;
              }},
};

constexpr std::array kSsdNumbers{
    SsdNumber{"capacity", Dimension::kBytes, false,
              [](const SsdSpec& s) { return s.capacity.value; },
              [](SsdSpec& s, double v) { s.capacity.value = v; }},
    SsdNumber{"read_bandwidth", Dimension::kBandwidth, false,
              [](const SsdSpec& s) { return s.read_bandwidth.value; },
              [](SsdSpec& s, double v) { s.read_bandwidth.value = v; }},
    SsdNumber{"write_bandwidth", Dimension::kBandwidth, false,
              [](const SsdSpec& s) { return s.write_bandwidth.value; },
              [](SsdSpec& s, double v) { s.write_bandwidth.value = v; }},
    SsdNumber{"read_iops", Dimension::kRate, true,
              [](const SsdSpec& s) { return s.read_iops.value; },
              [](SsdSpec& s, double v) { s.read_iops.value = v; }},
    SsdNumber{"write_iops", Dimension::kRate, true,
              [](const SsdSpec& s) { return s.write_iops.value; },
              [](SsdSpec& s, double v) { s.write_iops.value = v; }},
    SsdNumber{"request_size", Dimension::kBytes, true,
              [](const SsdSpec& s) { return s.request_size.value; },
              [](SsdSpec& s, double v) { s.request_size.value = v; }},
    SsdNumber{"latency", Dimension::kTime, true, [](const SsdSpec& s) { return s.latency.value; },
              [](SsdSpec& s, double v) { s.latency.value = v; }},
};

std::int64_t count_of(const DeviceEntry& entry, std::string_view key) {
  return parse_integer(entry.find(key)->value).value_or(0);
}

// The numbers of a table that the device has facts for, under the same keys.
template <class Spec>
void read_numbers(const DeviceEntry& entry, std::span<const SpecNumber<Spec>> numbers, Spec& spec) {
  for (const auto& number : numbers)
    if (const auto* fact = entry.find(number.key))
      number.write(spec, *parse_quantity(fact->value, number.dimension).value);
}

GpuSpec gpu_of(const DeviceEntry& entry) {
  GpuSpec gpu;
  gpu.name = entry.name;
  gpu.architecture = entry.find("architecture")->value;
  gpu.sm_count = count_of(entry, "sm_count");
  read_numbers(entry, gpu_numbers(), gpu);
  return gpu;
}

SocketSpec socket_of(const DeviceEntry& entry) {
  SocketSpec socket;
  socket.cpu = entry.name;
  socket.cores = count_of(entry, "cores");
  read_numbers(entry, cpu_numbers(), socket);
  return socket;
}

SsdSpec ssd_of(const DeviceEntry& entry) {
  SsdSpec ssd;
  ssd.name = entry.name;
  read_numbers(entry, ssd_numbers(), ssd);
  // Writes go to the drive's buffer; it is reads that somebody waits for.
  if (const auto* latency = entry.find("read_latency"))
    ssd.latency = Seconds{*parse_quantity(latency->value, Dimension::kTime).value};
  return ssd;
}

template <class Spec>
const Spec* find_spec(DeviceKind kind, std::string_view name, Spec (*read)(const DeviceEntry&)) {
  static std::map<std::string, Spec, std::less<>> specs;
  const auto* entry = find_device(kind, name);
  if (entry == nullptr) return nullptr;
  const auto found = specs.find(entry->name);
  if (found != specs.end()) return &found->second;
  return &specs.emplace(entry->name, read(*entry)).first->second;
}

}  // namespace

const GpuSpec* find_gpu(std::string_view name) { return find_spec(DeviceKind::kGpu, name, gpu_of); }
const SocketSpec* find_cpu(std::string_view name) {
  return find_spec(DeviceKind::kCpu, name, socket_of);
}
const SsdSpec* find_ssd(std::string_view name) { return find_spec(DeviceKind::kSsd, name, ssd_of); }

std::span<const GpuNumber> gpu_numbers() { return kGpuNumbers; }
std::span<const CpuNumber> cpu_numbers() { return kCpuNumbers; }
std::span<const SsdNumber> ssd_numbers() { return kSsdNumbers; }

}  // namespace headroom
