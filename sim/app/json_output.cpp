// The only user of nlohmann-json, which takes 3 s to compile.
#include "sim/app/json_output.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "analysis/metrics/seed_means.hpp"

namespace headroom {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const std::optional<Distribution>& distribution) {
  if (!distribution) return nullptr;
  const auto& d = *distribution;
  return {{"mean", d.mean}, {"p50", d.p50}, {"p90", d.p90}, {"p95", d.p95}, {"p99", d.p99}};
}

Json limit_objects(std::span<const LimitRow> limits) {
  Json rows = Json::array();
  for (const auto& limit : limits)
    rows.push_back({{"name", limit.name},
                    {"metric", limit.metric},
                    {"value", limit.value},
                    {"unit", limit.unit},
                    {"binding_resource", limit.binding_resource},
                    {"source", limit.source}});
  return rows;
}

Json ledger_objects(std::span<const LedgerRow> ledger) {
  Json rows = Json::array();
  for (const auto& row : ledger)
    rows.push_back({{"category", row.category},
                    {"resource", row.resource},
                    {"seconds", static_cast<double>(row.duration_ns) * 1e-9},
                    {"duration_ns", row.duration_ns},
                    {"devices", row.devices}});
  return rows;
}

Json link_objects(std::span<const LinkTotal> links) {
  Json rows = Json::array();
  for (const auto& link : links)
    rows.push_back({{"link", link.link},
                    {"bandwidth_bytes_per_s", link.bandwidth},
                    {"bytes", link.bytes},
                    {"used_fraction", link.used_fraction}});
  return rows;
}

Json cache_objects(std::span<const CacheStatRow> caches) {
  Json rows = Json::array();
  for (const auto& cache : caches)
    rows.push_back(
        {{"cache", cache.cache},
         {"tier", cache.tier},
         {"accesses", cache.accesses},
         {"hits", cache.hits},
         {"evictions", cache.evictions},
         {"bytes_in", cache.bytes_in},
         {"offline_optimal_hits",
          cache.offline_optimal_hits ? Json(*cache.offline_optimal_hits) : Json(nullptr)}});
  return rows;
}

Json cell_value(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

Json row_objects(const Table& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) object[table.columns[i].name] = cell_value(row[i]);
    rows.push_back(std::move(object));
  }
  return rows;
}

Json run_object(const RecordedRun& recorded) {
  const auto& run = recorded.run;
  const auto& m = run.metrics;
  return {
      {"run_id", std::to_string(recorded.run_id)},
      {"name", run.identity.name},
      {"seed", run.identity.seed},
      {"makespan_s", m.makespan_s},
      {"requests", m.requests},
      {"completed", m.completed},
      {"rejected", m.rejected},
      {"cancelled", m.cancelled},
      {"preemptions", m.preemptions},
      {"iterations", m.iterations},
      {"measure",
       {{"after_s", m.measure_after_s},
        {"until_s", m.measure_until_s},
        {"requests", m.measured_requests}}},
      {"tokens",
       {{"prompt", m.prompt_tokens}, {"output", m.output_tokens}, {"cached", m.cached_tokens}}},
      {"throughput",
       {{"requests_per_s", m.requests_per_s},
        {"output_tokens_per_s", m.output_tokens_per_s},
        {"total_tokens_per_s", m.total_tokens_per_s}}},
      {"ttft_s", to_json(m.ttft_s)},
      {"tpot_s", to_json(m.tpot_s)},
      {"itl_s", to_json(m.itl_s)},
      {"e2e_s", to_json(m.e2e_s)},
      {"ttft_queued_s", to_json(m.ttft_queued_s)},
      {"queueing_s", to_json(m.queueing_s)},
      {"slo_attainment", number_or_null(m.slo_attainment)},
      {"goodput_requests_per_s", number_or_null(m.goodput_requests_per_s)},
      {"kv",
       {{"blocks", m.kv_blocks},
        {"prefix_hit_rate", number_or_null(m.prefix_hit_rate)},
        {"peak_blocks", m.kv_peak_blocks}}},
      {"binding_resource", m.binding_resource},
      {"attained_fraction", m.attained_fraction},
      {"price_per_hour", number_or_null(m.price_per_hour)},
      {"cost_usd_per_million_output_tokens", number_or_null(m.cost_usd_per_million_output_tokens)},
      {"limits", limit_objects(run.limits)},
      {"ledger", ledger_objects(run.ledger)},
      {"links", link_objects(run.links)},
      {"caches", cache_objects(run.cache_stats)},
      {"warnings", run.warnings}};
}

// Names come from files: what is not UTF-8 in them is replaced, not a reason to fail.
std::string pretty(const Json& json) {
  return json.dump(2, ' ', false, nlohmann::detail::error_handler_t::replace) + '\n';
}

}  // namespace

std::string run_json(const RecordedRun& recorded) { return pretty(run_object(recorded)); }

std::string seeds_json(std::span<const RecordedRun> recorded) {
  std::vector<RunMetrics> metrics;
  Json runs = Json::array();
  for (const auto& one : recorded) {
    metrics.push_back(one.run.metrics);
    runs.push_back(run_object(one));
  }
  Json means = Json::array();
  for (const auto& mean : means_over_seeds(metrics))
    means.push_back({{"metric", mean.metric},
                     {"mean", mean.mean},
                     {"half_width_95", number_or_null(mean.half_width)},
                     {"runs", mean.runs}});
  return pretty({{"name", recorded.empty() ? "" : recorded.front().run.identity.name},
                 {"means", means},
                 {"runs", runs}});
}

std::string ops_json(const OpsTable& ops) {
  Json rows = Json::array();
  for (const auto& op : ops.rows)
    rows.push_back(
        {{"name", op.name},
         {"count", op.count},
         {"flops", op.flops},
         {"hbm_bytes", op.hbm_bytes},
         {"comm_bytes", op.comm_bytes},
         {"time_s", op.time_s},
         {"bound", op.bound},
         {"arithmetic_intensity", op.hbm_bytes > 0 ? Json(op.arithmetic_intensity) : Json(nullptr)},
         {"weight_bytes", op.weight_bytes},
         {"kv_bytes", op.kv_bytes},
         {"activation_bytes", op.activation_bytes},
         {"window", op.window},
         {"in_range", op.in_range}});
  return pretty({{"iteration_s", ops.iteration_s}, {"ops", rows}});
}

std::string limits_json(std::span<const LimitRow> limits, const Table& capacity,
                        std::span<const std::string> warnings) {
  Json texts = Json::array();
  for (const auto& warning : warnings) texts.push_back(warning);
  return pretty({{"limits", limit_objects(limits)},
                 {"capacity", row_objects(capacity)},
                 {"warnings", texts}});
}

}  // namespace headroom
