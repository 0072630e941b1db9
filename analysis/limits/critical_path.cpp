#include "analysis/limits/critical_path.hpp"

#include <algorithm>

namespace headroom {

SoloPath::SoloPath(const LoweredModel& model, const OpTimeModel& roofline, const GpuSpec& gpu)
    : model_(model), roofline_(roofline), cost_(model, roofline, gpu) {}

BatchSummary SoloPath::prefill_batch(std::int64_t prompt, std::int64_t cached) const {
  BatchSummary batch;
  batch.new_tokens = batch.prefill_tokens = prompt - cached;
  batch.prefill_sequences = batch.sampled_sequences = 1;
  for (std::size_t i = 0; i < model_.spans().size(); ++i) {
    const std::int64_t window = model_.spans()[i].window;
    batch.prefill[i] = {attention_pairs(cached, prompt - cached, window),
                        attention_kv_read(cached, window)};
  }
  return batch;
}

BatchSummary SoloPath::decode_batch(std::int64_t prior) const {
  BatchSummary batch;
  batch.new_tokens = batch.decode_sequences = batch.sampled_sequences = 1;
  for (std::size_t i = 0; i < model_.spans().size(); ++i) {
    const std::int64_t window = model_.spans()[i].window;
    batch.decode[i] = {attention_pairs(prior, 1, window), attention_kv_read(prior, window)};
  }
  return batch;
}

const char* SoloPath::bound_of(const BatchSummary& batch) const {
  const auto totals = cost_.iteration_totals(batch);
  return totals.compute_s > totals.hbm_s ? "compute" : "hbm";
}

const char* SoloPath::prefill_bound(std::int64_t prompt) const {
  return bound_of(prefill_batch(prompt, 0));
}

const char* SoloPath::decode_bound(std::int64_t prompt) const {
  return bound_of(decode_batch(prompt));
}

double SoloPath::prefill_seconds(std::int64_t prompt, std::int64_t cached) const {
  return cost_.iteration_seconds(prefill_batch(prompt, cached));
}

double SoloPath::decode_seconds(std::int64_t prompt, std::int64_t decodes) const {
  if (decodes <= 0) return 0;
  const auto n = static_cast<double>(decodes);
  double s = n * (cost_.token_part(1).time_s + cost_.sampling_part(1).time_s);
  for (std::size_t i = 0; i < model_.spans().size(); ++i) {
    const auto& span = model_.spans()[i];
    // The mean of a convex function is at least the function at the mean; both roofs are linear in
    // the context up to the window, and the mean of a capped context is found by its end points.
    const auto at = [&](std::int64_t prior) {
      const auto pairs = static_cast<double>(attention_pairs(prior, 1, span.window));
      const auto read = static_cast<double>(attention_kv_read(prior, span.window));
      return roofline_.time(model_.decode_attention(static_cast<int>(i), 1.0, pairs, read));
    };
    const auto first = at(prompt);
    const auto last = at(prompt + decodes - 1);
    // Under a window contexts grow, then stay: their mean is at least that of the end points.
    const double compute = 0.5 * (first.compute.value + last.compute.value);
    const double hbm = 0.5 * (first.hbm.value + last.hbm.value);
    s += n * static_cast<double>(span.instances) * std::max(compute, hbm);
  }
  return s;
}

double SoloPath::seconds(std::int64_t prompt, std::int64_t cached, std::int64_t output) const {
  return prefill_seconds(prompt, cached) + decode_seconds(prompt, output - 1);
}

double offered_limit_s(const LoweredModel& model, const OpTimeModel& roofline, const GpuSpec& gpu,
                       const RequestTable& table, const WorkTotals& work, const WorkRules& rules) {
  const SoloPath path(model, roofline, gpu);
  // No request takes longer than this one would: it ends the search from the back.
  const double longest = path.seconds(work.longest_prompt, 0, 1) +
                         path.decode_seconds(work.longest_prompt, work.longest_output - 1);
  double limit = 0;
  for (std::size_t i = table.requests.size(); i-- > 0;) {
    const Request& request = table.requests[i];
    const double arrival = to_seconds(request.arrival).value;
    if (arrival + longest <= limit) break;
    const std::int32_t output = effective_output(request, rules);
    if (output == 0) continue;
    const std::int64_t cached = work.avoidable_tokens.empty() ? 0 : work.avoidable_tokens[i];
    // Iterations are rounded to the nearest ns: a run may gain half of one in each.
    const double rounding_s = 0.5e-9 * static_cast<double>(output);
    limit =
        std::max(limit, arrival + path.seconds(request.prompt_tokens, cached, output) - rounding_s);
  }
  return limit;
}

}  // namespace headroom
