// analysis/validate/validation_case.hpp -- what a prediction is held against: one file says which
// rows of which measured table, how each is simulated, what is compared, and which rows were used
// to fit something. A user adds a case by writing such a file, without code.
//
//   case: offload/deepspeed_t4      # its name; --case takes patterns of it
//   group: offload                  # summaries are per group
//   kind: run                       # simulate a scenario, compare a metric of the run
//   data:
//     file: ${HEADROOM_DATA}/measured/tables/offload_throughput.csv
//     where: {system: DeepSpeed*}   # a pattern, or a list of them, per column
//   label: [model, batch]           # columns that tell a row from others, for people
//   predict: output_tokens_per_s    # see prediction_names()
//   measured: value                 # the column it is compared with
//   efficiency: {key: system.efficiency, value: 0.7}  # the one fitted number, set in every run
//   scenario: {...}                 # $column is replaced by what the row has there
//   rows:                           # absent: every row that `where` selects, held
//     - {line: 5, use: fit}         # 2 is the first line below the header
//     - {line: 6, use: held, set: {model: opt-30b}, predict: tpot_mean_s}
//     - {line: 7, use: excluded, why: "rounded to one digit"}
//
// With `rows`, each row that `where` selects must be listed, so that none goes missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace headroom {

enum class RowUse {
  kFit,      // the efficiency was fitted on it
  kHeld,     // predicted without having been looked at
  kExcluded  // counted, with its reason, not predicted
};
std::string_view name_of(RowUse use);  // "fit", "held", "excluded"

struct ColumnFilter {
  std::string column;
  std::vector<std::string> patterns;  // one of them matches
  SourcePosition where;
};

struct CaseRow {
  std::int64_t line = 0;
  RowUse use = RowUse::kHeld;
  std::string why;                     // it is excluded
  std::string predict;                 // instead of the case's; "" for the same
  std::vector<std::string> overrides;  // "model=opt-30b"
  SourcePosition where;
};

struct FittedEfficiency {
  std::string key;  // of the scenario: "system.efficiency"
  double value = 1;
};

struct ValidationCase {
  std::string name, group;
  std::string data_file;  // as written
  SourcePosition data_where;
  std::vector<ColumnFilter> filters;
  std::vector<ColumnFilter> label;  // columns, no patterns
  std::string predict;              // "": every row is excluded
  std::string measured;
  SourcePosition measured_where;
  std::optional<FittedEfficiency> efficiency;
  // The scenario as YAML, each line where it stands in the case file, so that positions in messages
  // are those of the case file.
  std::string scenario;
  std::optional<std::vector<CaseRow>> rows;  // absent: all that the filters select, held
  std::string file;                          // as shown in messages
};

// Throws ConfigError with all that is wrong with the form of the file. Whether the rows and columns
// exist is known only with the data (case_plan.hpp).
ValidationCase read_validation_case(std::string_view text, const std::string& file);

}  // namespace headroom
