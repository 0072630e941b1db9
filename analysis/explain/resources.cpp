#include "analysis/explain/resources.hpp"

#include <cmath>
#include <utility>

#include "hwmodels/catalog/catalog.hpp"
#include "sim/config/quantity.hpp"

namespace headroom {
namespace {

// A key and what it is now.
struct Amount {
  std::string key;
  Dimension dimension;
  double value;
};

// Four digits where it takes more than a few to be exact.
std::string amount_text(double value, Dimension dimension) {
  const std::string exact = format_quantity(value, dimension);
  constexpr std::size_t kReadable = 12;
  if (exact.size() <= kReadable || value <= 0) return exact;
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 3);
  return format_quantity(std::round(value / unit) * unit, dimension);
}

std::string setting(const std::string& key, double value, Dimension dimension) {
  return key + '=' + format_quantity(value, dimension);
}

Resource scaling(std::string name, std::vector<Amount> amounts) {
  std::string now = amount_text(amounts.front().value, amounts.front().dimension);
  return {std::move(name), std::move(now),
          [amounts = std::move(amounts)](double factor) -> std::optional<ResourceChange> {
            ResourceChange change{factor, {}};
            for (const auto& [key, dimension, value] : amounts)
              change.settings.push_back(setting(key, value * factor, dimension));
            return change;
          }};
}

// Of things that there are only whole ones of.
Resource counted(std::string name, const std::string& key, std::int64_t count) {
  return {std::move(name), std::to_string(count),
          [key, count](double factor) -> std::optional<ResourceChange> {
            const auto whole = std::llround(static_cast<double>(count) * factor);
            if (whole == count || whole < 1) return std::nullopt;
            return ResourceChange{static_cast<double>(whole) / static_cast<double>(count),
                                  {key + '=' + std::to_string(whole)}};
          }};
}

// All numbers of a device that have the dimension, which it has at all.
template <class Spec>
std::vector<Amount> amounts_of(const std::string& section, std::span<const SpecNumber<Spec>> known,
                               const Spec& spec, Dimension dimension) {
  std::vector<Amount> amounts;
  for (const auto& number : known)
    if (number.dimension == dimension && number.read(spec) > 0)
      amounts.push_back({section + '.' + std::string(number.key), dimension, number.read(spec)});
  return amounts;
}

// A link of the newest generation with its bandwidth given: what a link of today cannot do is no
// bound on what would be worth having. The catalogue's own rule holds beyond that.
Resource pcie(const NodeSpec& node) {
  const PcieSpec& now = node.pcie;
  return {"pcie_bandwidth", amount_text(now.bandwidth.value, Dimension::kBandwidth),
          [now](double factor) -> std::optional<ResourceChange> {
            const auto text = [&](BytesPerSecond rate) {
              return format_quantity(rate.value * factor, Dimension::kBandwidth);
            };
            std::string map = "{generation: 6, lanes: 32, bandwidth: " + text(now.bandwidth) +
                              ", gpus_per_switch: " + std::to_string(now.gpus_per_switch);
            if (now.gpus_per_switch > 1) map += ", uplink_bandwidth: " + text(now.uplink_bandwidth);
            return ResourceChange{factor, {"hardware.node.pcie=" + map + '}'}};
          }};
}

void add_node(const OffloadSetup& setup, std::vector<Resource>& list) {
  const NodeSpec& node = setup.node;
  const SocketSpec& socket = node.sockets.front();
  list.push_back(pcie(node));
  list.push_back(
      scaling("dram_bandwidth",
              {{"hardware.node.dram.bandwidth", Dimension::kBandwidth, socket.dram_bandwidth.value},
               {"hardware.node.dram.cpu_bandwidth", Dimension::kBandwidth,
                socket.cpu_dram_bandwidth.value}}));
  list.push_back(scaling("dram_capacity", {{"hardware.node.dram.capacity", Dimension::kBytes,
                                            socket.dram_capacity.value}}));
  list.push_back(scaling(
      "cpu_flops", amounts_of("hardware.node.cpu", cpu_numbers(), socket, Dimension::kFlops)));
  if (node.ssd) {
    auto rates = amounts_of("hardware.node.ssd", ssd_numbers(), *node.ssd, Dimension::kBandwidth);
    for (auto& rate : amounts_of("hardware.node.ssd", ssd_numbers(), *node.ssd, Dimension::kRate))
      rates.push_back(std::move(rate));
    list.push_back(scaling("ssd_bandwidth", std::move(rates)));
    list.push_back(scaling("ssd_capacity", {{"hardware.node.ssd.capacity", Dimension::kBytes,
                                             node.ssd->capacity.value}}));
  }
  if (node.nvlink_bandwidth.value > 0)
    list.push_back(scaling(
        "nvlink_bandwidth",
        {{"hardware.node.nvlink_bandwidth", Dimension::kBandwidth, node.nvlink_bandwidth.value}}));
  if (node.sockets.size() > 1)
    list.push_back(scaling("cross_socket_bandwidth",
                           {{"hardware.node.cross_socket_bandwidth", Dimension::kBandwidth,
                             node.cross_socket_bandwidth.value}}));
}

// KV memory that is given outright, if it is.
std::optional<Resource> given_kv_memory(const Scenario& scenario) {
  const ServingConfig& serving = scenario.serving;
  if (serving.num_gpu_blocks_override) {
    Resource blocks =
        counted("kv_memory", "serving.num_gpu_blocks_override", *serving.num_gpu_blocks_override);
    blocks.amount += " blocks";
    return blocks;
  }
  std::optional<Amount> given;
  if (serving.kv_cache_memory)
    given = {"serving.kv_cache_memory", Dimension::kBytes, serving.kv_cache_memory->value};
  if (scenario.offload && scenario.offload->system.kv_cache)
    given = {"system.kv_cache", Dimension::kBytes, scenario.offload->system.kv_cache->value};
  if (!given) return std::nullopt;
  return scaling("kv_memory", {*given});
}

}  // namespace

std::vector<Resource> resources_of(const Scenario& scenario) {
  const GpuSpec& gpu = scenario.hardware.gpu;
  std::vector<Resource> list;
  list.push_back(scaling("hbm_bandwidth", {{"hardware.gpu.hbm_bandwidth", Dimension::kBandwidth,
                                            gpu.hbm_bandwidth.value}}));
  auto rates = amounts_of("hardware.gpu", gpu_numbers(), gpu, Dimension::kFlops);
  Resource flops = scaling("gpu_flops", rates);
  flops.amount = amount_text(peak_rate(gpu, scenario.dtype.activations).value, Dimension::kFlops);
  list.push_back(std::move(flops));
  const auto kv = given_kv_memory(scenario);
  if (!kv || scenario.offload)
    list.push_back(scaling("hbm_capacity", {{"hardware.gpu.hbm_capacity", Dimension::kBytes,
                                             gpu.hbm_capacity.value}}));
  if (kv) list.push_back(*kv);
  if (scenario.offload) add_node(*scenario.offload, list);
  list.push_back(counted("replicas", "hardware.replicas", scenario.hardware.replicas));
  return list;
}

std::vector<std::string> pinned_settings(const Scenario& scenario) {
  std::vector<std::string> settings;
  for (const auto& key : scenario.keys)
    if ((key.key == "serving.max_num_seqs" || key.key == "serving.max_num_batched_tokens") &&
        key.origin.starts_with("engine "))
      settings.push_back(key.key + '=' + key.value);
  return settings;
}

}  // namespace headroom
