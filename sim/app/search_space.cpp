#include "sim/app/search_space.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "analysis/search/metric_bounds.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/packed_fields.hpp"
#include "sim/base/check.hpp"
#include "sim/config/quantity.hpp"

namespace headroom {
namespace {

constexpr std::size_t kSmallestChunk = 4;

// A number as the shortest text that reads as the same number.
std::string exact_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string trace_key_of(const Scenario& scenario) {
  const bool has_trace =
      std::any_of(scenario.keys.begin(), scenario.keys.end(),
                  [](const auto& key) { return key.key.starts_with("workload.trace."); });
  return has_trace ? "workload.trace.limit" : "workload.requests";
}

void pack(const MetricValues& values, FieldWriter& fields) {
  fields.add(static_cast<std::int64_t>(values.size()));
  for (const auto& [name, value] : values) {
    fields.add(name);
    fields.add(exact_text(value));
  }
}

MetricValues unpack_values(FieldReader& fields) {
  MetricValues values;
  for (std::int64_t left = fields.number(); left > 0; --left) {
    const std::string name = fields.text();
    values[name] = std::strtod(fields.text().c_str(), nullptr);
  }
  return values;
}

void describe(const SweepPlan& plan, const SearchGoal& goal, const SearchPoint& point,
              FieldWriter& fields) {
  const Scenario scenario = scenario_of(plan, point.replications.front(), /*unfit_is_error=*/false);
  fields.add(scenario.unfit);
  fields.add(missing_for(goal, scenario));
  fields.add(trace_key_of(scenario));
  fields.add(exact_text(scenario.measure_after.value));
  fields.add(scenario.measure_until ? exact_text(scenario.measure_until->value) : "");
  MetricBounds bounds;
  if (scenario.unfit.empty()) bounds = metric_bounds(scenario);
  fields.add(bounds.requests);
  pack(bounds.best, fields);
}

void take_description(FieldReader& fields, const std::string& file, SearchPoint& point,
                      Contender& contender) {
  contender.refusal = fields.text();
  const std::string missing = fields.text();
  if (!missing.empty()) throw UserError("error: " + file + ": " + missing);
  point.trace_key = fields.text();
  point.measure_after = Seconds{std::strtod(fields.text().c_str(), nullptr)};
  if (const std::string until = fields.text(); !until.empty())
    point.measure_until = Seconds{std::strtod(until.c_str(), nullptr)};
  contender.requests = fields.number();
  contender.best = unpack_values(fields);
  contender.coordinates = point.replications.front().coordinates;
  if (contender.refusal.empty() && contender.requests == 0)
    contender.refusal = "its workload has no requests";
}

// Points that differ in nothing but the seed stand beside each other.
std::vector<SearchPoint> points_of(const SweepPlan& plan) {
  std::vector<SearchPoint> points;
  for (const auto& point : plan.points) {
    if (points.empty() || points.back().replications.front().coordinates != point.coordinates)
      points.emplace_back();
    points.back().replications.push_back(point);
  }
  return points;
}

}  // namespace

SearchSpace describe_space(const SweepPlan& plan, const SearchGoal& goal, int jobs) {
  SearchSpace space;
  space.points = points_of(plan);
  const std::size_t count = space.points.size();
  const std::size_t chunk =
      std::max(kSmallestChunk, count / (4 * static_cast<std::size_t>(jobs) + 1));
  const std::size_t chunks = (count + chunk - 1) / chunk;
  const auto said = run_in_children(static_cast<int>(chunks), jobs, [&](int c) {
    FieldWriter fields;
    const std::size_t first = static_cast<std::size_t>(c) * chunk;
    for (std::size_t i = first; i < std::min(first + chunk, count); ++i) {
      stop_if_interrupted();
      describe(plan, goal, space.points[i], fields);
    }
    return fields.take();
  });
  for (const auto& text : said)
    for (FieldReader fields(text); !fields.at_end();) {
      Contender contender;
      take_description(fields, plan.file, space.points[space.contenders.size()], contender);
      space.contenders.push_back(std::move(contender));
    }
  HEADROOM_CHECK(space.contenders.size() == count, "every point is described");
  return space;
}

std::vector<std::string> settings_of_part(const SearchPoint& point, std::int64_t requests,
                                          std::int64_t whole) {
  std::vector<std::string> settings{point.trace_key + '=' + std::to_string(requests)};
  const double share = static_cast<double>(requests) / static_cast<double>(whole);
  const auto shorten = [&](const char* key, Seconds date) {
    settings.push_back(std::string(key) + '=' +
                       format_quantity(date.value * share, Dimension::kTime));
  };
  if (point.measure_after.value > 0) shorten("measure.after", point.measure_after);
  if (point.measure_until) shorten("measure.until", *point.measure_until);
  return settings;
}

}  // namespace headroom
