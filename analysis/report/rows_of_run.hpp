// analysis/report/rows_of_run.hpp -- the rows of one table that belong to one run. Internal to
// analysis/report.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/record/statement.hpp"

namespace headroom {

// `sql` has one parameter, the run.
template <class Visit>
void for_rows_of_run(Database& database, std::string_view sql, std::int64_t run_id, Visit visit) {
  Statement statement(database, sql);
  statement.bind(1, run_id);
  while (statement.step()) visit(statement);
}

}  // namespace headroom
