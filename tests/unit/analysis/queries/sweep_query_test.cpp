#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/queries/run_query.hpp"
#include "sim/base/check.hpp"
#include "sim/record/run_writer.hpp"
#include "sim/record/sweep_rows.hpp"

namespace headroom {
namespace {

using Catch::Matchers::Contains;

// Two axes of two values, in summary mode.
//   gpu seqs   output_tokens_per_s   ttft_p99_s
//    a   1              10                1
//    a   2              20                2
//    b   1              30                1
//    b   2              60                4
class SweepFile {
 public:
  SweepFile() {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    Database database(path(), OpenMode::kWrite);
    record_sweep(database, {9,
                            "small sweep",
                            "axes",
                            100,
                            "base",
                            4,
                            {{0, 0, "hardware.gpu", "a"},
                             {0, 1, "hardware.gpu", "b"},
                             {1, 0, "serving.max_num_seqs", "1"},
                             {1, 1, "serving.max_num_seqs", "2"}}});
    constexpr std::array<double, 4> kRates{10, 20, 30, 60};
    constexpr std::array<double, 4> kDelays{1, 2, 1, 4};
    for (std::size_t i = 0; i < kRates.size(); ++i) {
      RunWriter writer(database, {"run " + std::to_string(i), "text", 200 + i, 1, "v"});
      RunMetrics metrics;
      metrics.output_tokens_per_s = kRates[i];
      metrics.ttft_s = Distribution{};
      metrics.ttft_s->p99 = kDelays[i];
      metrics.slo_attainment = 0.25;
      writer.metrics(metrics);
      writer.slos(std::vector<SloRow>{{"default", 1.5, std::nullopt, std::nullopt}});
      const auto gpu = i / 2, seqs = i % 2;
      writer.place({9,
                    static_cast<std::int64_t>(i),
                    '[' + std::to_string(gpu) + ',' + std::to_string(seqs) + ']',
                    {{"hardware.gpu", gpu == 0 ? "a" : "b", "", "axis", std::nullopt}}});
      runs_.push_back(writer.commit());
    }
  }
  ~SweepFile() { std::filesystem::remove_all(folder_); }
  SweepFile(const SweepFile&) = delete;
  SweepFile& operator=(const SweepFile&) = delete;

  std::string path() const { return (folder_ / "r.sqlite").string(); }
  Table ask(const std::string& query, const std::vector<QueryArgument>& arguments = {}) const {
    return run_query(path(), query, arguments);
  }
  std::int64_t run(std::size_t i) const { return runs_[i]; }

 private:
  std::filesystem::path folder_;
  std::vector<std::int64_t> runs_;
};

std::vector<std::int64_t> ids(const Table& table) {
  std::vector<std::int64_t> list;
  for (const auto& row : table.rows) list.push_back(std::get<std::int64_t>(row[0]));
  return list;
}

TEST_CASE("the front of a sweep holds the runs that no other beats", "[queries]") {
  const SweepFile file;
  // 60 tokens/s is the most. 30 tokens/s with 1 s beats 20 with 2 s and 10 with 1 s.
  const Table front = file.ask("pareto", {{"sweep", "small sweep"}});
  CHECK(ids(front) == std::vector{file.run(3), file.run(2)});
  CHECK(front.columns[3].name == "output_tokens_per_s");
  CHECK(std::get<double>(front.rows[0][3]) == 60);
  CHECK(std::get<double>(front.rows[0][4]) == 4);
  CHECK(std::get<std::string>(front.rows[0][5]) == "hardware.gpu=b");
  CHECK(file.ask("pareto", {{"sweep", "9"}}).rows == front.rows);
}

TEST_CASE("of runs that are equal in both metrics one is on the front", "[queries]") {
  const SweepFile file;
  // All attain 0.25; runs 0 and 2 have the least TTFT, 1 s.
  const auto front = ids(file.ask("pareto", {{"x", "slo_attainment"}, {"y", "ttft_p99_s"}}));
  CHECK(front == std::vector{std::min(file.run(0), file.run(2))});
}

TEST_CASE("a metric that no run has leaves nobody on the front", "[queries]") {
  const SweepFile file;
  CHECK(file.ask("pareto", {{"x", "price_per_hour"}}).rows.empty());
}

TEST_CASE("the axis that explains most of the variance comes first", "[queries]") {
  const SweepFile file;
  const Table table = file.ask("sensitivity", {{"sweep", "small sweep"}});
  REQUIRE(table.rows.size() == 2);
  const auto& gpu = table.rows[0];
  // (10 + 20) / 2 and (30 + 60) / 2; of all (10 + 20 + 30 + 60) / 4 = 30.
  CHECK(gpu[0] == Cell("hardware.gpu"));
  CHECK(gpu[2] == Cell(std::int64_t{4}));
  CHECK(gpu[3] == Cell(15.0));
  CHECK(gpu[4] == Cell("a"));
  CHECK(gpu[5] == Cell(45.0));
  CHECK(gpu[6] == Cell("b"));
  CHECK(gpu[7] == Cell(3.0));
  // Variance of the means (15^2 + 15^2) / 2 = 225, of the runs (400 + 100 + 0 + 900) / 4 = 350.
  CHECK(std::get<double>(gpu[8]) == Approx(225.0 / 350.0));
  const auto& seqs = table.rows[1];
  // (10 + 30) / 2 and (20 + 60) / 2: 10 away from the mean.
  CHECK(seqs[3] == Cell(20.0));
  CHECK(seqs[5] == Cell(40.0));
  CHECK(std::get<double>(seqs[8]) == Approx(100.0 / 350.0));
}

TEST_CASE("a metric that does not exist is an error with the nearest one", "[queries]") {
  const SweepFile file;
  CHECK_THROWS_WITH(file.ask("pareto", {{"x", "ttft_p99"}}),
                    Contains("parameter 'x': there is no metric 'ttft_p99'; did you mean "
                             "'ttft_p99_s'?"));
  CHECK_THROWS_WITH(file.ask("sensitivity", {{"metric", "run_id); DROP TABLE run; --"}}),
                    Contains("there is no metric"));
  CHECK_THROWS_WITH(file.ask("pareto", {{"x", "makespan_s"}, {"x", "makespan_s"}}),
                    Contains("'x' is given twice"));
}

TEST_CASE("requests of a run that recorded none are an error and not an empty answer",
          "[queries]") {
  const SweepFile file;
  CHECK_THROWS_WITH(file.ask("worst-requests", {{"run", std::to_string(file.run(0))}}),
                    Contains("has no request rows"));
}

TEST_CASE("of a run without request rows the slo query knows the whole attainment", "[queries]") {
  const SweepFile file;
  const Table table = file.ask("slo", {{"run", std::to_string(file.run(1))}});
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0][1] == Cell("(all)"));
  CHECK(table.rows[0][2] == Cell(1.5));
  CHECK(table.rows[0][7] == Cell(0.25));
}

TEST_CASE("table-valued functions can be used and their cover is not a way to write", "[queries]") {
  const SweepFile file;
  CHECK(file.ask("SELECT value FROM json_each('[1,2]')").rows.size() == 2);
  CHECK_THROWS_WITH(file.ask("UPDATE sqlite_master SET type = 'view'"),
                    Contains("may not be modified"));
  CHECK_THROWS_AS(file.ask("UPDATE run SET name = 'x'"), UserError);
  CHECK_THROWS_WITH(file.ask("SELECT axis_means('2,0', 1.0)"), Contains("JSON array of indices"));
  CHECK(file.ask("SELECT axis_means(NULL, 1.0), pareto_front(1, NULL, 2)").rows[0] ==
        std::vector<Cell>{Cell("[]"), Cell("[]")});
}

}  // namespace
}  // namespace headroom
