#include "sim/engine/op_table.hpp"

#include <algorithm>
#include <limits>

#include "sim/base/check.hpp"
#include "sim/engine/link_sharing.hpp"

namespace headroom {

OpTable::OpTable(const OpGraph& graph, bool all_flows)
    : graph_(graph),
      part_count_(graph.part_count()),
      look_back_(std::max<std::size_t>(1, graph.longest_lag())) {
  check_op_graph(graph);
  index_streams();
  index_predecessors();
  index_successors();
  index_parts(all_flows);
}

void OpTable::index_streams() {
  stream_slots_.resize(graph_.streams.size());
  for (SlotIndex s = 0; s < slots(); ++s) stream_slots_[graph_.slots[s].stream].push_back(s);
}

void OpTable::index_predecessors() {
  std::vector<SlotIndex> latest(streams());  // slot of each stream, in the order of the slots
  for (StreamIndex stream = 0; stream < streams(); ++stream)
    if (!stream_slots_[stream].empty()) latest[stream] = stream_slots_[stream].back();
  for (SlotIndex s = 0; s < slots(); ++s) {
    const OpSlot& slot = graph_.slots[s];
    first_predecessor_.push_back(predecessors_.size());
    const auto add = [&](SlotIndex earlier, std::uint32_t lag) {
      predecessors_.push_back({earlier, lag, lag * slots() + s - earlier});
    };
    for (const SlotDependency& dependency : slot.after)
      if (graph_.slots[dependency.slot].stream != slot.stream) add(dependency.slot, dependency.lag);
    add(latest[slot.stream], latest[slot.stream] < s ? 0 : 1);
    latest[slot.stream] = s;
  }
  first_predecessor_.push_back(predecessors_.size());
}

void OpTable::index_successors() {
  std::vector<std::vector<Successor>> of_slot(slots());
  for (SlotIndex s = 0; s < slots(); ++s)
    for (const Predecessor& before : predecessors(s))
      if (graph_.slots[before.slot].stream != graph_.slots[s].stream)
        of_slot[before.slot].push_back({s, before.lag});
  for (const auto& successors : of_slot) {
    first_successor_.push_back(successors_.size());
    successors_.insert(successors_.end(), successors.begin(), successors.end());
  }
  first_successor_.push_back(successors_.size());
}

void OpTable::index_parts(bool all_flows) {
  const std::vector<LinkUse> use = classify_links(graph_);
  PartIndex part = 0;
  for (SlotIndex s = 0; s < slots(); ++s) {
    first_flow_.push_back(flows_.size());
    for (const auto& whole_route : graph_.slots[s].parts) {
      Flow flow{.part = part++, .narrowest = std::numeric_limits<double>::infinity(), .route = {}};
      bool shares = all_flows;
      for (const GraphLinkIndex link : whole_route) {
        flow.narrowest = std::min(flow.narrowest, graph_.links[link].bandwidth.value);
        if (all_flows || use[link] != LinkUse::kNeverFull) flow.route.push_back(link);
        if (use[link] == LinkUse::kShared) shares = true;
      }
      if (shares) {
        flows_.push_back(std::move(flow));
      } else {
        arithmetic_parts_.push_back({s, flow.part, flow.narrowest});
      }
    }
  }
  first_flow_.push_back(flows_.size());
}

void OpTable::price(const OpGraphAmounts& amounts) {
  const std::size_t kinds = slots() == 0 ? 0 : amounts.private_time.size() / slots();
  HEADROOM_CHECK(
      amounts.private_time.size() == kinds * slots() && amounts.latency.size() == kinds * slots() &&
          amounts.bytes.size() == kinds * part_count_,
      "expected amounts for ", slots(), " slots and ", part_count_, " parts of ", kinds,
      " kinds of layers, got ", amounts.private_time.size(), " private times, ",
      amounts.latency.size(), " latencies and ", amounts.bytes.size(), " numbers of bytes");
  amounts_ = &amounts;
  lay_out(amounts.layers, kinds);

  arithmetic_.assign(amounts.private_time.begin(), amounts.private_time.end());
  for (std::size_t kind = 0; kind < kinds; ++kind)
    for (const ArithmeticPart& part : arithmetic_parts_) {
      // One that is alone in the kernel is rounded in the same way.
      const Duration alone =
          to_duration(Seconds(amounts.bytes[kind * part_count_ + part.part] / part.narrowest));
      Duration& longest = arithmetic_[kind * slots() + part.slot];
      longest = std::max(longest, alone);
    }
  whole_.resize(arithmetic_.size());
  for (std::size_t i = 0; i < whole_.size(); ++i) {
    HEADROOM_CHECK(amounts.private_time[i] >= Duration(0) && amounts.latency[i] >= Duration(0),
                   "expected durations that are not negative, got ", amounts.private_time[i].value,
                   " and ", amounts.latency[i].value, " ns for ", graph_.slots[i % slots()].name);
    whole_[i] = amounts.latency[i] + arithmetic_[i];
  }
  for (const double bytes : amounts.bytes)
    HEADROOM_CHECK(bytes >= 0, "expected bytes that are not negative, got ", bytes);
}

void OpTable::lay_out(const std::vector<LayerRun>& runs, std::size_t kinds) {
  ranges_.clear();
  layers_of_kind_.assign(kinds, 0);
  layers_ = 0;
  if (slots() == 0) return;
  for (const LayerRun& run : runs) {
    HEADROOM_CHECK(run.kind < kinds && run.count >= 0, "expected layers of one of ", kinds,
                   " kinds, got ", run.count, " of kind ", run.kind);
    if (run.count == 0) continue;
    layers_of_kind_[run.kind] += run.count;
    if (!ranges_.empty() && ranges_.back().kind == run.kind) {
      ranges_.back().end += run.count;
    } else {
      ranges_.push_back({run.kind, layers_, layers_ + run.count});
    }
    layers_ += run.count;
  }
}

void OpTable::count_bytes(std::vector<double>& by_link) const {
  by_link.assign(graph_.links.size(), 0.0);
  PartIndex part = 0;
  for (const OpSlot& slot : graph_.slots)
    for (const auto& route : slot.parts) {
      double carried = 0;
      for (std::size_t kind = 0; kind < layers_of_kind_.size(); ++kind)
        carried +=
            static_cast<double>(layers_of_kind_[kind]) * amounts_->bytes[kind * part_count_ + part];
      for (const GraphLinkIndex link : route) by_link[link] += carried;
      ++part;
    }
}

}  // namespace headroom
