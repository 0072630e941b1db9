#include "sim/app/scenario_options.hpp"

#include <limits>

#include "sim/scenario/load_scenario.hpp"

namespace headroom {

void ScenarioOptions::declare(OptionSet& options) {
  options.required_argument("SCENARIO", path, "a scenario file (YAML)");
  options.text_list("--set", "KEY=VALUE", overrides,
                    "override a key, such as serving.max_num_seqs=64; may be given many times");
  options.count("--seed", 0, std::numeric_limits<std::int64_t>::max(), seed,
                "override the scenario's seed");
  options.choice("--format", output_format_names(), format, "default: table");
}

Scenario ScenarioOptions::load() const {
  auto all = overrides;
  if (seed) all.push_back("seed=" + std::to_string(*seed));
  return load_scenario(path, all);
}

}  // namespace headroom
