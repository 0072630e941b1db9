#include "sim/runtime/batch.hpp"

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/runtime/decode_sums.hpp"

namespace headroom {
namespace {

void add_decodes(Batch& batch, std::size_t spans, const DecodeSums& decodes) {
  batch.summary.decode_sequences = decodes.rows();
  batch.first.tokens += decodes.rows();
  for (std::size_t i = 0; i < spans; ++i) {
    batch.summary.decode[i] = decodes.of(i);
    batch.first.decode_pairs[i] = batch.summary.decode[i].pairs;
    batch.first.decode_read[i] = batch.summary.decode[i].kv_read_tokens;
  }
}

void add_prefill(Batch& batch, const std::vector<AttentionSpan>& spans, const Sequence& s,
                 std::int64_t fresh) {
  const std::int64_t prior = s.computed_tokens;
  // Below the high-water mark every token was computed once already.
  const std::int64_t again = std::clamp<std::int64_t>(s.high_water - prior, 0, fresh);
  ++batch.summary.prefill_sequences;
  batch.summary.prefill_tokens += fresh;
  batch.first.tokens += fresh - again;
  batch.again.tokens += again;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::int64_t window = spans[i].window;
    const std::int64_t read = attention_kv_read(prior, window);
    batch.summary.prefill[i].pairs += attention_pairs(prior, fresh, window);
    batch.summary.prefill[i].kv_read_tokens += read;
    batch.again.prefill_pairs[i] += attention_pairs(prior, again, window);
    batch.first.prefill_pairs[i] += attention_pairs(prior + again, fresh - again, window);
    // The cached prefix has to be read once; later chunks read it and their own predecessors once
    // more.
    if (again > 0) {
      batch.again.prefill_read[i] += read;
    } else if (prior > s.prefill_start) {
      batch.kv_reread[i] += read;
    } else {
      batch.first.prefill_read[i] += read;
    }
  }
}

}  // namespace

void Batch::clear() {
  rows.clear();
  first_prefill = 0;
  summary = {};
  first = {};
  again = {};
  kv_reread = {};
  limited_by = BatchLimit::kOfferedLoad;
  decode_only = false;
  stands = false;
  attention.reset();
  time_s = 0;
  duration = Duration{0};
  start = TimePoint{0};
}

void schedule_batch(const BatchPlan& plan, SequencePool& sequences,
                    const std::vector<AttentionSpan>& spans, Batch& batch) {
  batch.limited_by = plan.limited_by;
  batch.stands = plan.valid_for.value > 1;
  DecodeSums decodes(spans);
  std::int64_t new_tokens = 0, sampled = 0;
  for (const auto& [index, fresh] : plan.slots) {
    Sequence& s = sequences[index];
    HEADROOM_CHECK(fresh >= 1 && fresh <= s.rows_ready(),
                   "a slot gets at least one and at most the ", s.rows_ready(),
                   " tokens that sequence ", s.id, " has ready, not ", fresh);
    const bool samples = fresh == s.rows_ready();
    // Not every single token is a decode: input added after a pause may come in chunks of one.
    const bool is_decode = fresh == 1 && samples && s.computed_tokens >= s.prompt_tokens &&
                           s.computed_tokens >= s.high_water;
    if (is_decode) {
      decodes.add(s.computed_tokens);
    } else {
      if (batch.summary.prefill_sequences == 0) batch.first_prefill = batch.rows.size();
      add_prefill(batch, spans, s, fresh);
    }
    new_tokens += fresh;
    sampled += samples ? 1 : 0;
    batch.rows.push_back({index, s.epoch, fresh, samples});
    s.computed_tokens += fresh;
    s.high_water = std::max(s.high_water, s.computed_tokens);
    if (samples) ++s.placeholders;
  }
  add_decodes(batch, spans.size(), decodes);
  batch.summary.new_tokens = new_tokens;
  batch.summary.sampled_sequences = sampled;
  batch.decode_only = batch.summary.prefill_sequences == 0;
}

}  // namespace headroom
