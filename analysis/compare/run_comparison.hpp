// analysis/compare/run_comparison.hpp -- two recorded runs side by side: what is different in the
// scenario, in the result, in where the time went and in the limits. Values of the first run are in
// columns `a`, of the second in `b`; `difference` is b - a and `ratio` b / a, absent where there is
// nothing to divide.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/config/resolved_key.hpp"
#include "sim/record/database.hpp"
#include "sim/record/table.hpp"

namespace headroom {

struct ComparedRun {
  Database& database;
  std::int64_t run_id = 0;
  std::vector<ResolvedKey> keys;  // of its scenario
};

struct RunComparison {
  // key, a, b, origin_a, origin_b. What somebody chose comes first; then what followed from it:
  // data sheets, defaults, presets.
  Table scenario;
  // metric, a, b, difference, ratio; in the order of run_metric.
  Table metrics;
  // category, a_s, b_s, difference_s: seconds of one device, the largest difference first, and the
  // sum of all in the end: the makespans. When the runs are bound by different resources each has
  // categories of its own.
  Table ledger;
  // name, metric, unit, a, b, ratio, binding_a, binding_b.
  Table limits;
};

// What is equal is left out, unless `all`. Runs without a result have empty tables for it.
RunComparison compare_runs(const ComparedRun& a, const ComparedRun& b, bool all);

// The scenario alone.
Table compare_keys(const std::vector<ResolvedKey>& a, const std::vector<ResolvedKey>& b, bool all);

}  // namespace headroom
