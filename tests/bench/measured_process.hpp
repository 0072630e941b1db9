// tests/bench/measured_process.hpp -- what a whole process costs: the only honest measure of a
// command.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace headroom::bench {

double cpu_seconds();  // of this process so far: what else the machine does is not in it

struct ProcessCost {
  bool succeeded = false;
  double cpu_s = 0;  // user and system
  double wall_s = 0;
  std::int64_t peak_rss_bytes = 0;
  double mebibytes() const { return static_cast<double>(peak_rss_bytes) / 0x1p20; }
};

// Runs a command with its stdout thrown away; stderr is passed on.
ProcessCost run_process(const std::vector<std::string>& command);

// CPU seconds that `work` takes, in a forked child of its own (SimGrid allows one engine per
// process), and a number it returns.
struct WorkCost {
  double cpu_s = 0;
  double result = 0;
};
WorkCost measure_in_child(const std::function<double()>& work);
// The cheapest of several times: what the machine does besides only ever adds.
WorkCost cheapest_in_child(int times, const std::function<double()>& work);

}  // namespace headroom::bench
