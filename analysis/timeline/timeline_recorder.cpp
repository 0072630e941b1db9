#include "analysis/timeline/timeline_recorder.hpp"

#include <algorithm>
#include <numeric>

namespace headroom {
namespace {

// The first entry takes the second in.
void merge(IterationEntry& into, const IterationEntry& next) {
  into.end = next.end;
  into.busy = into.busy + next.busy;
  into.iterations += next.iterations;
  into.prefill_tokens += next.prefill_tokens;
  into.decode_tokens += next.decode_tokens;
  into.batch_size = std::max(into.batch_size, next.batch_size);
  into.last_waiting = next.last_waiting;
  into.running = std::max(into.running, next.running);
  into.waiting = std::max(into.waiting, next.waiting);
  into.kv_blocks = std::max(into.kv_blocks, next.kv_blocks);
}

}  // namespace

TimelineRecorder::TimelineRecorder(std::size_t replicas, const TimelineOptions& options)
    : options_(options), iterations_(replicas), preempted_(replicas), passes_of_(replicas, 0) {}

void TimelineRecorder::on_iteration_start(const ObservedIteration& iteration) {
  const auto replica = static_cast<std::size_t>(iteration.replica);
  if (!preempted_[replica].empty()) note_resumed(iteration);
  const Batch& batch = iteration.batch;
  if (!options_.overlaps(batch.start, batch.end())) return;
  ++iterations_seen_;
  const IterationEntry entry{.start = batch.start,
                             .end = batch.end(),
                             .busy = batch.duration,
                             .iterations = 1,
                             .prefill_tokens = batch.summary.prefill_tokens,
                             .decode_tokens = batch.summary.decode_sequences,
                             .batch_size = std::ssize(batch.rows),
                             .running = std::ssize(iteration.sequences.running()),
                             .waiting = std::ssize(iteration.sequences.waiting()),
                             .kv_blocks = iteration.kv_blocks_used,
                             .last_waiting = std::ssize(iteration.sequences.waiting())};
  auto& entries = iterations_[replica];
  if (!entries.empty() && entries.back().iterations < iterations_per_entry_) {
    merge(entries.back(), entry);
    return;
  }
  entries.push_back(entry);
  if (++entries_ > options_.max_events) merge_neighbours();
}

// Whoever computes something is no longer preempted.
void TimelineRecorder::note_resumed(const ObservedIteration& iteration) {
  auto& preempted = preempted_[static_cast<std::size_t>(iteration.replica)];
  for (const BatchRow& row : iteration.batch.rows) {
    const Sequence& sequence = iteration.sequences[row.sequence];
    if (sequence.epoch != row.epoch) continue;
    const auto found = preempted.find(sequence.id);
    if (found == preempted.end()) continue;
    preemptions_[found->second].end = iteration.batch.start;
    preempted.erase(found);
  }
}

void TimelineRecorder::on_preempted(std::int32_t replica, SequenceId sequence, TimePoint now) {
  const bool waits =
      preempted_[static_cast<std::size_t>(replica)].emplace(sequence, preemptions_.size()).second;
  if (waits) preemptions_.push_back({sequence, now, TimePoint{-1}});
}

void TimelineRecorder::merge_neighbours() {
  entries_ = 0;
  for (auto& entries : iterations_) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries.size(); i += 2) {
      entries[kept] = entries[i];
      if (i + 1 < entries.size()) merge(entries[kept], entries[i + 1]);
      ++kept;
    }
    entries.resize(kept);
    entries_ += std::ssize(entries);
  }
  iterations_per_entry_ *= 2;
}

bool TimelineRecorder::wants_pass(std::int32_t replica, TimePoint now) {
  if (now >= options_.until) return false;
  std::int64_t& number = passes_of_[static_cast<std::size_t>(replica)];
  if (number % pass_stride_ == 0) return true;
  ++number;
  return false;
}

void TimelineRecorder::on_pass(std::int32_t replica, TimePoint start, const OpGraph& graph,
                               const PassResult& pass) {
  // How long it takes was not known when it was asked for.
  if (!options_.overlaps(start, start + pass.makespan)) return;
  if (graph_.slots.empty()) graph_ = graph;
  PassEntry entry{replica, passes_of_[static_cast<std::size_t>(replica)]++, start, {}};
  for (const TimelineEntry& op : pass.timeline)
    if (op.end > op.start && options_.overlaps(start + op.start, start + op.end))
      entry.operations.push_back(
          {op.slot, static_cast<std::uint32_t>(op.layer), start + op.start, start + op.end});
  operations_ += std::ssize(entry.operations);
  passes_.push_back(std::move(entry));
  if (operations_ > options_.max_events && !only_first_passes()) drop_every_other_pass();
}

// Which never go by halving.
bool TimelineRecorder::only_first_passes() const {
  return std::all_of(passes_.begin(), passes_.end(),
                     [](const PassEntry& pass) { return pass.number == 0; });
}

void TimelineRecorder::drop_every_other_pass() {
  pass_stride_ *= 2;
  std::erase_if(passes_, [&](const PassEntry& pass) { return pass.number % pass_stride_ != 0; });
  operations_ = std::accumulate(
      passes_.begin(), passes_.end(), std::int64_t{0},
      [](std::int64_t sum, const PassEntry& pass) { return sum + std::ssize(pass.operations); });
}

void TimelineRecorder::thin_iterations(std::int64_t most) {
  const auto replicas = std::ssize(iterations_);
  while (entries_ > std::max<std::int64_t>(most, replicas)) merge_neighbours();
}

void TimelineRecorder::thin_operations(std::int64_t most) {
  while (operations_ > most && !only_first_passes()) drop_every_other_pass();
  while (operations_ > most && passes_.size() > 1) {
    operations_ -= std::ssize(passes_.back().operations);
    passes_.pop_back();
  }
  if (operations_ <= most || passes_.empty()) return;
  auto& operations = passes_.front().operations;
  operations.resize(static_cast<std::size_t>(std::max<std::int64_t>(most, 0)));
  operations_ = std::ssize(operations);
}

std::int64_t TimelineRecorder::passes_seen() const {
  return std::accumulate(passes_of_.begin(), passes_of_.end(), std::int64_t{0});
}

}  // namespace headroom
