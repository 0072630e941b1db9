// hwmodels/catalog/catalog.hpp -- data sheets of GPUs, CPUs, SSDs and NICs, every number with its
// source. One YAML file per device (gpus/h100-sxm.yaml), embedded in the binary: adding a device is
// adding a file. Names are lower case with hyphens; aliases (the maker's own name, common short
// names) and any letter case are accepted.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/memory/node_spec.hpp"
#include "sim/config/quantity.hpp"

namespace headroom {

enum class DeviceKind { kGpu, kCpu, kSsd, kNic };

struct DeviceFact {
  std::string key;              // "hbm_bandwidth"
  std::string value;            // canonical text with its unit: "3.35 TB/s"
  std::string source;           // "NVIDIA H100 datasheet"
  bool low_confidence = false;  // derived, estimated or approximate
};

struct DeviceEntry {
  std::string name;
  std::vector<std::string> aliases;
  std::string note;  // remarks and cross-checks, or ""
  std::vector<DeviceFact> facts;
  const DeviceFact* find(std::string_view key) const;  // nullptr when the device has no such fact
};

std::vector<std::string> device_names(DeviceKind kind);                  // sorted, without aliases
const DeviceEntry* find_device(DeviceKind kind, std::string_view name);  // nullptr: unknown

// As values; nullptr: unknown. The result lives as long as the program.
const GpuSpec* find_gpu(std::string_view name);
// One socket. Its DRAM capacity is not the CPU's and stays 0; CPU kernels can draw all of the data
// sheet's DRAM bandwidth until somebody says less.
const SocketSpec* find_cpu(std::string_view name);
const SsdSpec* find_ssd(std::string_view name);  // one drive

// A number of a device that a scenario can override, with how to read and to set it. Counts
// (sm_count, cores) are not among them: they have no unit.
template <class Spec>
struct SpecNumber {
  std::string_view key;
  Dimension dimension;
  bool optional;  // 0 means that the device has no such rate, link or bound
  double (*read)(const Spec&);
  void (*write)(Spec&, double);
};
using GpuNumber = SpecNumber<GpuSpec>;
using CpuNumber = SpecNumber<SocketSpec>;
using SsdNumber = SpecNumber<SsdSpec>;
std::span<const GpuNumber> gpu_numbers();
std::span<const CpuNumber> cpu_numbers();  // "dram_bandwidth" sets what CPU kernels can draw too
std::span<const SsdNumber> ssd_numbers();

}  // namespace headroom
