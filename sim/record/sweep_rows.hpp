// sim/record/sweep_rows.hpp -- sweeps in a results file: what a sweep is, and which run each of its
// points is. Everything here may be done again without a change.
#pragma once

#include <cstdint>
#include <span>

#include "sim/record/database.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/statement.hpp"

namespace headroom {

// In a transaction of its own.
void record_sweep(Database& database, const SweepRecord& sweep);

enum class RunState { kAbsent, kFinished, kFailed };

// Asked for many runs.
class RunStates {
 public:
  explicit RunStates(Database& database);
  RunState of(std::int64_t run_id);
  bool is_placed(std::int64_t sweep_id, std::int64_t position, std::int64_t run_id);

 private:
  Statement state_, place_;
};

// Within the caller's transaction. A key that has another spelling of its value keeps the one that
// sorts first, so that no order shows.
void place_run(Database& database, std::int64_t run_id, const SweepPlace& place);
void insert_params(Database& database, std::int64_t run_id, std::span<const ParamRow> params);

}  // namespace headroom
