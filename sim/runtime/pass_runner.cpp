#include "sim/runtime/pass_runner.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "policies/execution/graph_builder.hpp"
#include "sim/base/check.hpp"

namespace headroom {

NodeSpec derated(const NodeSpec& node, double efficiency) {
  HEADROOM_CHECK(efficiency > 0, "an efficiency is positive, got ", efficiency);
  NodeSpec scaled = node;
  for (auto& socket : scaled.sockets) {
    for (auto& peak : socket.peak) peak = peak * efficiency;
    socket.dram_bandwidth = socket.dram_bandwidth * efficiency;
    socket.cpu_dram_bandwidth = socket.cpu_dram_bandwidth * efficiency;
  }
  scaled.cross_socket_bandwidth = node.cross_socket_bandwidth * efficiency;
  scaled.pcie.bandwidth = node.pcie.bandwidth * efficiency;
  scaled.pcie.uplink_bandwidth = node.pcie.uplink_bandwidth * efficiency;
  scaled.nvlink_bandwidth = node.nvlink_bandwidth * efficiency;
  if (scaled.ssd) {
    SsdSpec& ssd = *scaled.ssd;
    ssd.read_bandwidth = ssd.read_bandwidth * efficiency;
    ssd.write_bandwidth = ssd.write_bandwidth * efficiency;
    ssd.read_iops = ssd.read_iops * efficiency;
    ssd.write_iops = ssd.write_iops * efficiency;
  }
  return scaled;
}

WorkClass class_of(OpKind kind) {
  switch (kind) {
    case OpKind::kMoeExperts:
      return WorkClass::kExperts;
    case OpKind::kLmHead:
    case OpKind::kSample:
      return WorkClass::kSampling;
    case OpKind::kAttnPrefill:
      return WorkClass::kPrefillAttention;
    case OpKind::kAttnDecode:
      return WorkClass::kDecodeAttention;
    case OpKind::kAllReduce:
      return WorkClass::kCollective;
    case OpKind::kConvert:
      return WorkClass::kConversion;
    default:
      return WorkClass::kTokens;
  }
}

double PassWork::compute_s() const {
  return std::accumulate(gpu_compute_s.begin(), gpu_compute_s.end(), 0.0);
}

class PassRunner::Impl {
 public:
  Impl(ExecutionSystem& system, const ExecutionConfig& config, const NodeSpec& node,
       const OpTimeModel& gpu_times, Kernel* kernel, const PassRunnerOptions& options)
      : system_(system),
        config_(config),
        node_(node),
        gpu_times_(gpu_times),
        kernel_(kernel),
        options_(options),
        executor_(system.graph(), kernel, options.executor) {
    check_watched_stream();
    const OpGraph& graph = system.graph();
    for (std::size_t type = 0; type < cpu_peak_.size(); ++type)
      cpu_peak_[type] = node.sockets.front().peak_rate(static_cast<DataType>(type));
    for (const OpSlot& slot : graph.slots) narrowest_.push_back(narrowest_of_first_part(slot));
    cpu_private_s_.resize(graph.causes.size());
    cpu_memory_s_.resize(graph.causes.size());
    totals_.wait_ns.resize(graph.causes.size());
    totals_.link_bytes.resize(graph.links.size());
  }

  const PassResult& run(std::span<const PassRow> rows, bool with_timeline) {
    system_.lower_pass(rows, work_);
    price();
    const bool noted = totals_.passes == options_.timeline_pass;
    const PassResult& result = with_timeline || noted ? run_recorded() : executor_.run(amounts_);
    if (noted) timeline_ = result.timeline;
    add_to_totals(result);
    return result;
  }

  const PassWork& last_work() const { return last_; }
  bool is_memory_bound(CauseIndex cause) const {
    return cpu_memory_s_[cause] > cpu_private_s_[cause];
  }
  const PassTotals& totals() const { return totals_; }
  const ExecutionSystem& system() const { return system_; }
  const ExecutionConfig& config() const { return config_; }
  const NodeSpec& node() const { return node_; }
  const std::vector<TimelineEntry>& timeline() const { return timeline_; }

 private:
  void check_watched_stream() const {
    const OpGraph& graph = system_.graph();
    HEADROOM_CHECK(system_.processors().size() == graph.slots.size(),
                   "every slot has a processor, or none by name");
    for (std::size_t s = 0; s < graph.slots.size(); ++s) {
      const OpSlot& slot = graph.slots[s];
      if (slot.stream != graph.watched) continue;
      HEADROOM_CHECK(system_.processors()[s] != Processor::kCpu && slot.parts.empty(), "slot ",
                     slot.name, " on the watched stream is a GPU operation without parts");
    }
  }

  BytesPerSecond narrowest_of_first_part(const OpSlot& slot) const {
    BytesPerSecond narrowest{0};
    if (slot.parts.empty()) return narrowest;
    for (const GraphLinkIndex link : slot.parts.front()) {
      const BytesPerSecond bandwidth = system_.graph().links[link].bandwidth;
      if (narrowest.value == 0 || bandwidth < narrowest) narrowest = bandwidth;
    }
    return narrowest;
  }

  void price() {
    const OpGraph& graph = system_.graph();
    std::size_t kinds = 0;
    for (const LayerRun& run : work_.layers) kinds = std::max<std::size_t>(kinds, run.kind + 1U);
    HEADROOM_CHECK(work_.slots_per_kind == graph.slots.size(), "a pass states the work of all ",
                   graph.slots.size(), " slots, not of ", work_.slots_per_kind);
    amounts_.resize(graph, kinds);
    amounts_.layers = work_.layers;
    layers_of_kind_.assign(kinds, 0);
    for (const LayerRun& run : work_.layers) layers_of_kind_[run.kind] += run.count;
    last_ = PassWork{};
    std::fill(cpu_private_s_.begin(), cpu_private_s_.end(), 0.0);
    std::fill(cpu_memory_s_.begin(), cpu_memory_s_.end(), 0.0);
    const std::size_t parts = graph.part_count();
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      std::size_t part = kind * parts;
      for (SlotIndex s = 0; s < graph.slots.size(); ++s) {
        price_slot(kind, s, part);
        part += graph.slots[s].parts.size();
      }
    }
  }

  void price_slot(std::size_t kind, SlotIndex s, std::size_t first_part) {
    const OpSlot& slot = system_.graph().slots[s];
    const SlotWork& work = work_.at(kind, s);
    const std::size_t at = kind * system_.graph().slots.size() + s;
    HEADROOM_CHECK(work.bytes.size() <= slot.parts.size(), "slot ", slot.name, " has ",
                   slot.parts.size(), " parts, and bytes for no more");
    std::copy(work.bytes.begin(), work.bytes.end(),
              amounts_.bytes.begin() + static_cast<std::ptrdiff_t>(first_part));
    Seconds latency = work.latency;
    if (work.behind > Bytes{0}) latency += work.behind / narrowest_[s];
    amounts_.latency[at] = to_duration(latency);
    if (system_.processors()[s] == Processor::kCpu) {
      price_on_cpu(kind, s, first_part);
    } else {
      price_on_gpu(kind, s);
    }
  }

  void price_on_gpu(std::size_t kind, SlotIndex s) {
    const OpGraph& graph = system_.graph();
    const std::size_t at = kind * graph.slots.size() + s;
    const bool watched = graph.slots[s].stream == graph.watched;
    const auto layers = static_cast<double>(layers_of_kind_[kind]);
    double price_s = 0;
    for (const auto& [op, count] : work_.at(kind, s).ops) {
      const OpTime time = gpu_times_.time(op);
      const double times = static_cast<double>(count);
      price_s += times * time.time.value / config_.efficiency;
      if (watched) add_gpu_op(op, time, times * layers);
    }
    const Duration rounded = to_duration(Seconds{price_s});
    amounts_.private_time[at] = rounded;
    if (!watched) return;
    last_.price_s += layers * price_s;
    last_.rounding_s += layers * (to_seconds(rounded).value - price_s);
    last_.overhead += amounts_.latency[at] * layers_of_kind_[kind];
    last_.gpu_slots += layers_of_kind_[kind];
  }

  void add_gpu_op(const Op& op, const OpTime& time, double count) {
    const WorkClass sort = class_of(op.kind);
    const double whole_s = time.time.value / config_.efficiency;
    last_.hbm_s += count * time.hbm.value;
    if (sort == WorkClass::kCollective || sort == WorkClass::kConversion) {
      (sort == WorkClass::kCollective ? last_.collective_s : last_.conversion_s) += count * whole_s;
      return;
    }
    const double roof_s = std::max({time.compute.value, time.hbm.value, time.network.value});
    last_.gpu_compute_s[static_cast<std::size_t>(sort)] += count * time.compute.value;
    last_.gpu_flops[static_cast<std::size_t>(sort)] += count * op.flops.value;
    last_.wait_hbm_s += count * (roof_s - time.compute.value);
    last_.launch_s += count * time.launch.value;
    last_.efficiency_s += count * (whole_s - time.launch.value - roof_s);
  }

  void price_on_cpu(std::size_t kind, SlotIndex s, std::size_t first_part) {
    const OpSlot& slot = system_.graph().slots[s];
    const std::size_t at = kind * system_.graph().slots.size() + s;
    const auto layers = static_cast<double>(layers_of_kind_[kind]);
    double price_s = 0;
    double bytes = 0;
    for (const auto& [op, count] : work_.at(kind, s).ops) {
      const double times = static_cast<double>(count);
      const FlopsPerSecond peak = cpu_peak_[static_cast<std::size_t>(op.compute_type)];
      price_s += times * (op.flops / peak).value;
      bytes += times * op.hbm_bytes().value;
      last_.cpu_flops[static_cast<std::size_t>(class_of(op.kind))] +=
          times * layers * op.flops.value;
    }
    amounts_.private_time[at] = to_duration(Seconds{price_s});
    cpu_private_s_[slot.cause] += layers * price_s;
    if (slot.parts.empty()) return;
    amounts_.bytes[first_part] += bytes;
    cpu_memory_s_[slot.cause] += layers * (Bytes{amounts_.bytes[first_part]} / narrowest_[s]).value;
  }

  const PassResult& run_recorded() {
    if (!recorder_) {
      ExecutorOptions options = options_.executor;
      options.record_timeline = true;
      recorder_.emplace(system_.graph(), kernel_, options);
    }
    return recorder_->run(amounts_);
  }

  void add_to_totals(const PassResult& result) {
    const OpGraph& graph = system_.graph();
    ++totals_.passes;
    totals_.gpu_busy_ns += result.stream_busy[graph.watched].value;
    for (std::size_t c = 0; c < graph.causes.size(); ++c)
      totals_.wait_ns[c] += result.waits[c].value;
    for (std::size_t l = 0; l < graph.links.size(); ++l)
      totals_.link_bytes[l] += result.link_bytes[l];
    totals_.gpu_compute_s += last_.compute_s();
    totals_.gpu_hbm_s += last_.hbm_s;
    totals_.gpu_price_s += last_.price_s;
  }

  ExecutionSystem& system_;
  const ExecutionConfig& config_;
  const NodeSpec& node_;
  const OpTimeModel& gpu_times_;
  Kernel* kernel_;
  PassRunnerOptions options_;
  Executor executor_;
  std::optional<Executor> recorder_;
  decltype(SocketSpec::peak) cpu_peak_{};  // by DataType
  std::vector<BytesPerSecond> narrowest_;  // by slot, of its first part; 0 without one
  PassAmounts work_;
  OpGraphAmounts amounts_;
  std::vector<std::int64_t> layers_of_kind_;
  std::vector<double> cpu_private_s_, cpu_memory_s_;  // by cause, of the last pass
  PassWork last_;
  PassTotals totals_;
  std::vector<TimelineEntry> timeline_;
};

PassRunner::PassRunner(ExecutionSystem& system, const ExecutionConfig& config, const NodeSpec& node,
                       const OpTimeModel& gpu_times, Kernel* kernel,
                       const PassRunnerOptions& options)
    : impl_(std::make_unique<Impl>(system, config, node, gpu_times, kernel, options)) {}
PassRunner::~PassRunner() = default;

const PassResult& PassRunner::run(std::span<const PassRow> rows, bool with_timeline) {
  return impl_->run(rows, with_timeline);
}
const PassWork& PassRunner::last_work() const { return impl_->last_work(); }
bool PassRunner::is_memory_bound(CauseIndex cause) const { return impl_->is_memory_bound(cause); }
const PassTotals& PassRunner::totals() const { return impl_->totals(); }
const OpGraph& PassRunner::graph() const { return impl_->system().graph(); }
std::int64_t PassRunner::ranks_per_socket(std::int64_t ranks) const {
  return GraphBuilder(impl_->node(), ranks).ranks_per_socket();
}
const ExecutionConfig& PassRunner::config() const { return impl_->config(); }
std::vector<CacheCounts> PassRunner::cache_counts() const { return impl_->system().cache_counts(); }
const std::vector<TimelineEntry>& PassRunner::timeline() const { return impl_->timeline(); }

}  // namespace headroom
