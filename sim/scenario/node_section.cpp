#include <cmath>

#include "sim/config/quantity.hpp"
#include "sim/scenario/device_numbers.hpp"
#include "sim/scenario/sections.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostGpus = 1024;
constexpr std::int64_t kNewestGeneration = 6;
constexpr double kRounding = 1 + 1e-3;  // data sheets print two to four digits

std::string text_of(BytesPerSecond bandwidth) {
  return format_quantity(std::round(bandwidth.value / 1e6) * 1e6, Dimension::kBandwidth);
}

// The CPU; its DRAM bandwidth belongs to `dram`. Nothing when it is not known.
std::optional<SocketSpec> read_cpu(MapReader& node, const DeviceEntry*& base) {
  MapReader reader = node.child("cpu");
  SocketSpec socket;
  base = read_base(reader, DeviceKind::kCpu, "CPU");
  if (!node.has("cpu") || (base == nullptr && reader.has("base"))) return std::nullopt;
  const CountRange cores{.low = 1, .high = 100000};
  if (base != nullptr) {
    socket = *find_cpu(base->name);
    socket.cores = reader.count("cores", cores, {socket.cores, origin_of(*base->find("cores"))});
  } else {
    socket.cpu = reader.text("name", std::string("custom"));
    socket.cores = reader.count("cores", cores);
  }
  for (const auto& number : cpu_numbers())
    if (number.key != "dram_bandwidth") read_number(reader, "CPU", number, base, socket);
  reader.node("dram_bandwidth");
  if (reader.has("dram_bandwidth"))
    reader.error("dram_bandwidth", "is written as 'hardware.node.dram.bandwidth' in a scenario");
  reader.finish();
  return socket;
}

void read_dram(MapReader& node, const DeviceEntry* cpu, SocketSpec& socket) {
  MapReader reader = node.child("dram");
  socket.dram_capacity = reader.bytes("capacity");
  const auto* fact = cpu != nullptr ? cpu->find("dram_bandwidth") : nullptr;
  socket.dram_bandwidth =
      fact != nullptr
          ? reader.bandwidth("bandwidth", kPositive, {socket.dram_bandwidth, origin_of(*fact)})
          : reader.bandwidth("bandwidth");
  socket.cpu_dram_bandwidth = reader.bandwidth(
      "cpu_bandwidth", kPositive, {socket.dram_bandwidth, "hardware.node.dram.bandwidth"});
  reader.finish();
  if (socket.cpu_dram_bandwidth > socket.dram_bandwidth)
    reader.error("cpu_bandwidth", "is " + text_of(socket.cpu_dram_bandwidth) +
                                      ", more than 'hardware.node.dram.bandwidth' (" +
                                      text_of(socket.dram_bandwidth) + ")");
}

// The oldest generation whose x16 link is as fast as the GPU's data sheet says.
Default<std::int64_t> generation_of(const GpuSpec* gpu) {
  if (gpu == nullptr || gpu->pcie_bandwidth.value <= 0) return {4};
  for (std::int64_t generation = 1; generation < kNewestGeneration; ++generation)
    if (pcie_raw_bandwidth(generation, 16) * kRounding >= gpu->pcie_bandwidth)
      return {generation, "the GPU's pcie_bandwidth"};
  return {kNewestGeneration, "the GPU's pcie_bandwidth"};
}

// What shares an uplink: the switch's own link to the root is an x16 like any other by default.
void read_switch(MapReader& reader, std::int64_t gpus, double fraction, PcieSpec& pcie) {
  pcie.gpus_per_switch = reader.count("gpus_per_switch", {.low = 1, .high = kMostGpus}, 1);
  if (pcie.gpus_per_switch > gpus)
    reader.error("gpus_per_switch", "is " + std::to_string(pcie.gpus_per_switch) +
                                        ", more than 'hardware.node.gpus' (" +
                                        std::to_string(gpus) + ")");
  if (pcie.gpus_per_switch == 1) {
    reader.node("uplink_bandwidth");
    if (reader.has("uplink_bandwidth"))
      reader.error("uplink_bandwidth", "belongs to a switch; set 'gpus_per_switch' above 1");
    return;
  }
  const BytesPerSecond raw = pcie_raw_bandwidth(pcie.generation, 16);
  pcie.uplink_bandwidth = reader.bandwidth("uplink_bandwidth", kPositive,
                                           {raw * fraction, "one x16 link of the same generation"});
  if (pcie.uplink_bandwidth > raw * kRounding)
    reader.error("uplink_bandwidth", "is " + text_of(pcie.uplink_bandwidth) +
                                         ", more than the raw rate of PCIe generation " +
                                         std::to_string(pcie.generation) + " x16 (" + text_of(raw) +
                                         ")");
}

PcieSpec read_pcie(MapReader& node, const GpuSpec* gpu, std::int64_t gpus) {
  MapReader reader = node.section("pcie");
  PcieSpec pcie;
  pcie.generation =
      reader.count("generation", {.low = 1, .high = kNewestGeneration}, generation_of(gpu));
  pcie.lanes = reader.count("lanes", {.low = 1, .high = 32}, 16);
  const BytesPerSecond raw = pcie_raw_bandwidth(pcie.generation, pcie.lanes);
  if (reader.has("bandwidth")) {
    reader.node("achievable_fraction");
    if (reader.has("achievable_fraction"))
      reader.error("achievable_fraction",
                   "and 'hardware.node.pcie.bandwidth' both say what a link achieves; give one");
    pcie.bandwidth = reader.bandwidth("bandwidth");
    pcie.achievable_fraction = pcie.bandwidth / raw;
    if (pcie.bandwidth > raw * kRounding)
      reader.error("bandwidth", "is " + text_of(pcie.bandwidth) +
                                    ", more than the raw rate of PCIe generation " +
                                    std::to_string(pcie.generation) + " x" +
                                    std::to_string(pcie.lanes) + " (" + text_of(raw) + ")");
  } else {
    reader.node("bandwidth");
    pcie.achievable_fraction =
        reader.number("achievable_fraction", {.low = 0, .low_is_allowed = false, .high = 1},
                      {1.0, "default: the raw rate"});
    pcie.bandwidth = raw * pcie.achievable_fraction;
  }
  read_switch(reader, gpus, std::min(1.0, pcie.achievable_fraction), pcie);
  reader.finish();
  return pcie;
}

std::optional<SsdSpec> read_ssd(MapReader& node) {
  auto reader = node.optional_child("ssd");
  if (!reader) return std::nullopt;
  const DeviceEntry* base = read_base(*reader, DeviceKind::kSsd, "SSD");
  if (base == nullptr && reader->has("base")) return std::nullopt;
  SsdSpec ssd;
  if (base != nullptr) {
    ssd = *find_ssd(base->name);
  } else {
    ssd.name = reader->text("name", std::string("custom"));
  }
  for (const auto& number : ssd_numbers())
    if (number.key != "latency") read_number(*reader, "SSD", number, base, ssd);
  // The catalogue tells latencies of reads and writes apart; reads are what somebody waits for.
  const auto* latency = base != nullptr ? base->find("read_latency") : nullptr;
  ssd.latency = reader->seconds(
      "latency", kNonNegative, {ssd.latency, latency != nullptr ? origin_of(*latency) : "default"});
  ssd.count = reader->count("count", {.low = 1, .high = 1024}, 1);
  reader->finish();
  return ssd;
}

}  // namespace

NodeSpec read_node_section(MapReader& hardware, const GpuSpec* gpu) {
  MapReader reader = hardware.child("node");
  NodeSpec node;
  node.gpus = reader.count("gpus", {.low = 1, .high = kMostGpus}, 1);
  const DeviceEntry* cpu = nullptr;
  const auto known = read_cpu(reader, cpu);
  SocketSpec socket = known.value_or(SocketSpec{});
  const std::int64_t sockets = reader.count("sockets", {.low = 1, .high = 64}, 1);
  // What DRAM must say depends on the CPU.
  if (!reader.has("dram") || !known) {
    reader.child("dram");
  } else {
    read_dram(reader, cpu, socket);
  }
  node.sockets.assign(static_cast<std::size_t>(sockets), socket);
  if (sockets > 1) {
    node.cross_socket_bandwidth = reader.bandwidth("cross_socket_bandwidth");
  } else {
    reader.node("cross_socket_bandwidth");
    if (reader.has("cross_socket_bandwidth"))
      reader.error("cross_socket_bandwidth", "needs more than one socket");
  }
  node.pcie = read_pcie(reader, gpu, node.gpus);
  node.nvlink_bandwidth =
      reader.bandwidth("nvlink_bandwidth", kNonNegative, {BytesPerSecond{0}, "default: over PCIe"});
  node.ssd = read_ssd(reader);
  node.gpu_direct_storage = reader.flag("gpu_direct_storage", false);
  if (node.gpu_direct_storage && !reader.has("ssd"))
    reader.error("gpu_direct_storage", "needs 'hardware.node.ssd'");
  node.shared_links = reader.flag("shared_links", true);
  reader.finish();
  return node;
}

}  // namespace headroom
