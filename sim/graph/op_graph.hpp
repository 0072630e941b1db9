// sim/graph/op_graph.hpp -- the operations of one pass through a model as a template: what runs on
// which stream, what waits for what, and which links it uses. The structure is fixed for a run;
// amounts change from pass to pass (OpGraphAmounts). Layers that are alike are one template with a
// count, and so are layers that are not: every layer runs the same slots, and a slot without work
// takes no time.
//
// Order. A stream is a FIFO queue: its operations start in the order (layer, slot). An operation
// starts when the one before it on its stream has ended and everything it is `after` has ended.
// Then it waits `latency`; then its private time and all its parts run side by side, and it ends
// with the last of them. One operation alone therefore takes latency + max(private time, bytes /
// narrowest link of each part): the roofline of design section 2.
//
// Pipelining across layers is said with `lag`: {slot, 1} is that slot in the layer before. Work
// that runs ahead (the weights of layer i + 1 during layer i) is a slot of layer i that the next
// layer waits for with lag 1. In the first `lag` layers there is nothing to wait for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

using SlotIndex = std::uint32_t;    // index into OpGraph::slots
using StreamIndex = std::uint32_t;  // index into OpGraph::streams
using CauseIndex = std::uint32_t;   // index into OpGraph::causes
using PartIndex = std::uint32_t;    // over all slots: slot s has parts first_part(s) ...
using GraphLinkIndex = std::uint32_t;

struct GraphLink {
  std::string name;  // unique: "gpu0.h2d", "socket0.dram"
  BytesPerSecond bandwidth{0};
};

struct SlotDependency {
  SlotIndex slot = 0;
  std::uint32_t lag = 0;  // layers earlier; 0: this layer, and then `slot` stands before
};

struct OpSlot {
  std::string name;  // "post_attention.3": for timelines and messages
  StreamIndex stream = 0;
  CauseIndex cause = 0;  // what somebody who waits for this operation waits for: a ledger category
  std::vector<SlotDependency> after;
  std::vector<std::vector<GraphLinkIndex>> parts;  // routes; a link at most once in each
};

struct OpGraph {
  std::vector<GraphLink> links;
  std::vector<std::string> streams;  // "gpu", "h2d", "d2h", "cpu", ...
  std::vector<std::string> causes;   // "gpu", "pcie_weights", "cpu_attention", ...
  std::vector<OpSlot> slots;
  StreamIndex watched = 0;  // the stream whose waiting is explained by cause: the GPU

  std::size_t part_count() const;
  PartIndex first_part(SlotIndex slot) const;
  std::uint32_t longest_lag() const;
};

// A run of layers with the same amounts.
struct LayerRun {
  std::uint32_t kind = 0;
  std::int64_t count = 1;
};

// What one pass takes, priced: durations where a resource is one stream's own, bytes where links
// are used. Filled anew for every pass into the same vectors.
struct OpGraphAmounts {
  std::vector<LayerRun> layers;  // in order
  // kind * slots + slot
  std::vector<Duration> private_time;
  std::vector<Duration> latency;
  // kind * part_count + part
  std::vector<double> bytes;
  void resize(const OpGraph& graph, std::size_t kinds);  // all amounts 0, `layers` empty
};

// Throws InternalError naming the slot: a stream, cause, link or slot that is not there, a link
// twice in a route, a dependency of lag 0 on the slot itself or a later one, a bandwidth that is
// not positive. Nothing here can be a cycle: lag 0 points back in slot order, and streams run in
// it.
void check_op_graph(const OpGraph& graph);

}  // namespace headroom
