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
const GpuSpec* find_gpu(std::string_view name);                          // nullptr: unknown

// The numbers of a GPU that a scenario can override, with how to read and to set them. `sm_count`
// is not among them: it is a count and has no unit.
struct GpuNumber {
  std::string_view key;
  Dimension dimension;
  bool optional;  // 0 means that the GPU has no such rate or link
  double (*read)(const GpuSpec&);
  void (*write)(GpuSpec&, double);
};
std::span<const GpuNumber> gpu_numbers();

}  // namespace headroom
