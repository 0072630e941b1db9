#include "sim/app/planned_runs.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "sim/app/child_processes.hpp"
#include "sim/app/packed_fields.hpp"
#include "sim/app/version.hpp"
#include "sim/config/quantity.hpp"
#include "sim/record/run_writer.hpp"
#include "sim/scenario/identity.hpp"
#include "sim/sweep/axes_section.hpp"

namespace headroom {
namespace {

constexpr std::size_t kMostMistakes = 20;
constexpr std::size_t kSmallestChunk = 16, kLargestChunk = 256;

// What a process says of each of its points: 's', hash, name, unfit; or 'e' and its diagnostics.
void describe(const SweepPlan& plan, const SweepPoint& point, FieldWriter& fields) {
  try {
    const Scenario scenario = scenario_of(plan, point, /*unfit_is_error=*/false);
    fields.add("s");
    fields.add(static_cast<std::int64_t>(scenario_hash(scenario)));
    fields.add(scenario.name);
    fields.add(scenario.unfit);
  } catch (const ConfigError& error) {
    fields.add("e");
    fields.add(static_cast<std::int64_t>(error.diagnostics().size()));
    for (const auto& found : error.diagnostics()) {
      fields.add(found.where.file);
      fields.add(std::int64_t{found.where.line});
      fields.add(std::int64_t{found.where.column});
      fields.add(found.message);
    }
  }
}

// Points that share a mistake report it once.
class Mistakes {
 public:
  void take(FieldReader& fields) {
    for (std::int64_t left = fields.number(); left > 0; --left) {
      Diagnostic found;
      found.where.file = fields.text();
      found.where.line = static_cast<int>(fields.number());
      found.where.column = static_cast<int>(fields.number());
      found.message = fields.text();
      // The values of the point stand behind the message.
      const std::string cause = found.message.substr(0, found.message.find(" (with "));
      if (!seen_.insert(to_string({found.where, cause})).second) continue;
      if (seen_.size() <= kMostMistakes) diagnostics_.add({found});
    }
  }
  void throw_if_any(const std::string& file) {
    if (seen_.size() > kMostMistakes)
      diagnostics_.error({file, 0, 0},
                         std::to_string(seen_.size() - kMostMistakes) + " more like these");
    diagnostics_.throw_if_any();
  }

 private:
  std::set<std::string> seen_;
  Diagnostics diagnostics_;
};

std::string coordinates_text(const SweepPoint& point) {
  std::string text;
  for (const std::size_t value : point.coordinates)
    text += (text.empty() ? "" : ",") + std::to_string(value);
  return '[' + text + ']';
}

struct UnitName {
  Dimension dimension;
  const char* unit;
};
constexpr std::array kBaseUnits{
    UnitName{Dimension::kNone, ""},        UnitName{Dimension::kTime, "s"},
    UnitName{Dimension::kBytes, "B"},      UnitName{Dimension::kBandwidth, "B/s"},
    UnitName{Dimension::kRate, "/s"},      UnitName{Dimension::kFlops, "FLOP/s"},
    UnitName{Dimension::kFrequency, "Hz"}, UnitName{Dimension::kPower, "W"},
    UnitName{Dimension::kPrice, "USD/h"}};

}  // namespace

std::vector<ParamRow> params_of(const std::vector<std::string>& settings) {
  std::vector<ParamRow> params;
  for (const auto& setting : settings) {
    ParamRow row{std::string(key_of(setting)), std::string(value_of(setting)), "", "axis", {}};
    for (const auto& [dimension, unit] : kBaseUnits) {
      const auto parsed = parse_quantity(row.value, dimension);
      if (!parsed.value) continue;
      row.number = parsed.value;
      row.unit = unit;
      break;
    }
    params.push_back(std::move(row));
  }
  return params;
}

SweepPlace place_of(const SweepPlan& plan, const SweepPoint& point) {
  return {plan.sweep_id, point.position, coordinates_text(point), params_of(point.settings)};
}

std::vector<PlannedRun> plan_runs(const SweepPlan& plan, std::span<const SweepPoint> points,
                                  int jobs) {
  const std::size_t chunk = std::clamp(points.size() / (4 * static_cast<std::size_t>(jobs) + 1),
                                       kSmallestChunk, kLargestChunk);
  const std::size_t chunks = (points.size() + chunk - 1) / chunk;
  const auto said = run_in_children(static_cast<int>(chunks), jobs, [&](int c) {
    FieldWriter fields;
    const std::size_t first = static_cast<std::size_t>(c) * chunk;
    for (std::size_t i = first; i < std::min(first + chunk, points.size()); ++i)
      describe(plan, points[i], fields);
    return fields.take();
  });
  Mistakes mistakes;
  std::vector<PlannedRun> runs;
  std::map<std::int64_t, std::size_t> run_of_id;
  auto point = points.begin();
  for (const auto& text : said)
    for (FieldReader fields(text); !fields.at_end(); ++point) {
      if (fields.text() == "e") {
        mistakes.take(fields);
        continue;
      }
      PlannedRun run;
      run.identity.scenario_hash = static_cast<std::uint64_t>(fields.number());
      run.identity.name = fields.text();
      run.unfit = fields.text();
      run.identity.seed = point->seed;
      run.identity.code_version = code_version();
      run.identity.base_scenario_id = plan.base.scenario_id;
      const auto [place, is_new] = run_of_id.emplace(run_id_of(run.identity, 0), runs.size());
      if (is_new) runs.push_back(std::move(run));
      runs[place->second].points.push_back(&*point);
    }
  mistakes.throw_if_any(plan.file);
  return runs;
}

SweepRecord sweep_record(const SweepPlan& plan) {
  SweepRecord record{plan.sweep_id,
                     plan.name,
                     plan.text,
                     plan.base.scenario_id,
                     plan.base.text,
                     static_cast<std::int64_t>(plan.points.size()),
                     {}};
  for (std::size_t a = 0; a < plan.axes.size(); ++a)
    for (std::size_t v = 0; v < plan.axes[a].values.size(); ++v)
      record.values.push_back({static_cast<std::int64_t>(a), static_cast<std::int64_t>(v),
                               plan.axes[a].name, plan.axes[a].values[v].label});
  return record;
}

}  // namespace headroom
