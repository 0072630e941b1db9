// Queueing theory as an oracle. One sequence at a time and every iteration of one length make the
// engine a single server with known service times: waits follow Lindley's recursion exactly, and
// their mean the Pollaczek-Khinchine formula.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/random.hpp"
#include "tests/support/constant_time.hpp"
#include "tests/support/small_run.hpp"

namespace headroom::test {
namespace {

constexpr std::int64_t kIterationNs = 1'000'000;
const ConstantTime kMillisecond(Seconds{1e-3});

// Poisson arrivals at `utilisation` of a server that needs `mean_output` iterations for a request.
SmallRun single_server(double utilisation, std::int64_t requests, std::int32_t least_output,
                       std::int32_t most_output) {
  SmallRun run;
  run.op_times = &kMillisecond;
  run.serving.async_scheduling = false;
  run.serving.max_num_seqs = 1;
  run.serving.enable_prefix_caching = false;
  run.kv_blocks = 10;
  RandomStream gaps(11, "arrivals");
  RandomStream lengths(11, "lengths");
  const double mean_service_ns =
      0.5 * (least_output + most_output) * static_cast<double>(kIterationNs);
  double now = 0;
  for (std::int64_t i = 0; i < requests; ++i) {
    now += gaps.exponential(mean_service_ns / utilisation);
    Request request;
    request.arrival = TimePoint{std::llround(now)};
    request.prompt_tokens = 10;  // one iteration, which yields the first token
    request.output_tokens =
        static_cast<std::int32_t>(lengths.uniform_int(least_output, most_output));
    run.table.requests.push_back(request);
  }
  return run;
}

std::int64_t wait_ns(const RequestOutcome& out) {
  return elapsed(out.arrival, out.scheduled).value;
}

TEST_CASE("waits follow the Lindley recursion to the nanosecond", "[simulation][queueing]") {
  const double utilisation = GENERATE(0.5, 0.8, 0.95);
  const bool fast = GENERATE(true, false);
  const SmallRun server = single_server(utilisation, 5000, 1, 9);
  RunOptions options;
  options.fast_forward = fast;
  const RunResult result = run(server, options);
  std::int64_t wait = 0;
  std::int64_t waited = 0;
  for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
    if (i > 0) {
      const std::int64_t service = server.table.requests[i - 1].output_tokens * kIterationNs;
      const std::int64_t gap =
          elapsed(result.outcomes[i - 1].arrival, result.outcomes[i].arrival).value;
      wait = std::max<std::int64_t>(0, wait + service - gap);
    }
    REQUIRE(wait_ns(result.outcomes[i]) == wait);
    waited += wait > 0 ? 1 : 0;
  }
  CHECK(waited > static_cast<std::int64_t>(0.4 * 5000));
}

// M/D/1: mean wait = utilisation * service / (2 (1 - utilisation)).
TEST_CASE("at utilisation 0.5 the mean wait is that of M/D/1", "[simulation][queueing]") {
  const RunResult result = run(single_server(0.5, 200'000, 4, 4));
  double sum = 0;
  for (const auto& out : result.outcomes) sum += static_cast<double>(wait_ns(out));
  const double mean = sum / static_cast<double>(result.outcomes.size());
  CHECK(mean == Approx(0.5 * 4 * kIterationNs / (2 * 0.5)).epsilon(0.02));
}

TEST_CASE("at utilisation 0.8 the mean wait is that of M/D/1 within three standard errors",
          "[simulation][queueing]") {
  const RunResult result = run(single_server(0.8, 200'000, 4, 4));
  // Neighbouring waits are correlated: the error is that of the means of 50 batches.
  constexpr std::size_t kBatches = 50;
  const std::size_t size = result.outcomes.size() / kBatches;
  std::vector<double> means(kBatches, 0.0);
  for (std::size_t i = 0; i < size * kBatches; ++i)
    means[i / size] += static_cast<double>(wait_ns(result.outcomes[i])) / static_cast<double>(size);
  double mean = 0;
  for (const double m : means) mean += m / kBatches;
  double variance = 0;
  for (const double m : means) variance += (m - mean) * (m - mean) / (kBatches - 1);
  const double standard_error = std::sqrt(variance / kBatches);
  const double expected = 0.8 * 4 * kIterationNs / (2 * 0.2);
  CHECK(std::abs(mean - expected) <= 3 * standard_error);
  CHECK(standard_error < 0.05 * expected);  // the test means something
}

}  // namespace
}  // namespace headroom::test
