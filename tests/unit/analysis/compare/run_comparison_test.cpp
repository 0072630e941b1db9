#include "analysis/compare/run_comparison.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "sim/record/run_writer.hpp"

namespace headroom {
namespace {

using Row = std::vector<Cell>;

TEST_CASE("keys that somebody chose come before those that followed from them", "[compare]") {
  const std::vector<ResolvedKey> a{{"gpu.base", "h100", "q.yaml:1:1"},
                                   {"gpu.hbm", "3.35 TB/s", "catalogue: NVIDIA"},
                                   {"seqs", "64", "q.yaml:2:1"},
                                   {"seed", "1", "default"}};
  const std::vector<ResolvedKey> b{
      {"gpu.base", "a100", "--set"}, {"gpu.hbm", "2.04 TB/s", "catalogue: NVIDIA"},
      {"gpu.note", "x", "default"},  {"seqs", "64", "--set"},
      {"extra", "1", "--set"},       {"seed", "1", "default"}};
  const Table table = compare_keys(a, b, false);
  REQUIRE(table.rows.size() == 4);
  CHECK(table.rows[0] == Row{"gpu.base", "h100", "a100", "q.yaml:1:1", "--set"});
  CHECK(table.rows[1] == Row{"extra", {}, "1", {}, "--set"});
  CHECK(table.rows[2][0] == Cell("gpu.hbm"));
  CHECK(table.rows[3] == Row{"gpu.note", {}, "x", {}, "default"});
  CHECK(compare_keys(a, b, true).rows.size() == 6);
  CHECK(compare_keys(a, a, false).rows.empty());
}

TEST_CASE("keys in another order are still the same keys", "[compare]") {
  const std::vector<ResolvedKey> a{{"x", "1", ""}, {"y", "2", ""}};
  const std::vector<ResolvedKey> b{{"y", "3", ""}, {"z", "4", ""}, {"x", "1", ""}};
  const Table table = compare_keys(a, b, false);
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0] == Row{"y", "2", "3", "", ""});
  CHECK(table.rows[1] == Row{"z", {}, "4", {}, ""});
}

class TwoRuns {
 public:
  TwoRuns() {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    Database database(path(), OpenMode::kWrite);
    record(database, 1, 10, 8,
           {{"useful", "hbm", 6'000'000'000, 2}, {"policy", "hbm", 14'000'000'000, 2}});
    record(database, 2, 15, 8,
           {{"useful", "hbm", 8'000'000'000, 2},
            {"policy", "hbm", 12'000'000'000, 2},
            {"memory", "hbm", 10'000'000'000, 2}});
  }
  ~TwoRuns() { std::filesystem::remove_all(folder_); }
  TwoRuns(const TwoRuns&) = delete;
  TwoRuns& operator=(const TwoRuns&) = delete;

  std::string path() const { return (folder_ / "r.sqlite").string(); }
  RunComparison compare(bool all) const {
    Database database(path(), OpenMode::kRead);
    return compare_runs({database, runs_[0], {}}, {database, runs_[1], {}}, all);
  }

 private:
  void record(Database& database, std::int64_t seed, double makespan_s, double ideal_s,
              const std::vector<LedgerRow>& ledger) {
    RunWriter writer(database, {"run", "text", 7, seed, "v"});
    RunMetrics metrics;
    metrics.makespan_s = makespan_s;
    metrics.completed = 40;
    metrics.binding_resource = "hbm";
    writer.metrics(metrics);
    writer.limits(std::vector<LimitRow>{
        {"ideal", "makespan_s", ideal_s, "s", "hbm", "formula"},
        {"alone", "ttft_s", static_cast<double>(seed), "s", "compute", "formula"}});
    writer.ledger(ledger);
    runs_.push_back(writer.commit());
  }

  std::filesystem::path folder_;
  std::vector<std::int64_t> runs_;
};

TEST_CASE("metrics that differ are listed with their ratio", "[compare]") {
  const TwoRuns file;
  const Table metrics = file.compare(false).metrics;
  REQUIRE(metrics.rows.size() == 1);
  CHECK(metrics.rows[0] == Row{"makespan_s", 10.0, 15.0, 5.0, 1.5});
  CHECK(file.compare(true).metrics.rows.size() > 40);
}

TEST_CASE("where the time went is told per device and the largest difference first", "[compare]") {
  const TwoRuns file;
  const Table ledger = file.compare(false).ledger;
  // Of one of two devices: useful 3 s and 4 s, policy 7 s and 6 s, memory 0 s and 5 s.
  REQUIRE(ledger.rows.size() == 4);
  CHECK(ledger.rows[0] == Row{"memory", 0.0, 5.0, 5.0});
  CHECK(ledger.rows[1] == Row{"useful", 3.0, 4.0, 1.0});
  CHECK(ledger.rows[2] == Row{"policy", 7.0, 6.0, -1.0});
  CHECK(ledger.rows[3] == Row{"all", 10.0, 15.0, 5.0});
}

TEST_CASE("limits that differ are listed with what binds", "[compare]") {
  const TwoRuns file;
  const Table limits = file.compare(false).limits;
  REQUIRE(limits.rows.size() == 1);
  CHECK(limits.rows[0] == Row{"alone", "ttft_s", "s", 1.0, 2.0, 2.0, "compute", "compute"});
  CHECK(file.compare(true).limits.rows.size() == 2);
}

}  // namespace
}  // namespace headroom
