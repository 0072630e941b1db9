// sim/record/merge.hpp -- the runs and sweeps of one results file into another: parts of a sweep
// that were run on several machines. Doing it again changes nothing, and the order of the inputs
// does not show: of two results of the same run a finished one stands before a failed one, then
// one with request rows before a summary.
#pragma once

#include <cstdint>
#include <string>

#include "sim/record/database.hpp"

namespace headroom {

struct MergeCounts {
  std::int64_t added = 0;     // runs that were not there
  std::int64_t replaced = 0;  // runs of which the other file knew more
  std::int64_t known = 0;     // runs that stay as they are
};

// In transactions of some hundred runs: what is killed half-way is whole, and is completed by the
// same call. Throws UserError when `from` cannot be read, has another schema version, or is `into`
// itself.
MergeCounts merge_results(Database& into, const std::string& from);

}  // namespace headroom
