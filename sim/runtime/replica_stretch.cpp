// Decode stretches: iterations in which nothing is decided, as one event. Every duration comes from
// the same cost function and the same rounding as when the iterations are stepped through; what is
// saved is the planning, the bookkeeping per sequence and the events. A stretch only ends too
// early, never too late: then stepping goes on.
//
// Positions: the executing batch is iteration 0 of a stretch, the one scheduled behind it (async
// depth 2) iteration 1. Crossing boundary j means: the tokens of iteration j-1 are emitted, and an
// iteration is planned that equals the last planned one, one token further.
#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/runtime/replica.hpp"

namespace headroom {
namespace {

// Bounds the memory of a stretch; a longer one is simply two.
constexpr std::int64_t kMaxCrossings = 4096;

}  // namespace

void Replica::try_stretch(TimePoint quiet_until) {
  const Batch& last = batch_at(in_flight_ - 1);
  quiet_until = std::min(quiet_until, plan_.wake_up);
  if (in_flight_ != options_.async_depth || !last.stands || !last.decode_only) return;
  if (!batch_at(0).decode_only || (in_flight_ == 2 && !same_rows())) return;
  if (batch_at(0).end() >= quiet_until) return;
  const std::int64_t limit = crossings_allowed(last);
  if (limit <= 0 || !grows_evenly()) return;
  run_ahead(last, limit, quiet_until);
}

// The executing and the scheduled batch serve the same living sequences in the same order, and as
// many for one reason.
bool Replica::same_rows() const {
  const Batch& a = batches_[0];
  const Batch& b = batches_[1];
  return std::equal(a.rows.begin(), a.rows.end(), b.rows.begin(), b.rows.end(),
                    [](const BatchRow& x, const BatchRow& y) {
                      return x.sequence == y.sequence && x.epoch == y.epoch;
                    }) &&
         a.limited_by ==
             b.limited_by;  // for the ledger: all iterations of a stretch have one reason
}

// From the executing batch to the scheduled one the sums grew as they will go on growing: no row
// filled its window.
bool Replica::grows_evenly() const {
  if (in_flight_ == 1) return true;
  const Batch& first = batches_[static_cast<std::size_t>(front_)];
  const Batch& last = batches_[static_cast<std::size_t>((front_ + 1) % 2)];
  for (std::size_t i = 0; i < context_.spans.size(); ++i)
    if (last.summary.decode[i].pairs - first.summary.decode[i].pairs != growing_[i]) return false;
  return true;
}

std::int64_t Replica::crossings_allowed(const Batch& last) {
  std::int64_t limit = std::min<std::int64_t>(kMaxCrossings, plan_.valid_for.value - 1);
  stretch_sequences_.clear();
  for (auto& growing : growing_) growing = 0;
  for (const auto& row : last.rows) {
    const Sequence& s = sequences_[row.sequence];
    if (s.epoch != row.epoch) return 0;
    limit = std::min<std::int64_t>(limit, s.rows_left());
    stretch_sequences_.push_back(row.sequence);
    const std::int64_t prior = s.computed_tokens - 1;  // of the row in `last`
    for (std::size_t i = 0; i < context_.spans.size(); ++i) {
      const std::int64_t window = context_.spans[i].window;
      if (window > 0 && prior >= window - 1) continue;
      ++growing_[i];
      // The sums grow evenly until some row fills its window.
      if (window > 0) limit = std::min(limit, window - 1 - prior);
    }
  }
  if (limit <= 0) return 0;
  return kv_.steps_without_shortage(sequences_, stretch_sequences_, limit);
}

BatchSummary Replica::advanced(const Batch& batch, std::int64_t steps) const {
  BatchSummary summary = batch.summary;
  for (std::size_t i = 0; i < context_.spans.size(); ++i) {
    summary.decode[i].pairs += growing_[i] * steps;
    summary.decode[i].kv_read_tokens += growing_[i] * steps;
  }
  return summary;
}

void Replica::run_ahead(const Batch& last, std::int64_t limit, TimePoint quiet_until) {
  steps_.clear();
  TimePoint now = batch_at(0).start;
  for (int i = 0; i < in_flight_; ++i) {
    const Batch& batch = batch_at(i);
    now = now + batch.duration;
    steps_.push_back({now, batch.time_s});
  }
  const auto decode = context_.cost.decode_stretch(last.summary);
  auto sums = last.summary.decode;
  const auto append = [&] {
    for (std::size_t i = 0; i < context_.spans.size(); ++i) {
      sums[i].pairs += growing_[i];
      sums[i].kv_read_tokens += growing_[i];
    }
    const double time_s = decode.iteration_seconds(sums);
    now = now + to_duration(Seconds{time_s});
    steps_.push_back({now, time_s});
  };
  std::int64_t crossings = 0;
  // Crossing boundary j makes iteration j the executing one: it and those scheduled behind it have
  // to be known.
  while (crossings < limit && steps_[static_cast<std::size_t>(crossings)].end < quiet_until) {
    ++crossings;
    append();
  }
  crossings_ = crossings;
}

bool Replica::interrupt(TimePoint now) {
  if (crossings_ == 0) return false;
  const auto boundary =
      std::lower_bound(steps_.begin(), steps_.end(), now,
                       [](const Step& step, TimePoint t) { return step.end < t; });
  const auto crossed = static_cast<std::int64_t>(boundary - steps_.begin());
  const bool ends_earlier = crossed < crossings_;
  crossings_ = std::min(crossed, crossings_);
  apply_stretch();
  return ends_earlier;
}

void Replica::apply_stretch() {
  const std::int64_t steps = crossings_;
  crossings_ = 0;
  if (steps == 0) return;
  Batch& first = batch_at(0);
  ++context_.result.decode_stretches;
  context_.result.fast_forwarded_iterations += steps;
  out_.iterations += steps;
  account_stretch(first, steps);
  emit_stretch(first, steps);
  for (int i = 0; i < in_flight_; ++i) advance_batch(batch_at(i), steps);
  first.start = steps_[static_cast<std::size_t>(steps - 1)].end;
}

void Replica::emit_stretch(const Batch& first, std::int64_t steps) {
  const auto rows = static_cast<std::int64_t>(first.rows.size());
  const TimePoint last_boundary = steps_[static_cast<std::size_t>(steps - 1)].end;
  // The blocks of the plans made on the way, in the order they would have been taken.
  kv_.extend_stretch(sequences_, stretch_sequences_, steps);
  for (const SequenceIndex index : stretch_sequences_) {
    Sequence& s = sequences_[index];
    count_gap(s.last_emit, steps_.front().end, 1);
    s.last_emit = last_boundary;
    s.known_tokens += static_cast<std::int32_t>(steps);
    s.computed_tokens += static_cast<std::int32_t>(steps);
    s.high_water = s.computed_tokens;
    if (options_.prefix_caching) kv_.hash_blocks(s, std::min(s.computed_tokens, s.known_tokens));
  }
  for (std::int64_t j = 1; j < steps; ++j) {
    const auto at = static_cast<std::size_t>(j);
    count_gap(steps_[at - 1].end, steps_[at].end, rows);
  }
}

void Replica::advance_batch(Batch& batch, std::int64_t steps) {
  batch.summary = advanced(batch, steps);
  for (std::size_t i = 0; i < context_.spans.size(); ++i) {
    batch.first.decode_pairs[i] = batch.summary.decode[i].pairs;
    batch.first.decode_read[i] = batch.summary.decode[i].kv_read_tokens;
  }
  batch.attention.reset();
  const auto at = static_cast<std::size_t>(steps + (&batch == &batch_at(0) ? 0 : 1));
  batch.time_s = steps_[at].time_s;
  batch.duration = elapsed(steps_[at - 1].end, steps_[at].end);
}

// Seconds that attention keeps the tightest of its resources busy in `steps` iterations from
// `first` on. Each op's roof is the larger of two linear functions: where neither end says
// otherwise it is one of them all the way.
double Replica::stretch_roof_s(const Batch& first, std::int64_t steps,
                               const IterationCost::Totals& head,
                               const IterationCost::Totals& tail) const {
  const double half = 0.5 * static_cast<double>(steps);
  if (head.wait_compute_s == 0 && tail.wait_compute_s == 0) return half * (head.hbm_s + tail.hbm_s);
  if (head.wait_hbm_s == 0 && tail.wait_hbm_s == 0) return half * (head.compute_s + tail.compute_s);
  double roof_s = 0;
  for (std::int64_t j = 0; j < steps; ++j)
    roof_s += context_.cost.attention_part(advanced(first, j)).roof_s;
  return roof_s;
}

// The first `steps` iterations from `first` on. Amounts of work are linear in the contexts: count
// times mean.
void Replica::account_stretch(Batch& first, std::int64_t steps) {
  DeviceAccount& a = out_.account;
  const auto n = static_cast<double>(steps);
  const TimePoint start = first.start;
  const TimePoint end = steps_[static_cast<std::size_t>(steps - 1)].end;
  a.iterations += steps;
  a.busy_ns += elapsed(start, end).value;
  const auto& token = context_.cost.token_part(first.summary.new_tokens);
  const auto& sampling = context_.cost.sampling_part(first.summary.sampled_sequences);
  account_ops(token, n);
  account_ops(sampling, n);
  const auto& head = attention_of(first);
  const auto tail = context_.cost.attention_part(advanced(first, steps - 1));
  const auto sum = [&](auto member) { return 0.5 * n * (head.*member + tail.*member); };
  using Totals = IterationCost::Totals;
  const double hbm_s = sum(&Totals::hbm_s);
  const double compute_s = sum(&Totals::compute_s);
  const double launch_s = sum(&Totals::launch_s);
  const double roof_s = stretch_roof_s(first, steps, head, tail);
  double time_s = 0;
  for (std::int64_t j = 0; j < steps; ++j) time_s += steps_[static_cast<std::size_t>(j)].time_s;
  a.busy_s += time_s;
  a.wait_compute_s += roof_s - hbm_s;
  a.wait_hbm_s += roof_s - compute_s;
  a.launch_s += launch_s;
  a.efficiency_s += time_s - n * (token.time_s + sampling.time_s) - launch_s - roof_s;
  a.hbm_activations_s += sum(&Totals::activation_bytes) * context_.rates.hbm_s_per_byte;
  const bool unavoidable =
      critical_id_ >= 0 &&
      std::any_of(stretch_sequences_.begin(), stretch_sequences_.end(),
                  [&](SequenceIndex i) { return sequences_[i].id == critical_id_; });
  account_weights(first, n, unavoidable);

  Batch all;  // the counts of all steps together
  all.summary = first.summary;
  all.first.tokens = first.first.tokens * steps;
  all.summary.sampled_sequences *= steps;
  const std::int64_t ramp = steps * (steps - 1) / 2;
  for (std::size_t i = 0; i < context_.spans.size(); ++i) {
    all.first.decode_pairs[i] = first.summary.decode[i].pairs * steps + growing_[i] * ramp;
    all.first.decode_read[i] = first.summary.decode[i].kv_read_tokens * steps + growing_[i] * ramp;
  }
  account_work(all, all.summary.sampled_sequences);
  const double length_s = to_seconds(elapsed(start, end)).value;
  out_.series.add(start, end,
                  {length_s, compute_s + n * (token.compute_s + sampling.compute_s),
                   hbm_s + n * (token.hbm_s + sampling.hbm_s),
                   static_cast<double>(kv_.pool().used_blocks()) * length_s});
}

}  // namespace headroom
