// tests/unit/analysis/report/results_file.hpp -- a results file in a folder that goes away.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "sim/record/run_writer.hpp"

namespace headroom {

class ResultsFile {
 public:
  ResultsFile() {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~ResultsFile() { std::filesystem::remove_all(folder_); }
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  std::string path() const { return (folder_ / "r.sqlite").string(); }

  // A run of four requests with TTFTs of 1 to 4 s, a ledger of two categories and one limit.
  std::int64_t add(const std::string& name, const std::string& scenario, std::int64_t seed) const {
    Database database(path(), OpenMode::kWrite);
    RunWriter writer(database,
                     {name, scenario, std::hash<std::string>()(scenario) >> 1, seed, "v"});
    RunMetrics metrics;
    metrics.makespan_s = 20;
    metrics.measure_until_s = 20;
    metrics.requests = metrics.completed = 4;
    metrics.output_tokens_per_s = 100.0 * static_cast<double>(seed);
    writer.metrics(metrics);
    writer.warnings(std::vector<std::string>{"beware"});
    writer.slos(std::vector<SloRow>{{"default", 1.0, std::nullopt, 9.0}});
    writer.limits(std::vector<LimitRow>{{"ideal", "makespan_s", 5, "s", "hbm", "formula"}});
    writer.ledger(std::vector<LedgerRow>{{"useful", "hbm", 15'000'000'000, 1},
                                         {"no_work", "hbm", 5'000'000'000, 1}});
    writer.requests(4, [](std::int64_t i, RequestRow& row) {
      row.request_id = i;
      row.request_class = "default";
      row.queued_s = row.scheduled_s = 0;
      row.first_token_s = static_cast<double>(i + 1);
      row.finish_s = 10;
      row.output_tokens = 1;
      row.status = "finished";
    });
    return writer.commit();
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace headroom
