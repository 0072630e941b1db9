// tests/unit/analysis/explain/made_up_runs.hpp -- runs by formula instead of simulation, for two
// made-up resources.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/explain/explanation.hpp"

namespace headroom::test {

// "name=2.2": so many times as much.
inline Resource resource(const std::string& name) {
  return {name, "1", [name](double factor) {
            return std::optional<ResourceChange>({factor, {name + '=' + std::to_string(factor)}});
          }};
}

// Of which there are only whole ones.
inline Resource whole(const std::string& name, double count) {
  return {
      name, std::to_string(count), [name, count](double factor) {
        const double n = std::round(count * factor);
        if (n == count) return std::optional<ResourceChange>();
        return std::optional<ResourceChange>({n / count, {name + '=' + std::to_string(n / count)}});
      }};
}

using Amounts = std::map<std::string, double>;  // 1 where it is not named

// Later settings replace earlier ones.
inline Amounts amounts_of(const std::vector<std::string>& settings) {
  Amounts amounts;
  for (const auto& setting : settings) {
    const auto equals = setting.find('=');
    amounts[setting.substr(0, equals)] = std::stod(setting.substr(equals + 1));
  }
  return amounts;
}

inline double at(const Amounts& amounts, const std::string& name) {
  const auto found = amounts.find(name);
  return found == amounts.end() ? 1 : found->second;
}

// A run that takes so long and does nothing else; its rate is 1 / time.
inline Observation run_of(double seconds) {
  Observation seen;
  seen.metrics.makespan_s = seconds;
  seen.metrics.output_tokens_per_s = 1 / seconds;
  seen.metrics.tpot_s = Distribution{seconds, seconds, seconds, seconds, seconds};
  seen.metrics.binding_resource = "hbm";
  return seen;
}

inline RunTrials runs_of(const std::function<double(const Amounts&)>& seconds) {
  return [seconds](const std::vector<std::vector<std::string>>& all) {
    std::vector<Trial> trials;
    for (const auto& settings : all) trials.push_back({run_of(seconds(amounts_of(settings))), ""});
    return trials;
  };
}

}  // namespace headroom::test
