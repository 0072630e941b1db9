// analysis/search/uncontended_system.hpp -- an execution system whose streams have every link they
// use to themselves, so that a pass is arithmetic and needs no kernel. What contention costs at
// least is known afterwards: the time that each real link needs for all that was carried over it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "policies/execution/execution_system.hpp"
#include "sim/engine/executor.hpp"

namespace headroom {

class UncontendedSystem final : public ExecutionSystem {
 public:
  explicit UncontendedSystem(std::unique_ptr<ExecutionSystem> system);

  const OpGraph& graph() const override { return graph_; }
  const std::vector<Processor>& processors() const override { return system_->processors(); }
  void lower_pass(std::span<const PassRow> rows, PassAmounts& out) override {
    system_->lower_pass(rows, out);
  }
  std::vector<CacheCounts> cache_counts() const override { return system_->cache_counts(); }

  // Of the link that needs longest for the bytes of a pass of this system, all streams together.
  Seconds busiest_link(const PassResult& pass);

 private:
  std::unique_ptr<ExecutionSystem> system_;
  OpGraph graph_;
  std::vector<GraphLinkIndex> copy_of_;  // by link of graph_: the link of the system
  std::vector<double> carried_;          // bytes, by link of the system
};

}  // namespace headroom
