#include "analysis/metrics/request_metrics.hpp"

#include <catch2/catch.hpp>

#include "analysis/metrics/request_rows.hpp"
#include "sim/base/check.hpp"
#include "tests/unit/analysis/metrics/outcomes.hpp"

namespace headroom {
namespace {

using test::at_ms;
using test::refused;
using test::served;

TEST_CASE("latencies of one request follow their definitions", "[metrics]") {
  // Arrives at 1000, seen at 1010, computed from 1050, first of 5 tokens at 1300, last at 1700.
  std::vector outcomes{served({1000, 1050, 1300, 1700, 5})};
  outcomes[0].queued = at_ms(1010);
  const RunMetrics m = request_metrics({.outcomes = outcomes, .makespan = at_ms(2000)});
  CHECK(m.ttft_s->p50 == 0.3);
  CHECK(m.ttft_queued_s->p50 == 0.29);
  CHECK(m.tpot_s->p50 == 0.1);  // (1700 - 1300) / (5 - 1) ms
  CHECK(m.e2e_s->p99 == 0.7);
  CHECK(m.queueing_s->mean == 0.05);
  CHECK_FALSE(m.itl_s);
  CHECK_FALSE(m.slo_attainment);
  CHECK_FALSE(m.goodput_requests_per_s);
  CHECK(m.requests_per_s == 0.5);       // 1 in 2 s
  CHECK(m.output_tokens_per_s == 2.5);  // 5 in 2 s
  CHECK(m.total_tokens_per_s == 52.5);  // 105 in 2 s
}

TEST_CASE("a request of one output token has no TPOT", "[metrics]") {
  const std::vector outcomes{served({0, 0, 100, 100, 1}), served({0, 0, 100, 300, 3})};
  const RunMetrics m = request_metrics({.outcomes = outcomes, .makespan = at_ms(300)});
  CHECK(m.tpot_s->mean == 0.1);  // (300 - 100) / 2, alone; as a zero it would halve
  const std::vector only_one{served({0, 0, 100, 100, 1})};
  CHECK_FALSE(request_metrics({.outcomes = only_one, .makespan = at_ms(100)}).tpot_s);
}

TEST_CASE(
    "a rejected request misses its SLO and stays in the denominator and a cancelled one is not "
    "judged",
    "[metrics]") {
  const std::vector outcomes{served({0, 0, 100, 300, 3}), served({0, 0, 900, 1000, 3}), refused(10),
                             refused(20, RequestStatus::kCancelled)};
  const RunMetrics m = request_metrics(
      {.outcomes = outcomes, .makespan = at_ms(1000), .slo_of_class = {Slo{Seconds(0.5), {}, {}}}});
  CHECK(m.slo_attainment == Approx(1.0 / 3));
  CHECK(m.goodput_requests_per_s == 1.0);  // one good request in 1 s
  CHECK(m.requests == 4);
  CHECK(m.completed == 2);
  CHECK(m.rejected == 1);
  CHECK(m.cancelled == 1);
}

TEST_CASE("a threshold is met when the latency equals it", "[metrics]") {
  const std::vector outcomes{served({0, 0, 500, 900, 5})};
  const auto attained = [&](const Slo& slo) {
    return *request_metrics({.outcomes = outcomes, .makespan = at_ms(900), .slo_of_class = {slo}})
                .slo_attainment;
  };
  CHECK(attained({Seconds(0.5), Seconds(0.1), Seconds(0.9)}) == 1.0);
  CHECK(attained({Seconds(0.499), {}, {}}) == 0.0);
  CHECK(attained({{}, Seconds(0.099), {}}) == 0.0);
  CHECK(attained({{}, {}, Seconds(0.899)}) == 0.0);
}

TEST_CASE("every class is judged by its own SLO and a class without one is not judged",
          "[metrics]") {
  const std::vector outcomes{served({0, 0, 100, 300, 3, 0}), served({0, 0, 100, 300, 3, 1}),
                             served({0, 0, 100, 300, 3, 2})};
  const RunMetrics m = request_metrics(
      {.outcomes = outcomes,
       .makespan = at_ms(1000),
       .slo_of_class = {Slo{Seconds(0.05), {}, {}}, Slo{Seconds(0.2), {}, {}}, std::nullopt}});
  CHECK(m.slo_attainment == 0.5);
}

TEST_CASE("arrivals in the window make distributions and finishes in it make rates", "[metrics]") {
  // Window [1 s, 3 s]. Before: arrives 0.5, ends 1.5. Inside: arrives 1.0 (the edge counts),
  // ends 2.0. After: arrives 2.5, ends 3.5.
  const std::vector outcomes{served({500, 500, 600, 1500, 10}),
                             served({1000, 1000, 1200, 2000, 10}),
                             served({2500, 2500, 2900, 3500, 10})};
  const RunMetrics m = request_metrics({.outcomes = outcomes,
                                        .makespan = at_ms(3500),
                                        .measure_after = Seconds(1),
                                        .measure_until = Seconds(3),
                                        .slo_of_class = {Slo{Seconds(0.15), {}, {}}}});
  CHECK(m.measured_requests == 2);
  CHECK(m.ttft_s->mean == Approx(0.3));    // (0.2 + 0.4) / 2
  CHECK(m.requests_per_s == 1.0);          // the first two end in it: 2 in 2 s
  CHECK(m.output_tokens_per_s == 10.0);    // 20 in 2 s
  CHECK(m.slo_attainment == 0.0);          // by arrival: 0.2 and 0.4 both miss
  CHECK(m.goodput_requests_per_s == 0.5);  // by finish: the first is good, 1 in 2 s
  CHECK(m.completed == 3);                 // totals are of the whole run
  CHECK(m.output_tokens == 30);
}

TEST_CASE("without measure.until a refusal after the last token still misses its SLO",
          "[metrics]") {
  // One of four is served, well. Two arrive after the last token, at 1 s, and are refused.
  const std::vector outcomes{served({0, 0, 100, 1000, 3}), refused(500), refused(1500),
                             refused(2500)};
  MetricsInput input{
      .outcomes = outcomes, .makespan = at_ms(1000), .slo_of_class = {Slo{Seconds(0.5), {}, {}}}};
  CHECK(request_metrics(input).slo_attainment == 0.25);
  CHECK(request_metrics(input).goodput_requests_per_s == 1.0);  // one in 1 s
  input.measure_until = Seconds(2);  // a bound that was asked for holds: 1 of 3
  CHECK(request_metrics(input).slo_attainment == Approx(1.0 / 3));
}

TEST_CASE("a run that rejects every request attains nothing rather than having no figure",
          "[metrics]") {
  std::vector<RequestOutcome> outcomes;
  for (int i = 1; i <= 200; ++i) outcomes.push_back(refused(i * 1000));
  const RunMetrics m = request_metrics(
      {.outcomes = outcomes, .makespan = at_ms(0), .slo_of_class = {Slo{Seconds(1), {}, {}}}});
  CHECK(m.slo_attainment == 0.0);
  CHECK(m.goodput_requests_per_s == 0.0);
  CHECK(m.rejected == 200);
}

TEST_CASE("a run that serves nothing has zero rates and absent distributions and no NaN",
          "[metrics]") {
  const std::vector outcomes{refused(0)};
  const RunMetrics m = request_metrics(
      {.outcomes = outcomes, .makespan = at_ms(0), .slo_of_class = {Slo{Seconds(1), {}, {}}}});
  CHECK(m.requests_per_s == 0.0);
  CHECK(m.slo_attainment == 0.0);
  CHECK(m.goodput_requests_per_s == 0.0);
  CHECK_FALSE(m.ttft_s);
  CHECK_FALSE(m.e2e_s);
  const RunMetrics empty = request_metrics({});
  CHECK(empty.requests == 0);
  CHECK(empty.requests_per_s == 0.0);
}

TEST_CASE("a finished request with dates out of order is our bug", "[metrics]") {
  const std::vector outcomes{served({100, 50, 200, 300, 3})};
  CHECK_THROWS_AS(request_metrics({.outcomes = outcomes}), InternalError);
}

TEST_CASE("a class takes its own SLO or the general one", "[metrics]") {
  const std::vector<std::string> classes{"chat", "batch"};
  const std::vector<ClassSlo> own{{"batch", {Seconds(9), {}, {}}}};
  const auto slos = slo_of_classes(classes, Slo{Seconds(1), {}, {}}, own);
  CHECK(slos[0]->ttft == Seconds(1));
  CHECK(slos[1]->ttft == Seconds(9));
  CHECK_FALSE(slo_of_classes(classes, std::nullopt, own)[0]);
  const std::vector<ClassSlo> unknown{{"cat", {}, {"s.yaml", 7, 5}}};
  CHECK_THROWS_WITH(slo_of_classes(classes, std::nullopt, unknown),
                    "s.yaml:7:5: error: 'slo' names the request class 'cat', which no request has; "
                    "there is 'chat', 'batch'");
}

TEST_CASE("a request row has no dates for what never happened", "[metrics]") {
  const std::vector<std::string> classes{"chat"};
  const RequestRow row = request_row(4, refused(10), classes);
  CHECK(row.request_id == 4);
  CHECK(row.request_class == "chat");
  CHECK(row.arrival_s == 0.01);
  CHECK(row.queued_s == 0.01);
  CHECK_FALSE(row.scheduled_s);
  CHECK_FALSE(row.first_token_s);
  CHECK_FALSE(row.finish_s);
  CHECK(std::string(row.status) == "rejected");
  CHECK_FALSE(std::string(row.reason).empty());
  CHECK_FALSE(row.parent_id);
}

}  // namespace
}  // namespace headroom
