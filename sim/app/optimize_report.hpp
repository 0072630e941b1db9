// sim/app/optimize_report.hpp -- what `headroom optimize` found: as text for a terminal, as one
// table, and as a JSON object.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/search/search.hpp"
#include "analysis/search/system_space.hpp"
#include "sim/record/table.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

struct OptimizeReport {
  // What a simulated candidate says besides its objectives.
  struct Facts {
    double attained_fraction = 0;
    std::string largest_wait;  // a ledger category, "" if the GPU waits for nothing
  };

  Scenario scenario;                     // as it is, which is candidate 0
  std::vector<std::string> run_command;  // "headroom", "run", the file, what was overridden
  std::vector<Settings> candidates;
  std::vector<SearchEntry> entries;  // of search(); values are tokens/s and seconds per token
  std::map<std::size_t, Facts> facts;
};

// The front, the command line of its best, and why the rest lost; at most 160 columns wide where
// the settings are few and short, as those of system_candidates are. Settings are shown by the last
// words of their keys, one column each, and only those that differ.
std::string optimize_text(const OptimizeReport& report);
// Every candidate: fate, settings, estimate, result, reason.
Table optimize_table(const OptimizeReport& report);
// {name, objectives, candidates, simulated, best: {command, settings, simulated} or null, entries:
// [{fate, candidate, settings: {key: value}, estimate: {output_tokens_per_s, tpot_mean_s, bound} or
// null, simulated: {output_tokens_per_s, tpot_mean_s, attained_fraction, largest_wait} or null,
// lost_to: a candidate or null, reason}]}
std::string optimize_json(const OptimizeReport& report);

}  // namespace headroom
