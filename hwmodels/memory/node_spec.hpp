// hwmodels/memory/node_spec.hpp -- one node: GPUs, sockets with their DRAM, the PCIe tree between
// them, scale-up links and SSDs, as data-sheet numbers. Filled from `hardware.node` of a scenario.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/transformer/data_type.hpp"

namespace headroom {

struct SocketSpec {
  std::string cpu;  // catalogue name or "custom"
  std::int64_t cores = 0;
  // Arithmetic of all cores together, by data type (AMX, AVX-512, AVX2); 0: no rate of its own.
  // fp32, bf16 and int8 are what data sheets give.
  std::array<FlopsPerSecond, kDataTypes> peak{};
  Bytes dram_capacity{0};
  BytesPerSecond dram_bandwidth{0};
  // The most that CPU kernels draw from it (STREAM-like); at most dram_bandwidth.
  BytesPerSecond cpu_dram_bandwidth{0};
  // A type without a rate of its own runs at that of the next wider one that has: integer formats
  // as int8, every other as bf16, all of them as fp32 at last.
  FlopsPerSecond peak_rate(DataType type) const;
  FlopsPerSecond& rate(DataType type) { return peak[static_cast<std::size_t>(type)]; }
  FlopsPerSecond rate(DataType type) const { return peak[static_cast<std::size_t>(type)]; }
};

struct PcieSpec {
  std::int64_t generation = 4;
  std::int64_t lanes = 16;
  double achievable_fraction = 1.0;  // of the raw rate (after line coding): protocol and DMA
  BytesPerSecond bandwidth{0};       // per GPU and direction: resolved from the three, or given
  // GPUs behind one switch share its uplink; 1: every GPU has a root port of its own.
  std::int64_t gpus_per_switch = 1;
  BytesPerSecond uplink_bandwidth{0};  // of a switch, per direction; with one GPU each unused
};

struct SsdSpec {
  std::string name;
  Bytes capacity{0};
  BytesPerSecond read_bandwidth{0}, write_bandwidth{0};
  PerSecond read_iops{0}, write_iops{0};  // 0: not given, no bound
  Seconds latency{0};
  // Of one read or write; 0: as large as the drive likes, so that IOPS are no bound.
  Bytes request_size{0};
  std::int64_t count = 1;  // striped: bandwidths and IOPS add up
  // Of all drives: the bandwidth, or IOPS x request size where that is less.
  BytesPerSecond read_rate() const;
  BytesPerSecond write_rate() const;
};

struct NodeSpec {
  std::int64_t gpus = 1;
  std::vector<SocketSpec> sockets;           // at least one; GPUs are spread over them evenly
  BytesPerSecond cross_socket_bandwidth{0};  // per direction; with one socket unused
  PcieSpec pcie;
  BytesPerSecond nvlink_bandwidth{0};  // per GPU and direction; 0: none, GPUs talk over PCIe
  std::optional<SsdSpec> ssd;
  bool gpu_direct_storage = false;  // SSD <-> GPU without a stop in DRAM
  // Off: every user of a link gets a copy of it to itself, as closed-form models assume. The answer
  // this gives can be wrong: scenarios/examples/contention_*.yaml.
  bool shared_links = true;
};

// Raw rate of a PCIe link after line coding, per direction: 0.985 GB/s per lane in generation 3,
// doubling to generation 5. Pre: generation 1 to 6. Source: PCI Express base specifications.
BytesPerSecond pcie_raw_bandwidth(std::int64_t generation, std::int64_t lanes);

}  // namespace headroom
