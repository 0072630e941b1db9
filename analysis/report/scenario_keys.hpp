// analysis/report/scenario_keys.hpp -- in which keys the scenarios of the runs differ. Runs of a
// sweep say it themselves (the table `param`); for others the resolved texts are compared.
#pragma once

#include <string>
#include <vector>

namespace headroom {

// A key of a sweep's axis, and its value as written, with its unit.
struct ScenarioChange {
  std::string key, value;
};

struct StoredScenario {
  std::string text;                     // of a run of a sweep that of its base
  std::vector<ScenarioChange> changes;  // of that text
};

struct DifferingKeys {
  std::vector<std::string> keys;                 // dotted, those of sweep axes first
  std::vector<std::vector<std::string>> values;  // by run, then key; "": not in that scenario
};

// Only keys that somebody chose in some run, in a file or on the command line: what catalogues and
// defaults give follows from them. A text that is no YAML differs in no key.
DifferingKeys differing_keys(const std::vector<StoredScenario>& scenarios);

}  // namespace headroom
