// sim/record/run_record.hpp -- everything a run leaves behind, as plain values: the rows of the
// database. The simulation fills it, the recorder writes it, analysis reads it. Column names are
// the API (README, "Database").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// Exact order statistics over completed requests (percentiles interpolate linearly, like numpy's
// default). Absent when there is nothing to summarise: never a NaN, never a 0 that was not
// measured.
struct Distribution {
  double mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0;
};

struct RunMetrics {
  double makespan_s = 0;
  std::int64_t requests = 0, completed = 0, rejected = 0, cancelled = 0, preemptions = 0;
  std::int64_t prompt_tokens = 0, output_tokens = 0, cached_tokens = 0;
  std::int64_t iterations = 0;
  // The window of the rates and distributions below.
  double measure_after_s = 0, measure_until_s = 0;
  std::int64_t measured_requests = 0;  // completed requests that arrived in the window
  double requests_per_s = 0, output_tokens_per_s = 0, total_tokens_per_s = 0;
  std::optional<Distribution> ttft_s, ttft_queued_s, tpot_s, itl_s, e2e_s, queueing_s;
  std::optional<double> slo_attainment, goodput_requests_per_s;  // absent without an `slo`
  std::int64_t kv_blocks = 0, kv_peak_blocks = 0;                // per replica; peak over replicas
  std::optional<double> prefix_hit_rate;  // hit / queried tokens; absent when nothing was looked up
  std::string binding_resource;
  double attained_fraction = 0;
  // USD/h of all replicas, and that over the output rate; absent without a price, never 0.
  std::optional<double> price_per_hour, cost_usd_per_million_output_tokens;
};

struct RequestRow {
  std::int64_t request_id = 0;
  std::string_view request_class;
  double arrival_s = 0;
  std::optional<double> queued_s, scheduled_s, first_token_s, finish_s;
  std::int64_t prompt_tokens = 0, output_tokens = 0, cached_tokens = 0, preemptions = 0;
  std::int64_t replica = -1;
  const char* status = "";
  const char* reason = "";
  std::optional<std::int64_t> parent_id;
};

struct IterationRow {
  std::int32_t replica = 0;
  std::int64_t start_ns = 0, duration_ns = 0;
  std::int32_t prefill_tokens = 0, decode_tokens = 0;
  std::int64_t kv_blocks_used = 0;
};

struct HistogramRow {
  std::string metric;  // "itl"
  double bin_start_s = 0, bin_width_s = 0;
  std::int64_t count = 0;
  std::int64_t total_ns = 0;  // exact sum of the values in the bin
};

struct ResourceUseRow {
  std::string resource;  // "compute", "hbm", "kv_blocks" ...
  std::int32_t replica = 0;
  double bin_start_s = 0, bin_width_s = 0;
  double busy_s = 0;    // time the resource was the one in use
  double amount = 0;    // work done on it in the bin
  double capacity = 0;  // the most that fits in the bin
};

// The same over the whole run, of all devices of the resource.
struct ResourceTotalRow {
  std::string resource;
  double amount = 0, capacity = 0;
};

struct CacheStatRow {
  std::string cache, tier;
  std::int64_t accesses = 0, hits = 0, evictions = 0, bytes_in = 0, bytes_out = 0;
  std::optional<std::int64_t> offline_optimal_hits;
};

struct LimitRow {
  std::string name;    // "ideal", "capacity", "offered", ...
  std::string metric;  // what `value` bounds: "makespan_s", "requests_per_s", ...
  double value = 0;
  std::string unit;
  std::string binding_resource;
  std::string source;  // formula and where it comes from
};

struct LedgerRow {
  std::string category;  // "useful", "extra_weights_offered", "wait_compute", "no_work", ...
  std::string resource;  // the binding resource class whose devices this accounts for
  std::int64_t duration_ns = 0;  // summed over `devices`
  std::int64_t devices = 0;
};

// Thresholds that requests of a class were judged by; a class without a row has no SLO.
struct SloRow {
  std::string request_class;
  std::optional<double> ttft_s, tpot_s, e2e_s;  // absent: always met
};

// A key that an axis of a sweep has set.
struct ParamRow {
  std::string key, value;        // as written, with its unit
  std::string unit;              // of `number`
  std::string source;            // "axis"
  std::optional<double> number;  // in base units; absent when the value is no number
};

// What a results file keeps of a sweep.
struct AxisValueRow {
  std::int64_t axis = 0, value = 0;
  std::string name, label;
};
struct SweepRecord {
  std::int64_t sweep_id = 0;
  std::string name, text;
  std::int64_t base_scenario_id = 0;
  std::string base_text;
  std::int64_t points = 0;
  std::vector<AxisValueRow> values;
};

// Where a run stands in a sweep, and the keys that make it so.
struct SweepPlace {
  std::int64_t sweep_id = 0, position = 0;
  std::string coordinates;  // "[2,0,1]"
  std::vector<ParamRow> params;
};

struct RunIdentity {
  std::string name;
  std::string scenario_text;  // resolved scenario with the origin of each value
  std::uint64_t scenario_hash = 0;
  std::int64_t seed = 0;
  std::string code_version;
  // Of a run of a sweep: its text is that of the base, changed by its parameters.
  std::optional<std::int64_t> base_scenario_id = {};
};

// Wall-clock facts: the only place for them is run_host.
struct HostFacts {
  double wall_s = 0, cpu_s = 0;
  std::int64_t peak_rss_bytes = 0;
  std::string started_at, host;
};

}  // namespace headroom
