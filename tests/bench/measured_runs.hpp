// tests/bench/measured_runs.hpp -- what whole runs of the headroom binary cost, results database
// included.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/measured_process.hpp"

namespace headroom::bench {

class MeasuredRuns {
 public:
  explicit MeasuredRuns(std::string binary);  // makes a folder for the results
  ~MeasuredRuns();                            // removes it
  MeasuredRuns(const MeasuredRuns&) = delete;
  MeasuredRuns& operator=(const MeasuredRuns&) = delete;

  // `headroom run SCENARIO --db ... more...`, the cheapest of several times.
  ProcessCost of_file(const std::string& scenario, int times,
                      const std::vector<std::string>& more = {}) const;
  ProcessCost of_text(const std::string& scenario, int times,
                      const std::vector<std::string>& more = {}) const;
  // `headroom --version`.
  ProcessCost of_start_up(int times) const;

 private:
  std::string binary_;
  std::filesystem::path folder_;
};

}  // namespace headroom::bench
