// tests/unit/sim/sweep/sweep_texts.hpp -- sweeps over a small scenario, as texts.
#pragma once

#include <string>
#include <vector>

#include "sim/sweep/load_sweep.hpp"

namespace headroom::test {

// A sweep file whose scenario stands in it. `rest` is the sections behind it; line 5 is its first.
inline std::string sweep_text(const std::string& rest) {
  return "scenario:\n"
         "  model: llama-3.1-8b\n"
         "  hardware: {gpu: h100-sxm}\n"
         "  workload: {arrivals: {process: poisson, rate: 1 /s}, prompt_tokens: 9, output_tokens: "
         "9, requests: 9}\n" +
         rest;
}

inline SweepPlan sweep_of(const std::string& rest, const std::vector<std::string>& overrides = {}) {
  return load_sweep_text(sweep_text(rest), "sweep.yaml", "", overrides);
}

// The labels of the first axis.
inline std::vector<std::string> labels_of(const std::string& rest) {
  const SweepPlan plan = sweep_of(rest);
  std::vector<std::string> labels;
  for (const auto& value : plan.axes.front().values) labels.push_back(value.label);
  return labels;
}

// The settings of each point, joined by blanks.
inline std::vector<std::string> settings_of(const SweepPlan& plan) {
  std::vector<std::string> all;
  for (const auto& point : plan.points) {
    std::string text;
    for (const auto& setting : point.settings) text += (text.empty() ? "" : " ") + setting;
    all.push_back(text);
  }
  return all;
}

}  // namespace headroom::test
