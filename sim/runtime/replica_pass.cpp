// Iterations of a system whose GPU memory does not hold everything: their duration is that of a
// pass through an OpGraph, and their time has more causes.
#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/runtime/decode_sums.hpp"
#include "sim/runtime/replica.hpp"

namespace headroom {
namespace {

void add_row(const PassRow& row, std::int64_t again, std::int32_t prefill_start,
             const std::vector<AttentionSpan>& spans, PassCounts& counts) {
  counts.first.tokens += row.fresh - again;
  counts.again.tokens += again;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::int64_t window = spans[i].window;
    const std::int64_t read = attention_kv_read(row.prior, window);
    if (row.is_decode()) {
      WorkCounts& sort = again > 0 ? counts.again : counts.first;
      sort.decode_pairs[i] += attention_pairs(row.prior, 1, window);
      sort.decode_read[i] += read;
      continue;
    }
    counts.again.prefill_pairs[i] += attention_pairs(row.prior, again, window);
    counts.first.prefill_pairs[i] += attention_pairs(row.prior + again, row.fresh - again, window);
    // A cached prefix has to be read once; reading earlier chunks of the same prompt is avoidable.
    const bool is_avoidable = again > 0 || row.prior > prefill_start;
    (is_avoidable ? counts.again : counts.first).prefill_read[i] += read;
  }
}

}  // namespace

// Before the batch is scheduled: that advances the sequences.
void Replica::collect_pass_rows() {
  pass_rows_.clear();
  pass_counts_.clear();
  DecodeSums decodes(context_.spans);
  for (const auto& [index, fresh] : plan_.slots) {
    const Sequence& s = sequences_[index];
    const PassRow row{s.computed_tokens, fresh, fresh == s.rows_ready()};
    if (row.is_decode() && s.high_water <= s.computed_tokens) {
      decodes.add(row.prior);
      pass_rows_.push_back(row);
      continue;
    }
    const std::int64_t again = std::clamp(s.high_water - s.computed_tokens, 0, fresh);
    add_row(row, again, s.prefill_start, context_.spans, pass_counts_);
    pass_rows_.push_back(row);
  }
  WorkCounts& first = pass_counts_.first;
  first.tokens += decodes.rows();
  for (std::size_t i = 0; i < context_.spans.size(); ++i) {
    first.decode_pairs[i] += decodes.of(i).pairs;
    first.decode_read[i] += decodes.of(i).kv_read_tokens;
  }
}

void Replica::run_pass(Batch& batch, TimePoint now) {
  PassRunner& runner = context_.pass->runner;
  const bool watched = context_.observer != nullptr && context_.observer->wants_pass(index_, now);
  pass_result_ = &runner.run(pass_rows_, watched);
  if (watched) context_.observer->on_pass(index_, now, runner.graph(), *pass_result_);
  batch.duration = pass_result_->makespan;
  batch.time_s = to_seconds(batch.duration).value;
}

// Of the GPU's operations in this pass, the part that does this sort of work for everybody.
double Replica::gpu_share(WorkClass sort) const {
  const PassWork& work = context_.pass->runner.last_work();
  const double gpu = work.gpu_flops[static_cast<std::size_t>(sort)];
  const double cpu = work.cpu_flops[static_cast<std::size_t>(sort)] / cpu_ranks_;
  return gpu > 0 ? gpu / (gpu + cpu) : 0.0;
}

void Replica::account_pass(const Batch& batch, std::int64_t emitted) {
  const PassSeam& seam = *context_.pass;
  const PassResult& result = *pass_result_;
  const PassWork& work = seam.runner.last_work();
  out_.account.iterations += 1;
  out_.account.busy_ns += batch.duration.value;
  PassAccount& a = *out_.passes;
  a.passes_ns += result.makespan.value;
  a.busy_ns += result.stream_busy[seam.runner.graph().watched].value;
  a.overhead_ns += work.overhead.value;
  a.gpu_slots += work.gpu_slots;
  a.wait_hbm_s += work.wait_hbm_s;
  a.efficiency_s += work.efficiency_s;
  a.launch_s += work.launch_s;
  a.collective_s += work.collective_s;
  a.conversion_s += work.conversion_s;
  a.rounding_s += work.rounding_s;
  const auto samples = static_cast<double>(emitted);
  // Sampled for a sequence that is gone.
  const auto lost = static_cast<double>(batch.summary.sampled_sequences - emitted);
  for (std::size_t c = 0; c < kWorkClasses; ++c) {
    const auto sort = static_cast<WorkClass>(c);
    const double share = gpu_share(sort);
    a.compute_useful_s += share * seam.rates.seconds(sort, pass_counts_.first, samples);
    a.compute_again_s += share * seam.rates.seconds(sort, pass_counts_.again, lost);
  }
  if (seam.runner.config().padded) a.compute_padding_s += padding_seconds(batch);
  account_waits(batch);
}

// Arithmetic of the GPU's operations beyond what the rows, lowered as they are, ask for.
double Replica::padding_seconds(const Batch& batch) {
  const PassSeam& seam = *context_.pass;
  const LoweredModel& model = context_.cost.model();
  pass_ops_.clear();
  model.token_ops(static_cast<double>(batch.summary.new_tokens), pass_ops_);
  model.sampling_ops(static_cast<double>(batch.summary.sampled_sequences), pass_ops_);
  const auto sum = [](std::int64_t x, std::int64_t y) { return static_cast<double>(x + y); };
  const WorkCounts& f = pass_counts_.first;
  const WorkCounts& g = pass_counts_.again;
  for (std::size_t i = 0; i < context_.spans.size(); ++i) {
    const std::int64_t instances = context_.spans[i].instances;
    const int span = static_cast<int>(i);
    const Op prefill = model.prefill_attention(span, 0, sum(f.prefill_pairs[i], g.prefill_pairs[i]),
                                               sum(f.prefill_read[i], g.prefill_read[i]));
    const Op decode = model.decode_attention(span, 0, sum(f.decode_pairs[i], g.decode_pairs[i]),
                                             sum(f.decode_read[i], g.decode_read[i]));
    pass_ops_.push_back({prefill, instances});
    pass_ops_.push_back({decode, instances});
  }
  double needed_s = 0;
  for (const auto& [op, count] : pass_ops_) {
    const WorkClass sort = class_of(op.kind);
    if (sort == WorkClass::kCollective) continue;
    needed_s += gpu_share(sort) * static_cast<double>(count) * seam.roofline.time(op).compute.value;
  }
  return seam.runner.last_work().compute_s() - needed_s;
}

void Replica::account_waits(const Batch& batch) {
  PassAccount& a = *out_.passes;
  for (CauseIndex c = 0; c < a.causes.size(); ++c) {
    std::size_t variant = 0;
    if (is_amortised_by_batch(a.causes[c])) variant = static_cast<std::size_t>(batch.limited_by);
    if (is_on_cpu(a.causes[c])) variant = context_.pass->runner.is_memory_bound(c) ? 0 : 1;
    a.wait_ns[c][variant] += pass_result_->waits[c].value;
  }
}

void Replica::record_pass(TimePoint start, TimePoint end, std::int64_t used) {
  if (out_.series.bin_width().value == 0) return;
  const PassWork& work = context_.pass->runner.last_work();
  const double length_s = to_seconds(elapsed(start, end)).value;
  out_.series.add(start, end,
                  {length_s, work.compute_s(), work.hbm_s, static_cast<double>(used) * length_s},
                  pass_result_->link_bytes);
}

void Replica::prepare_passes(Duration resource_bin) {
  const OpGraph& graph = context_.pass->runner.graph();
  HEADROOM_CHECK(options_.async_depth == 1 && !options_.fast_forward,
                 "passes are planned one by one, each when the one before it has ended");
  cpu_ranks_ = static_cast<double>(
      context_.pass->runner.ranks_per_socket(context_.cost.model().parallelism().tensor));
  PassAccount& account = out_.passes.emplace();
  account.causes = graph.causes;
  account.wait_ns.resize(graph.causes.size());
  out_.series = ResourceSeries(resource_bin, graph.links.size());
}

void Replica::take_passes() {
  const PassRunner& runner = context_.pass->runner;
  const auto& links = runner.graph().links;
  for (std::size_t l = 0; l < links.size(); ++l)
    out_.links.push_back({links[l].name, links[l].bandwidth, runner.totals().link_bytes[l]});
  out_.caches = runner.cache_counts();
}

}  // namespace headroom
