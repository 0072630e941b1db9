// sim/app/scenario_options.hpp -- what every command that starts from a scenario file takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/app/option_set.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

struct ScenarioOptions {
  std::string path;
  std::vector<std::string> overrides;
  std::optional<std::int64_t> seed;
  std::string format = "table";

  void declare(OptionSet& options);
  // Throws ConfigError with everything that is wrong with the file or an override.
  Scenario load() const;
  OutputFormat output_format() const { return output_format_from_name(format); }
};

}  // namespace headroom
