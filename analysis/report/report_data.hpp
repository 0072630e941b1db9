// analysis/report/report_data.hpp -- what a report shows, as values: the runs chosen from a results
// file, everything about them that pictures and tables need, and nothing of how they are drawn.
// Texts that repeat (limits, ledger categories, scenario lines) are held once, so that a report of
// a thousand runs stays a few megabytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/report/scenario_keys.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/table.hpp"

namespace headroom {

// Distributions of latency are told by their values at these fractions, interpolated linearly: the
// percentiles of run_metric are among them.
inline constexpr std::array<double, 28> kReportFractions{
    0,    0.01, 0.05, 0.1, 0.15, 0.2, 0.25,  0.3,  0.35,  0.4,  0.45, 0.5,   0.55,  0.6,
    0.65, 0.7,  0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.98, 0.99, 0.995, 0.999, 1};
inline constexpr std::array<const char*, 4> kReportLatencies{"ttft", "tpot", "itl", "e2e"};

// The texts of a limit, the same for many runs.
struct LimitKind {
  std::string name, metric, unit, source;
  auto operator<=>(const LimitKind&) const = default;
};

struct ReportLimit {
  std::size_t kind = 0;  // of ReportData::limit_kinds
  double value = 0;      // may be infinite
  std::string binding_resource;
};

struct LedgerShare {
  std::size_t category = 0;      // of ReportData::categories
  std::int64_t duration_ns = 0;  // summed over devices
};

// Where a run stands in the roofline chart: what one GPU did on average over the whole run, idle
// time included, beside what its data sheet allows.
struct OperatingPoint {
  double flops_per_s = 0, bytes_per_s = 0;
  double peak_flops_per_s = 0, peak_bytes_per_s = 0;
};

// Use of one resource over time, of all replicas together.
struct UseSeries {
  std::string resource;
  double bin_width_s = 0;
  std::vector<double> used_fraction;  // of capacity, by bin from date 0
};

struct ReportRun {
  std::int64_t run_id = 0;
  double makespan_s = 0;                // 0 for a failed run
  std::vector<Cell> facts;              // by ReportData::fact_columns
  std::vector<std::string> parameters;  // by ReportData::parameters; "": the run has no such key
  std::vector<std::size_t> scenario;    // lines of ReportData::scenario_lines
  std::vector<ScenarioChange> changes;  // of that text, for a run of a sweep
  std::vector<std::string> warnings;
  std::vector<SloRow> slos;
  std::vector<ReportLimit> limits;
  std::vector<LedgerShare> ledger;
  std::string ledger_resource;
  std::int64_t devices = 0;  // that the ledger accounts for; 0 without one
  // By kReportLatencies, values at kReportFractions; empty where the file does not have them.
  std::array<std::vector<double>, kReportLatencies.size()> latencies;
  std::optional<OperatingPoint> operating_point;
  std::vector<UseSeries> use;  // empty: no time series
};

struct ReportData {
  // Columns of `run` and `run_metric`, in that order: names and units of the database.
  std::vector<std::string> fact_columns;
  std::vector<ReportRun> runs;
  std::vector<std::string> parameters;  // dotted keys in which the runs differ
  std::vector<std::string> scenario_lines;
  std::vector<LimitKind> limit_kinds;
  std::vector<std::string> categories;  // of ledgers, first mention first
};

}  // namespace headroom
