// Scenario texts for the tests of the loader.
#pragma once

#include <string>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/scenario/load_scenario.hpp"

namespace headroom {

// Line 1 is the model, 2 the hardware, 3 the workload; what a test adds starts at line 4.
inline const std::string kBase =
    "model: llama-2-7b\n"
    "hardware: {gpu: a100-80gb-sxm}\n"
    "workload: {arrivals: {process: poisson, rate: 4 /s}, prompt_tokens: 100, output_tokens: 10, "
    "requests: 20}\n";

inline Scenario load(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return load_scenario_text(text, "s.yaml", {overrides, "", true});
}

// Everything that is reported, one line each; "" when the scenario is fine.
inline std::string problems(const std::string& text,
                            const std::vector<std::string>& overrides = {}) {
  try {
    load(text, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace headroom
