// sim/app/explain_report.hpp -- an explanation as text for people, as rows and as JSON.
#pragma once

#include <string>

#include "analysis/explain/explanation.hpp"
#include "sim/record/table.hpp"

namespace headroom {

std::string explain_text(const std::string& name, const Explanation& explanation);

// One row per resource, as the scenario stands and, if something matters, once that is doubled:
// doubled, resource, amount, elasticity, from, value_less, value_more, value_doubled, problem.
Table explain_table(const Explanation& explanation);

// {name, metric, base: {value, makespan_s, ...}, resources: [...], next: {...}, limits: {...}}; see
// the README, "Machine-readable output".
std::string explain_json(const std::string& name, const Explanation& explanation);

}  // namespace headroom
