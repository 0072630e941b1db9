// sim/record/sql_functions.hpp -- SQL aggregates over the points of a sweep, on every connection
// that reads. They look at each point once where GROUP BY and window functions sort: 100,000 points
// of five axes take 0.1 s instead of 0.6 s.
//
//   axis_means('[2,0,1]', ttft_p99_s)
//     JSON, an array for each value of an axis that occurs, in the order of axes and values:
//     [[axis, value, count, mean, mean of squares], ...]. Coordinates are those of sweep_run;
//     anything else is an error.
//   pareto_front(run_id, gain_x, gain_y)
//     JSON array of the ids that no other row beats: none is at least as good in both gains (more
//     is better) and better in one. Of equal rows the smallest id. Best in x first.
//
// Rows in which a value is NULL are passed over.
#pragma once

struct sqlite3;

namespace headroom {

// SQLite's result code.
int add_sql_functions(sqlite3* handle);

}  // namespace headroom
