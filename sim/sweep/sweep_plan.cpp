#include "sim/sweep/sweep_plan.hpp"

#include <algorithm>

#include "sim/config/quantity.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "sim/sweep/placed_errors.hpp"

namespace headroom {
namespace {

std::string remark_of(const std::vector<std::string>& settings) {
  if (settings.empty()) return "";
  std::string text;
  for (const auto& setting : settings) text += (text.empty() ? " (with " : ", ") + setting;
  return text + ')';
}

PlacedErrors places_of(const SweepPlan& plan, const std::vector<std::string>& settings) {
  PlacedErrors places;
  for (const auto& axis : plan.axes)
    for (const auto& value : axis.values)
      for (const auto& setting : value.settings)
        if (std::find(settings.begin(), settings.end(), setting) != settings.end())
          places.add(setting, value.where);
  return places;
}

}  // namespace

Scenario scenario_of(const SweepPlan& plan, const std::vector<std::string>& settings,
                     std::int64_t seed, bool unfit_is_error) {
  LoadOptions options{.overrides = settings,
                      .base_directory = plan.base.base_directory,
                      .unfit_is_error = unfit_is_error};
  options.overrides.push_back("seed=" + std::to_string(seed));
  try {
    return load_scenario_document(plan.base.document, plan.base.file, options);
  } catch (const ConfigError& error) {
    const PlacedErrors places = places_of(plan, settings);
    Diagnostics moved;
    for (const auto& found : error.diagnostics())
      moved.add({places.placed(found, remark_of(settings))});
    moved.throw_if_any();
    throw;
  }
}

Scenario scenario_of(const SweepPlan& plan, const SweepPoint& point, bool unfit_is_error) {
  return scenario_of(plan, point.settings, point.seed, unfit_is_error);
}

std::optional<Shard> parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto part = parse_integer(text.substr(0, slash));
  const auto parts = parse_integer(text.substr(slash + 1));
  if (!part || !parts || *part < 1 || *part > *parts) return std::nullopt;
  return Shard{*part, *parts};
}

}  // namespace headroom
