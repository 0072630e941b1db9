#include "tests/bench/measured_runs.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace headroom::bench {
namespace {

namespace fs = std::filesystem;

// What the machine does besides only ever adds.
template <class Measure>
ProcessCost cheapest(int times, const Measure& measure) {
  ProcessCost best;
  for (int i = 0; i < times; ++i) {
    const ProcessCost cost = measure();
    if (!cost.succeeded) throw std::runtime_error("headroom failed");
    if (i == 0 || cost.cpu_s < best.cpu_s) best = cost;
  }
  return best;
}

}  // namespace

MeasuredRuns::MeasuredRuns(std::string binary) : binary_(std::move(binary)) {
  std::string pattern = (fs::temp_directory_path() / "headroom-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("cannot create a folder for the results");
  folder_ = pattern;
}

MeasuredRuns::~MeasuredRuns() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

ProcessCost MeasuredRuns::of_file(const std::string& scenario, int times,
                                  const std::vector<std::string>& more) const {
  const fs::path database = folder_ / "results.sqlite";
  std::vector<std::string> command{binary_, "run", scenario, "--db", database.string()};
  command.insert(command.end(), more.begin(), more.end());
  return cheapest(times, [&] {
    fs::remove(database);
    return run_process(command);
  });
}

ProcessCost MeasuredRuns::of_text(const std::string& scenario, int times,
                                  const std::vector<std::string>& more) const {
  const fs::path file = folder_ / "scenario.yaml";
  std::ofstream(file) << scenario;
  return of_file(file.string(), times, more);
}

ProcessCost MeasuredRuns::of_start_up(int times) const {
  return cheapest(times, [&] { return run_process({binary_, "--version"}); });
}

}  // namespace headroom::bench
