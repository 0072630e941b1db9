// sim/engine/private_pass.hpp -- a pass in which nobody shares: the date of each operation follows
// from those of its predecessors, layer by layer, slot by slot.
//
// Skipping. Say every slot has ended D(slot) later than in the layer before, for as many layers in
// a row as can be looked back to. A start is the latest of its predecessors' ends. As long as that
// predecessor moves by the D of the slot itself, and nobody who moves faster has caught up with it,
// the next layer is this one, each slot later by its D: so are all layers up to the first catch,
// whose number is a division. Slots of one stream share a D only if nothing is about to change, so
// streams that drift apart (weights running ahead of a slower GPU) are skipped as well. All in
// integers: no date differs from what running the layer gives.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/engine/op_table.hpp"
#include "sim/engine/pass_dates.hpp"

namespace headroom {

class PrivatePass {
 public:
  explicit PrivatePass(const OpTable& table) : table_(table) {}

  // Fills in the dates of all layers; pre: they have been resized. Returns the layers skipped.
  std::int64_t run(PassDates& dates, bool extrapolate);

 private:
  void run_layer(PassDates& dates, std::int64_t layer, std::uint32_t kind) const;
  // Takes note of how far the slots of a layer have moved against the layer before.
  void compare(PassDates& dates, std::int64_t layer);
  // How many layers after `layer` move as it did; at most `limit`.
  std::int64_t alike_after(PassDates& dates, std::int64_t layer, std::int64_t limit) const;
  void repeat(PassDates& dates, std::int64_t layer, std::int64_t count) const;

  const OpTable& table_;
  std::vector<Duration> moved_;   // by slot: end in this layer - end in the layer before
  std::int64_t equal_moves_ = 0;  // layers up to this one, in a row, that have moved by that
};

}  // namespace headroom
