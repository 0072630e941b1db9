#include "sim/engine/executor.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "sim/base/check.hpp"
#include "sim/engine/op_table.hpp"
#include "sim/engine/pass_dates.hpp"
#include "sim/engine/private_pass.hpp"
#include "sim/engine/shared_pass.hpp"
#include "sim/engine/wait_attribution.hpp"

namespace headroom {

class Executor::Impl {
 public:
  Impl(const OpGraph& graph, Kernel* kernel, const ExecutorOptions& options)
      : options_(options), table_(graph, options.force_shared), private_(table_) {
    if (!table_.has_flows()) return;
    HEADROOM_CHECK(kernel != nullptr, "expected a kernel for the links that are shared");
    shared_.emplace(table_, *kernel);
  }

  const PassResult& run(const OpGraphAmounts& amounts) {
    table_.price(amounts);
    dates_.resize(table_.layers(), table_.slots(), table_.look_back());
    result_.layers_skipped = shared_ ? shared_->run(dates_, options_.extrapolate)
                                     : private_.run(dates_, options_.extrapolate);
    result_.layers_run = table_.layers() - result_.layers_skipped;
    sum_up();
    if (options_.record_timeline) write_timeline();
    return result_;
  }

 private:
  void sum_up() {
    result_.makespan = Duration(0);
    busy_of_slot_.assign(table_.slots(), Duration(0));
    for (std::int64_t layer = 0; layer < table_.layers(); ++layer) {
      const Duration* const starts = dates_.starts(layer);
      const Duration* const ends = dates_.ends(layer);
      for (std::size_t s = 0; s < busy_of_slot_.size(); ++s)
        busy_of_slot_[s] += ends[s] - starts[s];
    }
    const OpGraph& graph = table_.graph();
    result_.stream_busy.assign(graph.streams.size(), Duration(0));
    for (SlotIndex s = 0; s < graph.slots.size(); ++s)
      result_.stream_busy[graph.slots[s].stream] += busy_of_slot_[s];
    if (table_.layers() > 0) {  // streams are queues: each ends in the last layer
      const Duration* const ends = dates_.ends(table_.layers() - 1);
      result_.makespan = *std::max_element(ends, ends + table_.slots());
    }
    table_.count_bytes(result_.link_bytes);

    result_.waits.assign(graph.causes.size(), Duration(0));
    attribute_waits(table_, dates_, result_.makespan, result_.waits);
    const Duration explained = std::accumulate(result_.waits.begin(), result_.waits.end(),
                                               result_.stream_busy[graph.watched]);
    HEADROOM_CHECK(explained == result_.makespan, "expected busy and waiting time of ",
                   graph.streams[graph.watched], " to be the makespan ", result_.makespan.value,
                   " ns, got ", explained.value, " ns");
  }

  void write_timeline() {
    result_.timeline.clear();
    for (std::int64_t layer = 0; layer < table_.layers(); ++layer)
      for (SlotIndex s = 0; s < table_.slots(); ++s) {
        const std::size_t index = dates_.index(layer, s);
        result_.timeline.push_back({s, layer, dates_.start(index), dates_.end(index)});
      }
  }

  ExecutorOptions options_;
  OpTable table_;
  PassDates dates_;
  PrivatePass private_;
  std::optional<SharedPass> shared_;  // if anything is
  std::vector<Duration> busy_of_slot_;
  PassResult result_;
};

bool Executor::needs_kernel(const OpGraph& graph, const ExecutorOptions& options) {
  return OpTable(graph, options.force_shared).has_flows();
}

Executor::Executor(const OpGraph& graph, Kernel* kernel, const ExecutorOptions& options)
    : impl_(std::make_unique<Impl>(graph, kernel, options)) {}
Executor::~Executor() = default;

const PassResult& Executor::run(const OpGraphAmounts& amounts) { return impl_->run(amounts); }

Platform platform_of(const OpGraph& graph) {
  Platform platform;
  for (const GraphLink& link : graph.links) platform.links.push_back({link.name, link.bandwidth});
  return platform;
}

}  // namespace headroom
