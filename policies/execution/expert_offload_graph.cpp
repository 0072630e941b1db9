#include "policies/execution/expert_offload_graph.hpp"

#include <string>
#include <utility>

#include "policies/execution/expert_offload.hpp"

namespace headroom {
namespace {

// Layers whose KV has a place in HBM at once: the one attended to and the one on its way.
constexpr std::uint32_t kKvBuffers = 2;

class GraphBuilder {
 public:
  GraphBuilder(const ExecutionConfig& config, const NodeSpec& node)
      : config_(config), topology_(node) {}

  ExpertOffloadGraph build() {
    gpu_ = stream("gpu");
    out_.graph.watched = gpu_;
    add_kv_restore();
    out_.attention = add("attention", gpu_, kCauseGpu, {}, {}, Processor::kGpu);
    finish_kv_restore();
    add_kv_write_back();
    const bool on_cpu = config_.experts.compute == Device::kCpu;
    on_cpu ? add_cpu_experts() : add_fetches();
    std::vector<SlotDependency> before;
    if (!config_.overlap) before = all_transfers();
    out_.resident_experts =
        add("resident_experts", gpu_, kCauseGpu, std::move(before), {}, Processor::kGpu);
    if (!on_cpu) add_fetched_experts();
    std::vector<SlotDependency> last;
    if (on_cpu) last.push_back({*out_.activations_in, 0});
    out_.layer_end = add("layer_end", gpu_, kCauseGpu, std::move(last), {}, Processor::kGpu);
    if (!config_.overlap) wait_for_the_layer_before();
    out_.graph.links = topology_.links();
    check_op_graph(out_.graph);
    return std::move(out_);
  }

 private:
  StreamIndex stream(const std::string& name) {
    out_.graph.streams.push_back(name);
    return static_cast<StreamIndex>(out_.graph.streams.size() - 1);
  }

  CauseIndex cause(const std::string& name) {
    auto& causes = out_.graph.causes;
    for (std::size_t i = 0; i < causes.size(); ++i)
      if (causes[i] == name) return static_cast<CauseIndex>(i);
    causes.push_back(name);
    return static_cast<CauseIndex>(causes.size() - 1);
  }

  SlotIndex add(std::string name, StreamIndex on, const char* why,
                std::vector<SlotDependency> after, std::vector<Route> parts,
                Processor processor = Processor::kNone) {
    out_.graph.slots.push_back(
        {std::move(name), on, cause(why), std::move(after), std::move(parts)});
    out_.processors.push_back(processor);
    return static_cast<SlotIndex>(out_.graph.slots.size() - 1);
  }

  // Without overlap the GPU rests while anything is moved or computed elsewhere, and the other way
  // round.
  std::vector<SlotDependency> all_transfers() const {
    std::vector<SlotDependency> all;
    for (SlotIndex slot = 0; slot < out_.graph.slots.size(); ++slot)
      if (out_.graph.slots[slot].stream != gpu_) all.push_back({slot, 0});
    return all;
  }
  void wait_for_the_layer_before() {
    for (const auto& kv : {out_.kv_in, out_.kv_in_ssd})
      if (kv) out_.graph.slots[*kv].after.push_back({out_.layer_end, 1});
  }

  void add_kv_restore() {
    if (config_.placement.kv_cache.dram > 0)
      out_.kv_in =
          add("kv_in", stream("kv_in"), kCauseKvPcie, {}, {topology_.host_to_device(0, "kv")});
    if (config_.placement.kv_cache.ssd > 0)
      out_.kv_in_ssd = add("kv_in_ssd", stream("kv_in_ssd"), kCauseKvSsd, {},
                           {topology_.ssd_to_device(0, "kv")});
  }
  void finish_kv_restore() {
    for (const auto& kv : {out_.kv_in, out_.kv_in_ssd}) {
      if (!kv) continue;
      out_.graph.slots[*kv].after.push_back({out_.attention, kKvBuffers});
      out_.graph.slots[out_.attention].after.push_back({*kv, 0});
    }
  }
  void add_kv_write_back() {
    const std::vector<SlotDependency> attended{{out_.attention, 0}};
    if (out_.kv_in)
      out_.kv_out = add("kv_out", stream("kv_out"), kCauseKvPcie, attended,
                        {topology_.device_to_host(0, "kv")});
    if (out_.kv_in_ssd)
      out_.kv_out_ssd = add("kv_out_ssd", stream("kv_out_ssd"), kCauseKvSsd, attended,
                            {topology_.device_to_ssd(0, "kv")});
  }

  void add_cpu_experts() {
    const auto sent = add("activations_out", stream("activations_out"), kCauseActivationsPcie,
                          {{out_.attention, 0}}, {topology_.device_to_host(0, "activations")});
    out_.activations_out = sent;
    std::vector<SlotDependency> computed;
    const auto sockets = static_cast<std::int64_t>(topology_.node().sockets.size());
    for (std::int64_t socket = 0; socket < sockets; ++socket) {
      const std::string name = "cpu" + std::to_string(socket);
      out_.cpu_experts.push_back(add(name + "_experts", stream(name), kCauseCpuExperts, {{sent, 0}},
                                     {topology_.cpu_memory(socket, "cpu_experts")},
                                     Processor::kCpu));
      computed.push_back({out_.cpu_experts.back(), 0});
    }
    out_.activations_in = add("activations_in", stream("activations_in"), kCauseActivationsPcie,
                              std::move(computed), {topology_.host_to_device(0, "activations")});
  }

  // Demand before prefetch: the queue is served in this order.
  void add_fetches() {
    const bool ssd = config_.experts.home == Tier::kSsd;
    const StreamIndex pcie_in = stream("experts_in");
    const StreamIndex ssd_in = ssd ? stream("experts_in_ssd") : 0;
    const Route pcie_route = topology_.host_to_device(0, "experts");
    const Route ssd_route = ssd ? topology_.ssd_to_device(0, "experts") : Route{};
    const std::vector<SlotDependency> routed{{out_.attention, 0}};
    for (std::size_t group = 0; group < kFetchGroups; ++group) {
      const std::string number = "." + std::to_string(group);
      out_.fetch.push_back(add("fetch" + number, pcie_in, kCauseExpertsPcie, routed, {pcie_route}));
      if (ssd)
        out_.fetch_ssd.push_back(
            add("fetch_ssd" + number, ssd_in, kCauseExpertsSsd, routed, {ssd_route}));
    }
    if (config_.experts.prefetch_recall <= 0) return;
    out_.prefetch = add("prefetch", pcie_in, kCauseExpertsPcie, routed, {pcie_route});
    if (ssd) out_.prefetch_ssd = add("prefetch_ssd", ssd_in, kCauseExpertsSsd, routed, {ssd_route});
  }

  void add_fetched_experts() {
    if (out_.prefetch) {
      const auto lead = static_cast<std::uint32_t>(config_.experts.prefetch_lead);
      std::vector<SlotDependency> arrived{{*out_.prefetch, lead}};
      if (out_.prefetch_ssd) arrived.push_back({*out_.prefetch_ssd, lead});
      out_.prefetched_experts =
          add("prefetched_experts", gpu_, kCauseGpu, std::move(arrived), {}, Processor::kGpu);
    }
    for (std::size_t group = 0; group < kFetchGroups; ++group) {
      std::vector<SlotDependency> arrived{{out_.fetch[group], 0}};
      if (!out_.fetch_ssd.empty()) arrived.push_back({out_.fetch_ssd[group], 0});
      out_.fetched_experts.push_back(add("fetched_experts." + std::to_string(group), gpu_,
                                         kCauseGpu, std::move(arrived), {}, Processor::kGpu));
    }
  }

  const ExecutionConfig& config_;
  NodeTopology topology_;
  ExpertOffloadGraph out_;
  StreamIndex gpu_ = 0;
};

}  // namespace

ExpertOffloadGraph make_expert_offload_graph(const ExecutionConfig& config, const NodeSpec& node) {
  return GraphBuilder(config, node).build();
}

}  // namespace headroom
