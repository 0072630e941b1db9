// sim/engine/op_table.hpp -- an OpGraph made flat for running it, with the durations of a pass. An
// operation is a number: layer * slots + slot; what it waits for stands a fixed distance before it,
// in this layer or an earlier one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/graph/op_graph.hpp"
#include "sim/platform/platform.hpp"

namespace headroom {

// Layers in a row that are of one kind: [first, end).
struct LayerRange {
  std::uint32_t kind = 0;
  std::int64_t first = 0, end = 0;
};

class OpTable {
 public:
  struct Predecessor {
    SlotIndex slot = 0;
    std::uint32_t lag = 0;
    std::size_t distance = 0;  // lag * slots + own slot - `slot`; positive
  };
  struct Successor {
    SlotIndex slot = 0;
    std::uint32_t lag = 0;
  };
  struct Flow {
    PartIndex part = 0;
    double narrowest = 0;       // bytes/s: what it gets when it is alone
    std::vector<LinkId> route;  // links that can hold it back
  };

  // `all_flows`: every part is a flow over its whole route, needed or not. Keeps the graph.
  OpTable(const OpGraph& graph, bool all_flows);

  const OpGraph& graph() const { return graph_; }
  std::size_t slots() const { return graph_.slots.size(); }
  std::size_t streams() const { return stream_slots_.size(); }
  std::size_t parts() const { return part_count_; }
  // Layers before the first of which dates must be there to be looked at: the longest lag, and one
  // for the order of a stream.
  std::size_t look_back() const { return look_back_; }
  bool has_flows() const { return !flows_.empty(); }

  // In order of preference when several ended last: as given in `after`, the order of the stream
  // at the end. What the order of the stream implies anyway is left out.
  std::span<const Predecessor> predecessors(SlotIndex slot) const {
    return {predecessors_.data() + first_predecessor_[slot],
            predecessors_.data() + first_predecessor_[slot + 1]};
  }
  // On other streams.
  std::span<const Successor> successors(SlotIndex slot) const {
    return {successors_.data() + first_successor_[slot],
            successors_.data() + first_successor_[slot + 1]};
  }
  std::span<const Flow> flows(SlotIndex slot) const {
    return {flows_.data() + first_flow_[slot], flows_.data() + first_flow_[slot + 1]};
  }
  std::span<const SlotIndex> slots_of(StreamIndex stream) const { return stream_slots_[stream]; }

  // Reads the amounts of a pass, which must outlive its run. InternalError: amounts of another
  // graph, a kind that is not there, a negative count, duration or number of bytes.
  void price(const OpGraphAmounts& amounts);
  std::int64_t layers() const { return layers_; }
  const std::vector<LayerRange>& ranges() const { return ranges_; }
  Duration latency(std::uint32_t kind, SlotIndex slot) const {
    return amounts_->latency[kind * slots() + slot];
  }
  // Of private time and the parts that are arithmetic, the longest.
  Duration arithmetic(std::uint32_t kind, SlotIndex slot) const {
    return arithmetic_[kind * slots() + slot];
  }
  double bytes(std::uint32_t kind, PartIndex part) const {
    return amounts_->bytes[kind * part_count_ + part];
  }
  // latency + arithmetic() of all slots of a kind.
  std::span<const Duration> whole(std::uint32_t kind) const {
    return {whole_.data() + kind * slots(), slots()};
  }
  // Adds up what each link carries in this pass.
  void count_bytes(std::vector<double>& by_link) const;

 private:
  struct ArithmeticPart {
    SlotIndex slot = 0;
    PartIndex part = 0;
    double narrowest = 0;
  };

  void index_streams();
  void index_predecessors();
  void index_successors();
  void index_parts(bool all_flows);
  void lay_out(const std::vector<LayerRun>& runs, std::size_t kinds);

  const OpGraph& graph_;
  std::size_t part_count_;
  std::size_t look_back_;
  std::vector<std::vector<SlotIndex>> stream_slots_;
  std::vector<std::size_t> first_predecessor_, first_successor_, first_flow_;
  std::vector<Predecessor> predecessors_;
  std::vector<Successor> successors_;
  std::vector<Flow> flows_;
  std::vector<ArithmeticPart> arithmetic_parts_;

  const OpGraphAmounts* amounts_ = nullptr;
  std::int64_t layers_ = 0;
  std::vector<LayerRange> ranges_;
  std::vector<std::int64_t> layers_of_kind_;
  std::vector<Duration> arithmetic_, whole_;
};

}  // namespace headroom
