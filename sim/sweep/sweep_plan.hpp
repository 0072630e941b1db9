// sim/sweep/sweep_plan.hpp -- a sweep: a base scenario, axes over its keys, and the points that are
// left of their product. A point is a list of overrides of the base (`--set` texts); its scenario
// is loaded when it is wanted, so that a plan of 100,000 points stays small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/config/node.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/sweep/expression.hpp"

namespace headroom {

struct AxisValue {
  std::string label;                  // short, for people and plots: "h100-sxm", "4 /s", "cheap"
  std::vector<std::string> settings;  // overrides: "hardware.gpu=h100-sxm"
  SourcePosition where;               // in the sweep file
};

// What varies together. An axis over one key is named after it; zipped axes and variants have names
// of their own and set several keys.
struct Axis {
  std::string name;
  std::vector<std::string> keys;  // that any of its values sets
  std::vector<AxisValue> values;
  SourcePosition where;
};

struct SweepPoint {
  std::int64_t position = 0;             // in SweepPlan::points
  std::vector<std::size_t> coordinates;  // index into the values of each axis
  std::int64_t seed = 0;
  std::vector<std::string> settings;  // of its coordinates, in the order of the axes; not the seed
};

// "serving.max_num_seqs * hardware.replicas <= 512": points for which it is false are left out.
// Names are keys of axes; a value with a unit counts in base units (s, B, B/s, FLOP/s, 1/s).
struct Constraint {
  std::string text;
  SourcePosition where;
  Expression condition;
};

// What every point starts from.
struct SweepBase {
  Node document;               // of the scenario, with `set:` and the overrides of the command line
  std::string file;            // that its positions name
  std::string base_directory;  // where its relative paths start
  // The document as YAML, as it was written, not resolved: defaults of a point follow from its own
  // values, not from those of the base. What the database keeps once for all points.
  std::string text;
  std::int64_t scenario_id = 0;  // 63-bit hash of the text; never the id of a resolved scenario
};

// The key `search:`, for analysis/search; kind kNull when the sweep is exhaustive.
using SearchNode = Node;

struct SweepPlan {
  std::string name;
  std::string file;       // as it was given
  std::string base_path;  // `base:` as written; "" when the scenario stands in the sweep file
  // The sweep in canonical YAML: what a results file keeps. Comments, the time limit and the search
  // are left out: they change no point.
  std::string text;
  std::int64_t sweep_id = 0;  // 63-bit hash of the text and the base's
  SweepBase base;
  std::vector<Axis> axes;
  std::vector<SweepPoint> points;  // the last axis varies fastest, then the seed
  std::vector<Constraint> constraints;
  std::int64_t excluded = 0;          // points of the product that break a constraint
  std::int64_t seeds = 1;             // replications of each point: seeds from the base's up
  std::optional<Seconds> time_limit;  // wall time of one run
  SearchNode search;
};

// The scenario of a point. `unfit_is_error` false: one that does not fit into memory is returned
// with Scenario::unfit saying why. Throws ConfigError: what an axis has set wrong is placed at the
// value in the sweep file.
Scenario scenario_of(const SweepPlan& plan, const SweepPoint& point, bool unfit_is_error = true);
// The same for any other settings of the base, such as those that a search tries.
Scenario scenario_of(const SweepPlan& plan, const std::vector<std::string>& settings,
                     std::int64_t seed, bool unfit_is_error = true);

// Part `part` of `parts` (from 1) of the points: every parts-th. Disjoint, and together all.
// nullopt for a text that is not "i/n" with 1 <= i <= n.
struct Shard {
  std::int64_t part = 1, parts = 1;
  bool holds(std::int64_t position) const { return position % parts == part - 1; }
};
std::optional<Shard> parse_shard(std::string_view text);

}  // namespace headroom
