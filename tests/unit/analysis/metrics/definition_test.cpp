// The SQL views define the metrics, C++ computes them: random runs must give the same from both.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "analysis/metrics/histogram_metrics.hpp"
#include "analysis/metrics/price_metrics.hpp"
#include "analysis/metrics/request_metrics.hpp"
#include "analysis/metrics/request_rows.hpp"
#include "sim/base/random.hpp"
#include "sim/record/metric_columns.hpp"
#include "sim/record/run_writer.hpp"
#include "sim/record/statement.hpp"

namespace headroom {
namespace {

struct RandomRun {
  std::vector<std::string> classes{"chat", "batch", "free"};
  std::vector<RequestOutcome> outcomes;
  LatencyHistogram itl;
  MetricsInput input;
};

RequestOutcome random_outcome(RandomStream& random, TimePoint arrival, bool rejects_all) {
  const auto wait = [&](double mean_s) {
    return Duration(static_cast<std::int64_t>(random.exponential(mean_s) * 1e9));
  };
  RequestOutcome o;
  o.arrival = arrival;
  o.queued = arrival + wait(0.01);
  o.prompt_tokens = static_cast<std::int32_t>(random.uniform_int(1, 4000));
  o.class_id = static_cast<std::int16_t>(random.uniform_int(0, 2));
  o.preemptions = static_cast<std::int32_t>(random.uniform_int(0, 2));
  const double kind = random.uniform();
  o.status = kind < 0.1   ? RequestStatus::kRejected
             : kind < 0.2 ? RequestStatus::kCancelled
                          : RequestStatus::kFinished;
  if (rejects_all) o.status = RequestStatus::kRejected;
  if (o.status == RequestStatus::kRejected) return o;
  o.scheduled = o.queued + wait(0.5);
  o.first_token = o.scheduled + wait(0.3);
  o.output_tokens = static_cast<std::int32_t>(random.uniform_int(1, 40));
  o.cached_tokens = o.prompt_tokens / 3;
  o.finish = o.first_token + Duration(o.output_tokens > 1 ? wait(2.0).value : 0);
  o.replica = 0;
  return o;
}

void fill(RandomRun& run, std::uint64_t seed, int requests) {
  RandomStream random(seed, "definition test");
  TimePoint arrival(0);
  for (int i = 0; i < requests; ++i) {
    // Whole milliseconds now and then, so that there are ties.
    arrival = arrival +
              Duration(random.uniform_int(0, 9) * 10'000'000 + random.uniform_int(0, 1) * 1234567);
    run.outcomes.push_back(random_outcome(random, arrival, seed == 4));
    run.itl.add(Duration(random.uniform_int(1'000'000, 90'000'000)), random.uniform_int(1, 128));
    // Refused requests may arrive after the last token, which ends the run.
    run.input.makespan = std::max(run.input.makespan, run.outcomes.back().finish);
  }
  run.input.outcomes = run.outcomes;
  run.input.itl = &run.itl;
  if (seed % 3 != 0)
    run.input.slo_of_class = {Slo{Seconds(0.6), Seconds(0.08), {}}, Slo{{}, {}, Seconds(3)},
                              std::nullopt};
  // A refusal beyond the end of the run, in half of the runs.
  if (seed % 4 < 2) {
    RequestOutcome late;
    late.status = RequestStatus::kRejected;
    late.arrival = late.queued = run.input.makespan + Duration(1'000'000'000);
    late.prompt_tokens = 10;
    run.outcomes.push_back(late);
    run.input.outcomes = run.outcomes;
  }
  if (seed % 2 != 0) {
    run.input.measure_after = Seconds(to_seconds(run.input.makespan).value * 0.2);
    run.input.measure_until = Seconds(to_seconds(run.input.makespan).value * 0.7);
  }
}

RunMetrics record(Database& database, const RandomRun& run, std::int64_t seed) {
  RunMetrics metrics = request_metrics(run.input);
  if (seed % 3 == 0) set_price(metrics, UsdPerHour(2.5));
  RunWriter writer(database, {"random", "text", 1, seed, "v"});
  writer.metrics(metrics);
  writer.slos(slo_rows(run.classes, run.input.slo_of_class));
  writer.histogram(histogram_rows(run.itl, "itl"));
  writer.requests(static_cast<std::int64_t>(run.outcomes.size()),
                  [&](std::int64_t i, RequestRow& row) {
                    row = request_row(i, run.outcomes[static_cast<std::size_t>(i)], run.classes);
                  });
  writer.commit();
  return metrics;
}

// Exact, except for means of doubles: SQLite adds in another order than we do.
void check_equal(const NamedMetric& metric, const Cell& defined) {
  INFO(metric.name);
  REQUIRE(metric.value.index() == defined.index());
  if (metric.name.find("_mean_") != std::string::npos &&
      std::holds_alternative<double>(metric.value)) {
    REQUIRE(std::get<double>(metric.value) == Approx(std::get<double>(defined)).epsilon(1e-12));
  } else {
    REQUIRE(metric.value == defined);
  }
}

TEST_CASE("the views and the simulator agree on every metric of random runs", "[metrics]") {
  std::string file = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
  REQUIRE(mkdtemp(file.data()) != nullptr);
  const std::filesystem::path folder = file;
  {
    Database database((folder / "r.sqlite").string(), OpenMode::kWrite);
    std::vector<RunMetrics> recorded;
    // 1 and 2 requests: the interpolation at the ends. All in one file: a view must not mix runs.
    for (const int requests : {1, 2, 3, 7, 50, 400, 401, 402, 1000, 1001, 1002, 1003}) {
      RandomRun run;
      fill(run, recorded.size(), requests);
      recorded.push_back(record(database, run, static_cast<std::int64_t>(recorded.size())));
    }
    Statement views(database,
                    "SELECT d.*, r.seed FROM run_metric_definition d JOIN run r USING (run_id) "
                    "ORDER BY r.seed");
    int checked = 0;
    for (const RunMetrics& metrics : recorded) {
      REQUIRE(views.step());
      const std::vector<NamedMetric> columns = metric_columns(metrics);
      INFO("run of " << metrics.requests << " requests");
      for (int c = 0; c < views.columns(); ++c)
        for (const NamedMetric& metric : columns)
          if (metric.name == views.column_name(c)) check_equal(metric, views.cell(c)), ++checked;
    }
    CHECK_FALSE(views.step());
    // Minus makespan, iterations, the window (2), KV (3), binding resource, attained fraction and
    // price, which requests do not determine.
    CHECK(checked == static_cast<int>(recorded.size() * (metric_columns({}).size() - 10)));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace headroom
