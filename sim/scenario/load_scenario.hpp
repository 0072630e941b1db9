// sim/scenario/load_scenario.hpp -- a scenario file to a validated Scenario.
// The file is parsed, overrides are applied, sections are read in the order of the schema, rules
// between keys are checked; everything that is wrong is reported in one ConfigError, each line at
// its position. Keys: README, "Scenario keys".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/diagnostics.hpp"
#include "sim/config/node.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

struct LoadOptions {
  std::vector<std::string>
      overrides;               // "serving.max_num_seqs=64", in order; the same checks apply to them
  std::string base_directory;  // relative paths in the scenario start here
  bool may_read_files = true;  // false: every path is an error (fuzzing)
  // False: memory that is too small is no error but Scenario::unfit, so that a sweep can record it.
  bool unfit_is_error = true;
};

// Throws ConfigError. Relative paths start at the folder of the file.
Scenario load_scenario(const std::string& path, const std::vector<std::string>& overrides = {});
// The same for a text that is shown as `file` in messages.
Scenario load_scenario_text(std::string_view text, const std::string& file,
                            const LoadOptions& options = {});

// Applies overrides to a scenario that is parsed but not read, short forms of keys included.
void apply_to_document(const std::vector<std::string>& overrides, Node& document,
                       Diagnostics& diagnostics);
// As load_scenario_text for a document that is parsed: many variants of one cost no parsing.
Scenario load_scenario_document(Node document, const std::string& file,
                                const LoadOptions& options = {});

// The part of a scenario that one iteration depends on, for commands that take it from flags.
struct SystemConfig {
  ModelSpec model;
  Hardware hardware;
  DataTypes dtype;
  Parallelism parallelism;  // any size that divides the model's heads
  std::string cost_model;
  std::vector<ResolvedKey> keys;
};
// From nothing but "key=value" texts, such as "model=llama-3.1-8b", "hardware.gpu=h100-sxm",
// "parallelism.tensor=8".
SystemConfig load_system(const std::vector<std::string>& settings);

}  // namespace headroom
