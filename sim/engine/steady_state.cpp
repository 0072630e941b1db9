#include "sim/engine/steady_state.hpp"

#include <algorithm>

namespace headroom {

namespace {

// The layer of the operation at `position` that started last.
std::int64_t last_started(const StreamProgress& stream, std::size_t position) {
  const bool in_this_layer =
      position < stream.position || (position == stream.position && stream.running);
  return in_this_layer ? stream.layer : stream.layer - 1;
}
bool is_running(const StreamProgress& stream, std::size_t position) {
  return stream.running && stream.position == position;
}

}  // namespace

// One look at a pass, at `now`.
struct SteadyState::View {
  const OpTable& table;
  PassDates& dates;
  std::vector<Duration>& flow_ends;
  LayerRange range;  // layers of one kind
  Duration before;   // when the layer before was complete
  Duration period;
  Duration since{0};  // from when on everything must repeat

  Duration& flow_end(std::int64_t layer, PartIndex part) const {
    return flow_ends[static_cast<std::size_t>(layer) * table.parts() + part];
  }
  Duration start(std::int64_t layer, SlotIndex s) const {
    return dates.start(dates.index(layer, s));
  }
  Duration end(std::int64_t layer, SlotIndex s) const { return dates.end(dates.index(layer, s)); }

  bool has_part_in_time(std::int64_t layer, SlotIndex s) const {
    return end(layer, s) >= since || (layer > 0 && end(layer - 1, s) >= since - period);
  }

  bool running_repeats(std::int64_t layer, SlotIndex s) const {
    if (start(layer, s) - start(layer - 1, s) != period || end(layer - 1, s) <= before)
      return false;
    return std::ranges::all_of(table.flows(s), [&](const OpTable::Flow& flow) {
      const Duration over = flow_end(layer, flow.part);
      const Duration like = flow_end(layer - 1, flow.part);
      return over == kNotYet ? like > before : over - like == period;
    });
  }

  bool ended_repeats(std::int64_t layer, SlotIndex s) const {
    if (end(layer, s) - end(layer - 1, s) != period) return false;
    const bool started_within = start(layer, s) >= since || start(layer - 1, s) >= since - period;
    if (started_within && start(layer, s) - start(layer - 1, s) != period) return false;
    return std::ranges::all_of(table.flows(s), [&](const OpTable::Flow& flow) {
      return flow_end(layer, flow.part) - flow_end(layer - 1, flow.part) == period;
    });
  }

  // `last`: the layer of the slot that started last.
  bool repeats(std::int64_t last, SlotIndex s, bool running) const {
    if (last - 1 < range.first) return false;
    if (running ? !running_repeats(last, s) : start(last, s) <= before) return false;
    for (std::int64_t layer = running ? last - 1 : last; layer >= 0 && has_part_in_time(layer, s);
         --layer)
      if (layer - 1 < range.first || !ended_repeats(layer, s)) return false;
    return true;
  }

  void write_down(std::int64_t last, SlotIndex s, bool running, std::int64_t count) const {
    for (std::int64_t layer = last + 1; layer <= last + count; ++layer) {
      dates.start(dates.index(layer, s)) = start(layer - 1, s) + period;
      dates.end(dates.index(layer, s)) = kNotYet;
    }
    const auto flows = table.flows(s);
    if (running)  // what it has behind it belongs to the layer it is called from now on
      for (const auto& flow : flows) {
        const Duration over = flow_end(last, flow.part);
        flow_end(last + count, flow.part) = over == kNotYet ? over : over + period * count;
      }
    const std::int64_t ended = running ? last - 1 : last;
    for (std::int64_t layer = ended + 1; layer <= ended + count; ++layer) {
      dates.end(dates.index(layer, s)) = end(layer - 1, s) + period;
      for (const auto& flow : flows)
        flow_end(layer, flow.part) = flow_end(layer - 1, flow.part) + period;
    }
  }

  // Looks at what runs: since when everything must repeat, and how many layers might be skipped.
  std::int64_t look_at_running(std::span<const StreamProgress> streams) {
    std::int64_t farthest = 0;
    for (StreamIndex t = 0; t < streams.size(); ++t) {
      if (streams[t].layer == table.layers()) continue;
      farthest = std::max(farthest, streams[t].layer);
      if (streams[t].running)
        since = std::min(since, start(streams[t].layer, table.slots_of(t)[streams[t].position]));
    }
    return range.end - 1 - farthest;
  }

  // It is through with the pass, and was before anything that must repeat.
  bool is_inert(StreamIndex t, const StreamProgress& stream) const {
    const auto slots = table.slots_of(t);
    return slots.empty() || (stream.layer == table.layers() &&
                             end(table.layers() - 1, slots.back()) < since - period);
  }

  bool stream_repeats(StreamIndex t, const StreamProgress& stream) const {
    if (stream.layer == table.layers()) return false;
    const auto slots = table.slots_of(t);
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (!repeats(last_started(stream, i), slots[i], is_running(stream, i))) return false;
    return true;
  }

  void move_on(StreamIndex t, StreamProgress& stream, std::int64_t count) const {
    const auto slots = table.slots_of(t);
    for (std::size_t i = 0; i < slots.size(); ++i)
      write_down(last_started(stream, i), slots[i], is_running(stream, i), count);
    stream.layer += count;
  }
};

SteadyState::Repetition SteadyState::skip(std::int64_t complete, Duration now,
                                          std::span<StreamProgress> streams, PassDates& dates,
                                          std::vector<Duration>& flow_ends) {
  const Duration before = before_;
  const bool is_next = complete == complete_ + 1 && complete >= 2;
  before_ = now;
  complete_ = complete;
  if (!is_next) return {};
  const auto range = std::ranges::find_if(
      table_.ranges(), [complete](const LayerRange& r) { return complete - 1 < r.end; });
  View view{table_, dates, flow_ends, *range, before, now - before, before};
  const std::int64_t count = view.look_at_running(streams);
  if (count <= 0) return {};
  for (StreamIndex t = 0; t < streams.size(); ++t)
    if (!view.is_inert(t, streams[t]) && !view.stream_repeats(t, streams[t])) return {};
  for (StreamIndex t = 0; t < streams.size(); ++t)
    if (!view.is_inert(t, streams[t])) view.move_on(t, streams[t], count);
  const Duration time = view.period * count;
  before_ = now + time;
  complete_ = complete + count;
  return {count, time};
}

}  // namespace headroom
