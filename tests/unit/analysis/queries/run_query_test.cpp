#include "analysis/queries/run_query.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "analysis/queries/named_queries.hpp"
#include "sim/base/check.hpp"
#include "sim/record/run_writer.hpp"
#include "sim/record/sweep_rows.hpp"

namespace headroom {
namespace {

using Catch::Matchers::Contains;

// A results file of two runs, of which seed 2 was started last.
class ResultsFile {
 public:
  ResultsFile() {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    Database database(path(), OpenMode::kWrite);
    record_sweep(
        database,
        {5, "two runs", "axes", 7, "base", 2, {{0, 0, "a key", "one"}, {0, 1, "a key", "two"}}});
    for (const std::int64_t seed : {2, 1}) {
      RunWriter writer(database, {"demo", "text", 7, seed, "v"});
      RunMetrics metrics;
      metrics.makespan_s = 20;
      metrics.measure_until_s = 20;
      metrics.completed = 3;
      metrics.ttft_s = Distribution{};
      writer.metrics(metrics);
      writer.host({0, 0, 0, "2024-01-0" + std::to_string(seed), "host"});
      writer.slos(std::vector<SloRow>{{"default", 1.0, std::nullopt, std::nullopt}});
      writer.limits(
          std::vector<LimitRow>{{"ideal", "makespan_s", 5, "s", "hbm", "formula"},
                                {"saturation", "requests_per_s", 2, "1/s", "hbm", "formula"}});
      writer.ledger(std::vector<LedgerRow>{{"useful", "gpu", 15'000'000'000, 1},
                                           {"no_work", "gpu", 5'000'000'000, 1}});
      // Bins of 2^16 ns from 2^23 ns on: numbers 32 and 64 of 128.
      writer.histogram(std::vector<HistogramRow>{{"itl", 0.01048576, 65.536e-6, 3, 31'500'000},
                                                 {"itl", 0.012582912, 65.536e-6, 1, 12'600'000}});
      writer.requests(4, fill);
      writer.place({5, seed - 1, "[" + std::to_string(seed - 1) + "]", {}});
      (seed == 1 ? first_ : latest_) = writer.commit();
    }
  }
  ~ResultsFile() { std::filesystem::remove_all(folder_); }
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  std::string path() const { return (folder_ / "r.sqlite").string(); }
  Table ask(const std::string& query, const std::vector<QueryArgument>& arguments = {}) const {
    return run_query(path(), query, arguments);
  }
  std::string error_of(const std::string& query,
                       const std::vector<QueryArgument>& arguments = {}) const {
    try {
      ask(query, arguments);
    } catch (const UserError& error) {
      return error.what();
    }
    return "no UserError";
  }
  std::int64_t first_ = 0, latest_ = 0;

 private:
  // TTFT of 0.5, 1.5 and 2.5 s; the fourth is rejected.
  static void fill(std::int64_t i, RequestRow& row) {
    row.request_id = i;
    row.request_class = "default";
    row.arrival_s = static_cast<double>(i);
    row.prompt_tokens = 10;
    row.status = i == 3 ? "rejected" : "finished";
    if (i == 3) return;
    row.queued_s = row.scheduled_s = row.arrival_s;
    row.first_token_s = row.arrival_s + 0.5 + static_cast<double>(i);
    row.finish_s = *row.first_token_s + 1;
    row.output_tokens = 11;
  }
  std::filesystem::path folder_;
};

std::size_t column_of(const Table& table, const std::string& name) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].name == name) return c;
  throw std::runtime_error("no column " + name);
}

const Cell& cell(const Table& table, std::size_t row, const std::string& column) {
  return table.rows.at(row).at(column_of(table, column));
}
double real(const Table& table, std::size_t row, const std::string& column) {
  return std::get<double>(cell(table, row, column));
}
std::int64_t integer(const Table& table, std::size_t row, const std::string& column) {
  return std::get<std::int64_t>(cell(table, row, column));
}

TEST_CASE("every named query has a description and runs and uses the parameters it documents",
          "[queries]") {
  ResultsFile file;
  std::set<std::string> names;
  for (const NamedQuery& query : named_queries()) {
    INFO(query.name);
    names.insert(query.name);
    CHECK_FALSE(query.description.empty());
    CHECK_FALSE(file.ask(query.name).rows.empty());
    for (const QueryParameter& parameter : query.parameters) {
      CHECK_FALSE(parameter.meaning.empty());
      CHECK_FALSE(parameter.absent.empty());
      const std::string value = parameter.name == "run"     ? std::to_string(file.latest_)
                                : parameter.name == "sweep" ? "two runs"
                                : parameter.is_metric       ? "makespan_s"
                                                            : "1";
      CHECK_NOTHROW(file.ask(query.name, {{parameter.name, value}}));
    }
  }
  CHECK(names == std::set<std::string>{"summary", "limits", "ledger", "slo", "pareto",
                                       "sensitivity", "worst-requests", "latency-histogram"});
}

TEST_CASE("the summary has every run or the one that is asked for", "[queries]") {
  ResultsFile file;
  const Table all = file.ask("summary");
  REQUIRE(all.rows.size() == 2);
  CHECK(integer(all, 1, "run_id") == file.latest_);
  const Table one = file.ask("summary", {{"run", std::to_string(file.first_)}});
  REQUIRE(one.rows.size() == 1);
  CHECK(integer(one, 0, "seed") == 1);
}

TEST_CASE("a query without a run is about the one that was started last", "[queries]") {
  ResultsFile file;
  CHECK(integer(file.ask("ledger"), 0, "run_id") == file.latest_);
  CHECK(integer(file.ask("ledger", {{"run", std::to_string(file.first_)}}), 0, "run_id") ==
        file.first_);
}

TEST_CASE("limits give the attained fraction of time limits only", "[queries]") {
  ResultsFile file;
  const Table limits = file.ask("limits");
  REQUIRE(limits.rows.size() == 2);
  CHECK(real(limits, 0, "attained_fraction") == 0.25);  // 5 s of 20 s
  CHECK(std::holds_alternative<std::monostate>(cell(limits, 1, "attained_fraction")));
}

TEST_CASE("the ledger gives seconds and fractions", "[queries]") {
  ResultsFile file;
  const Table ledger = file.ask("ledger");
  CHECK(real(ledger, 0, "duration_s") == 15.0);
  CHECK(real(ledger, 0, "fraction") == 0.75);
  CHECK(real(ledger, 1, "fraction") == 0.25);
}

TEST_CASE("the slo query counts who missed what", "[queries]") {
  ResultsFile file;
  const Table slo = file.ask("slo");
  REQUIRE(slo.rows.size() == 1);
  CHECK(integer(slo, 0, "judged") == 4);
  CHECK(integer(slo, 0, "met") == 1);
  CHECK(real(slo, 0, "attainment") == 0.25);
  CHECK(integer(slo, 0, "not_served") == 1);
  CHECK(integer(slo, 0, "missed_ttft") == 2);  // 1.5 and 2.5 s against 1 s
  CHECK(integer(slo, 0, "missed_tpot") == 0);
}

TEST_CASE("the worst requests come first and as many as asked for", "[queries]") {
  ResultsFile file;
  const Table worst = file.ask("worst-requests", {{"rows", "2"}});
  REQUIRE(worst.rows.size() == 2);
  CHECK(integer(worst, 0, "request_id") == 3);  // never served
  CHECK(integer(worst, 1, "request_id") == 2);
  CHECK(real(worst, 1, "tpot_s") == 0.1);  // 1 s / 10
}

TEST_CASE("the latency histogram accumulates to one", "[queries]") {
  ResultsFile file;
  const Table histogram = file.ask("latency-histogram");
  REQUIRE(histogram.rows.size() == 2);
  CHECK(real(histogram, 0, "cumulative_fraction") == 0.75);
  CHECK(real(histogram, 1, "cumulative_fraction") == 1.0);
  CHECK(real(histogram, 0, "mean_s") == Approx(0.0105));
}

TEST_CASE("free SQL gives its columns and typed cells", "[queries]") {
  ResultsFile file;
  const Table table = file.ask(
      "SELECT 1 AS one, 2.5 AS real, 'x' AS text, NULL AS absent, X'0aff' AS bytes; -- done");
  REQUIRE(table.rows.size() == 1);
  CHECK(table.columns[0].name == "one");
  CHECK(table.rows[0] == std::vector<Cell>{std::int64_t{1}, 2.5, std::string("x"), std::monostate{},
                                           std::string("X'0AFF'")});
  CHECK(std::get<std::string>(file.ask("SELECT typeof(:a) || typeof(:b) || typeof(:c)",
                                       {{"a", "5"}, {"b", "5.5"}, {"c", "five"}})
                                  .rows[0][0]) == "integerrealtext");
}

TEST_CASE("nothing a query says can change the file", "[queries]") {
  ResultsFile file;
  const std::string other = file.path() + ".other";
  for (const std::string& sql :
       {std::string("DELETE FROM run"), std::string("INSERT INTO scenario VALUES (9, '', NULL)"),
        std::string("DROP TABLE request"), std::string("CREATE TABLE x (y)"),
        std::string("CREATE TEMP TABLE x (y)"), std::string("UPDATE run SET name = ''"),
        std::string("PRAGMA user_version = 5"), std::string("PRAGMA query_only = 0"),
        std::string("PRAGMA journal_mode = DELETE"), "ATTACH '" + other + "' AS o",
        "VACUUM INTO '" + other + "'", std::string("VACUUM;"), std::string("BEGIN IMMEDIATE"),
        std::string("SELECT load_extension('x')"), std::string("REINDEX;")}) {
    INFO(sql);
    CHECK_THAT(file.error_of(sql), Contains("query refused"));
  }
  CHECK_FALSE(std::filesystem::exists(other));
  CHECK(file.ask("summary").rows.size() == 2);
}

TEST_CASE("a wrong query is an error that says what is wrong", "[queries]") {
  ResultsFile file;
  CHECK_THAT(file.error_of("SELEKT * FROM run"),
             Contains("query failed: near \"SELEKT\": syntax error"));
  CHECK_THAT(file.error_of("SELECT * FROM runs"), Contains("no such table: runs"));
  CHECK_THAT(file.error_of("SELECT 1; DELETE FROM run"), Contains("one statement at a time"));
  CHECK_THAT(file.error_of(" -- nothing"), Contains("holds no statement"));
  CHECK_THAT(file.error_of(""), Contains("holds no statement"));
  CHECK_THAT(file.error_of("sumary"),
             Contains("there is no query 'sumary'; did you mean 'summary'?"));
  CHECK_THAT(file.error_of("everything"),
             Contains("there is no query 'everything'; valid queries: summary, limits"));
}

TEST_CASE("a run that is not there is an error and not an empty answer", "[queries]") {
  const ResultsFile file;
  CHECK_THAT(file.error_of("ledger", {{"run", "1"}}), Contains("there is no run 1"));
}

TEST_CASE("an argument that the query does not have is an error that lists those it has",
          "[queries]") {
  ResultsFile file;
  CHECK_THAT(file.error_of("worst-requests", {{"row", "3"}}),
             Contains("there is no parameter 'row'; it takes: run, rows"));
  CHECK_THAT(file.error_of("SELECT 1", {{"x", "3"}}), Contains("the query takes none"));
  CHECK_THAT(file.error_of("summary", {{"run", "3"}, {"run", "4"}}), Contains("given twice"));
}

}  // namespace
}  // namespace headroom
