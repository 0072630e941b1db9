#include "sim/engine/shared_pass.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr int kKindBits = 2;
constexpr int kStreamBits = 30;
constexpr std::uint64_t kStreamMask = (std::uint64_t{1} << kStreamBits) - 1;

}  // namespace

SharedPass::SharedPass(const OpTable& table, Kernel& kernel)
    : table_(table), kernel_(kernel), steady_(table) {
  streams_.resize(table.streams());
  outstanding_.resize(table.streams());
}

std::uint64_t SharedPass::token(Happening what, StreamIndex stream, PartIndex part) {
  return static_cast<std::uint64_t>(what) | std::uint64_t{stream} << kKindBits |
         std::uint64_t{part} << (kKindBits + kStreamBits);
}

std::int64_t SharedPass::run(PassDates& dates, bool extrapolate) {
  dates_ = &dates;
  extrapolate_ = extrapolate;
  dates.clear();
  flow_ends_.assign(static_cast<std::size_t>(table_.layers()) * table_.parts(), kNotYet);
  kind_of_layer_.clear();
  for (const LayerRange& range : table_.ranges())
    kind_of_layer_.insert(kind_of_layer_.end(), static_cast<std::size_t>(range.end - range.first),
                          range.kind);
  steady_.begin_pass();
  origin_ = kernel_.now();
  skipped_time_ = Duration(0);
  skipped_layers_ = 0;
  front_ = 0;
  streams_in_front_ = 0;
  for (StreamIndex t = 0; t < streams_.size(); ++t) {
    const bool has_work = !table_.slots_of(t).empty();
    streams_[t] = {.layer = has_work ? 0 : table_.layers()};
    if (!has_work) continue;
    ++streams_in_front_;
    to_try_.push_back(t);
  }
  start_all();
  kernel_.run();
  HEADROOM_CHECK(front_ == table_.layers(), "expected ", table_.layers(), " layers to end, ",
                 front_, " did");
  return skipped_layers_;
}

void SharedPass::on_event(std::uint64_t token) {
  const auto what = static_cast<Happening>(token & ((1U << kKindBits) - 1));
  const auto stream = static_cast<StreamIndex>((token >> kKindBits) & kStreamMask);
  switch (what) {
    case Happening::kInstantOver:
      return skip_what_repeats();
    case Happening::kLatencyOver:
      launch(stream);
      break;
    case Happening::kFlowOver: {
      const auto part = static_cast<PartIndex>(token >> (kKindBits + kStreamBits));
      flow_ends_[static_cast<std::size_t>(streams_[stream].layer) * table_.parts() + part] = now();
      one_less_outstanding(stream);
      break;
    }
    case Happening::kArithmeticOver:
      one_less_outstanding(stream);
      break;
  }
  start_all();
}

SlotIndex SharedPass::head(StreamIndex stream) const {
  return table_.slots_of(stream)[streams_[stream].position];
}

bool SharedPass::may_start(StreamIndex stream) const {
  const StreamProgress& at = streams_[stream];
  if (at.running || at.layer == table_.layers()) return false;
  const SlotIndex slot = head(stream);
  const std::size_t index = dates_->index(at.layer, slot);
  return std::ranges::all_of(table_.predecessors(slot), [&](const OpTable::Predecessor& before) {
    return dates_->end(index - before.distance) != kNotYet;
  });
}

void SharedPass::start_all() {
  while (!to_try_.empty()) {
    const StreamIndex stream = to_try_.back();
    to_try_.pop_back();
    if (may_start(stream)) start(stream);
  }
}

void SharedPass::start(StreamIndex stream) {
  StreamProgress& at = streams_[stream];
  const SlotIndex slot = head(stream);
  at.running = true;
  dates_->start(dates_->index(at.layer, slot)) = now();
  const Duration latency = table_.latency(kind_of_layer_[static_cast<std::size_t>(at.layer)], slot);
  if (latency == Duration(0)) return launch(stream);
  kernel_.at(kernel_.now() + latency, *this, token(Happening::kLatencyOver, stream));
}

void SharedPass::launch(StreamIndex stream) {
  const auto layer = static_cast<std::size_t>(streams_[stream].layer);
  const SlotIndex slot = head(stream);
  const std::uint32_t kind = kind_of_layer_[layer];
  outstanding_[stream] = 0;
  Duration longest_flow{0};  // at least
  for (const OpTable::Flow& flow : table_.flows(slot)) {
    const double bytes = table_.bytes(kind, flow.part);
    if (bytes == 0) {
      flow_ends_[layer * table_.parts() + flow.part] = now();
      continue;
    }
    longest_flow = std::max(longest_flow, to_duration(Seconds(bytes / flow.narrowest)));
    ++outstanding_[stream];
    kernel_.transfer(flow.route, Bytes(bytes), *this,
                     token(Happening::kFlowOver, stream, flow.part));
  }
  // What cannot end last needs no timer.
  const Duration arithmetic = table_.arithmetic(kind, slot);
  if (arithmetic > longest_flow) {
    ++outstanding_[stream];
    kernel_.at(kernel_.now() + arithmetic, *this, token(Happening::kArithmeticOver, stream));
  }
  if (outstanding_[stream] == 0) finish(stream);
}

void SharedPass::one_less_outstanding(StreamIndex stream) {
  if (--outstanding_[stream] == 0) finish(stream);
}

void SharedPass::finish(StreamIndex stream) {
  StreamProgress& at = streams_[stream];
  const SlotIndex slot = head(stream);
  dates_->end(dates_->index(at.layer, slot)) = now();
  for (const OpTable::Successor& next : table_.successors(slot)) {
    const StreamIndex other = table_.graph().slots[next.slot].stream;
    const StreamProgress& waiting = streams_[other];
    if (!waiting.running && waiting.layer == at.layer + next.lag &&
        waiting.layer < table_.layers() && head(other) == next.slot)
      to_try_.push_back(other);
  }
  at.running = false;
  if (++at.position == table_.slots_of(stream).size()) leave_layer(stream);
  to_try_.push_back(stream);
}

void SharedPass::leave_layer(StreamIndex stream) {
  StreamProgress& at = streams_[stream];
  at.position = 0;
  if (at.layer++ != front_ || --streams_in_front_ > 0) return;
  ++front_;
  streams_in_front_ = static_cast<std::size_t>(std::ranges::count_if(
      streams_, [this](const StreamProgress& s) { return s.layer == front_; }));
  if (front_ == table_.layers() || !extrapolate_ || asked_for_end_of_instant_) return;
  asked_for_end_of_instant_ = true;
  kernel_.at_end_of_instant(*this, token(Happening::kInstantOver, 0));
}

void SharedPass::skip_what_repeats() {
  asked_for_end_of_instant_ = false;
  const auto repetition = steady_.skip(front_, now(), streams_, *dates_, flow_ends_);
  front_ += repetition.layers;
  skipped_layers_ += repetition.layers;
  skipped_time_ += repetition.time;
}

}  // namespace headroom
