#include "analysis/limits/limit_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/limits/critical_path.hpp"

namespace headroom {
namespace {

constexpr const char* kRoofline = "Williams et al., Roofline, CACM 52(4) 2009";

// One iteration with the batch that memory and max_num_seqs allow, all decoding at the mean
// context.
BatchSummary full_decode_batch(const LimitsInput& input, const Limits& limits) {
  const auto& work = limits.work;
  const auto requests = std::max<std::int64_t>(1, work.requests);
  const std::int64_t context = (work.prompt_tokens + work.output_tokens / 2) / requests;
  const auto by_memory = static_cast<std::int64_t>(std::floor(limits.concurrent_sequences));
  const std::int64_t sequences = std::max<std::int64_t>(
      1, std::min({input.serving.max_num_seqs, input.serving.max_num_batched_tokens, by_memory}));
  BatchSummary batch;
  batch.new_tokens = batch.decode_sequences = batch.sampled_sequences = sequences;
  for (std::size_t i = 0; i < input.model.spans().size(); ++i) {
    const std::int64_t window = input.model.spans()[i].window;
    batch.decode[i] = {sequences * attention_pairs(context, 1, window),
                       sequences * attention_kv_read(context, window)};
  }
  return batch;
}

void add_op_rows(const LimitsInput& input, const Limits& limits, const OpTimeModel& roofline,
                 std::vector<LimitRow>& rows) {
  const BatchSummary batch = full_decode_batch(input, limits);
  double total_s = 0, compute_s = 0, hbm_s = 0;
  for (const auto& [op, count] : lower_iteration(input.model, batch)) {
    const OpTime time = roofline.time(op);
    const double seconds = time.time.value * static_cast<double>(count);
    total_s += seconds;
    compute_s += time.compute.value * static_cast<double>(count);
    hbm_s += time.hbm.value * static_cast<double>(count);
    rows.push_back({"op_" + std::string(name_of(op.kind)), "time_s", seconds, "s",
                    std::string(name_of(time.bound)),
                    std::string("max(flops/peak, bytes/bandwidth) in one decode iteration of ") +
                        std::to_string(batch.decode_sequences) + " sequences; " + kRoofline});
  }
  const char* bound = compute_s > hbm_s ? "compute" : "hbm";
  rows.push_back({"decode_iteration", "time_s", total_s, "s", bound,
                  "sum of the op roofs above: no decode iteration of this batch is shorter"});
  rows.push_back({"decode_iteration", "output_tokens_per_s",
                  static_cast<double>(batch.decode_sequences * input.replicas) / total_s,
                  "tokens/s", bound, "sequences / sum of the op roofs, all replicas"});
}

}  // namespace

std::vector<LimitRow> limit_rows(const LimitsInput& input, const Limits& limits,
                                 const OpTimeModel& roofline) {
  std::vector<LimitRow> rows;
  const auto add = [&](const char* name, const char* metric, double value, const char* unit,
                       std::string resource, std::string source) {
    rows.push_back({name, metric, value, unit, std::move(resource), std::move(source)});
  };
  const WorkTotals& work = limits.work;
  if (work.requests == 0) return rows;
  add("ideal", "makespan_s", limits.ideal_compute_s, "s", "compute",
      "FLOP of the tokens no policy avoids / peak of all GPUs (a shared prefix counts once)");
  add("ideal", "makespan_s", limits.ideal_hbm_s, "s", "hbm",
      "KV bytes of those tokens + weights once per unavoidable step (the longest output) / "
      "bandwidth of all GPUs");
  add("capacity", "makespan_s", limits.capacity_hbm_s, "s", "hbm",
      "ideal, with steps >= output / max_num_seqs, tokens / max_num_batched_tokens, KV block-steps "
      "/ blocks");
  if (limits.offered_s)
    add("offered", "makespan_s", *limits.offered_s, "s", "offered_load",
        "largest arrival + the request's own critical path, alone on a GPU");
  add("binding", "makespan_s", limits.makespan_s, "s", limits.binding_resource,
      "largest of the bounds above");
  if (limits.saturation_requests_per_s) {
    const char* source =
        "work / time of the hardware in batches as full as memory, max_num_seqs and "
        "max_num_batched_tokens allow";
    add("saturation", "requests_per_s", *limits.saturation_requests_per_s, "requests/s",
        limits.saturation_bound, source);
    add("saturation", "output_tokens_per_s", *limits.saturation_output_tokens_per_s, "tokens/s",
        limits.saturation_bound, source);
    add("saturation", "total_tokens_per_s", *limits.saturation_total_tokens_per_s, "tokens/s",
        limits.saturation_bound, source);
  }
  add("concurrency", "sequences", limits.concurrent_sequences, "sequences", "kv_blocks",
      "KV blocks / blocks of a sequence of mean prompt + mean output, per replica");
  const SoloPath path(input.model, roofline, input.gpu);
  const std::int64_t prompt = std::max<std::int64_t>(1, work.prompt_tokens / work.requests);
  const std::int64_t output = std::max<std::int64_t>(1, work.output_tokens / work.requests);
  add("alone", "ttft_s", path.prefill_seconds(prompt, 0), "s", path.prefill_bound(prompt),
      "a mean prompt alone on a GPU, uncached");
  if (output > 1)
    add("alone", "tpot_s",
        path.decode_seconds(prompt, output - 1) / static_cast<double>(output - 1), "s",
        path.decode_bound(prompt), "mean request alone on a GPU: its decode steps / their number");
  add_op_rows(input, limits, roofline, rows);
  return rows;
}

}  // namespace headroom
