// tests/sweep/small_sweep.hpp -- sweeps that take no time, in a folder of their own.
#pragma once

#include <string>
#include <vector>

#include "tests/cli/process.hpp"

namespace headroom::test {

// A folder with base.yaml and sweep.yaml. Two limits on two GPUs, of which one is too small: two
// runs that finish and two that fail. With more seeds, so many times that.
void write_small_sweep(const cli::Folder& folder, int seeds = 1);

// `headroom sweep sweep.yaml --db FILE --jobs N` and what else is given.
std::vector<std::string> sweep_arguments(const std::string& database, int jobs = 1,
                                         const std::vector<std::string>& more = {});
// The same as a whole command line, for other programs that start it.
std::vector<std::string> sweep_command(const std::vector<std::string>& prefix,
                                       const std::string& database, int jobs = 1);

}  // namespace headroom::test
