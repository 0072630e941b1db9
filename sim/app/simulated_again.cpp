#include "sim/app/simulated_again.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <thread>

#include "sim/app/child_processes.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/stored_run.hpp"
#include "sim/base/check.hpp"
#include "sim/record/statement.hpp"

namespace headroom {
namespace {

// First byte of what a child sends home.
constexpr char kDone = 'd', kProblem = 'p';

double makespan_s(Database& database, std::int64_t run_id) {
  Statement query(database, "SELECT makespan_s FROM run_metric WHERE run_id = ?1");
  query.bind(1, run_id);
  return query.step() ? query.real(0) : 0;
}

// The scenario with series of at most `bins` bins.
Scenario scenario_for_series(Database& database, std::int64_t run_id,
                             const std::vector<std::string>& folders, std::size_t bins) {
  Scenario scenario = load_stored_scenario(database, run_id, folders);
  constexpr double kFinestBin_s = 1e-6;
  scenario.record = {
      .requests = true,
      .iterations = false,
      .resource_bin = Seconds(
          std::max(makespan_s(database, run_id) / static_cast<double>(bins - 1), kFinestBin_s))};
  return scenario;
}

// TTFT, TPOT and E2E of the requests that run_metric's distributions are of.
RequestLatencies latencies_of(const CompletedRun& run) {
  const RunMetrics& m = run.metrics;
  std::array<std::vector<double>, std::tuple_size_v<RequestLatencies>> samples;
  const auto seconds = [](TimePoint from, TimePoint until) {
    return to_seconds(elapsed(from, until)).value;
  };
  for (const RequestOutcome& outcome : run.outcomes) {
    const double arrival_s = seconds(TimePoint{0}, outcome.arrival);
    const bool measured = arrival_s >= m.measure_after_s &&
                          (arrival_s <= m.measure_until_s || m.measure_until_s == m.makespan_s);
    if (!measured || outcome.status != RequestStatus::kFinished) continue;
    samples[0].push_back(seconds(outcome.arrival, outcome.first_token));
    if (outcome.output_tokens > 1)
      samples[1].push_back(seconds(outcome.first_token, outcome.finish) /
                           (outcome.output_tokens - 1));
    samples[2].push_back(seconds(outcome.arrival, outcome.finish));
  }
  RequestLatencies latencies;
  for (std::size_t i = 0; i < samples.size(); ++i)
    latencies[i] = quantiles_of_samples(std::move(samples[i]));
  return latencies;
}

// Requests stay here: only what the report shows of them goes through the pipe.
std::string simulate_in_child(const Scenario& scenario) {
  try {
    CompletedRun run = run_scenario(scenario, {});
    std::string message(1, kDone);
    for (const auto& values : latencies_of(run)) {
      message += static_cast<char>(values.size());
      message.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
    }
    run.outcomes.clear();
    return message + pack(run);
  } catch (const UserError& error) {
    return kProblem + std::string(error.what());
  } catch (const Unfinished& error) {
    return kProblem + std::string(error.what());
  }
}

RequestLatencies take_latencies(std::string_view& message) {
  RequestLatencies latencies;
  for (auto& values : latencies) {
    values.resize(static_cast<std::size_t>(message.front()));
    message.remove_prefix(1);
    std::memcpy(values.data(), message.data(), values.size() * sizeof(double));
    message.remove_prefix(values.size() * sizeof(double));
  }
  return latencies;
}

}  // namespace

std::vector<SimulatedAgain> simulate_again(const std::string& database_path,
                                           const std::vector<std::int64_t>& run_ids,
                                           const std::vector<std::string>& folders,
                                           std::size_t bins) {
  std::vector<SimulatedAgain> results(run_ids.size());
  std::vector<std::optional<Scenario>> scenarios(run_ids.size());
  {
    Database database(database_path, OpenMode::kRead);
    for (std::size_t r = 0; r < run_ids.size(); ++r) {
      try {
        scenarios[r] = scenario_for_series(database, run_ids[r], folders, bins);
      } catch (const UserError& error) {
        results[r].problem = error.what();
      }
    }
  }
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const auto packed = run_in_children(static_cast<int>(run_ids.size()), cores, [&](int i) {
    const auto& scenario = scenarios[static_cast<std::size_t>(i)];
    return scenario ? simulate_in_child(*scenario) : std::string();
  });
  Database database(database_path, OpenMode::kRead);
  for (std::size_t r = 0; r < run_ids.size(); ++r) {
    if (!scenarios[r]) continue;
    const std::string_view bytes = packed[r];
    if (bytes.starts_with(kProblem)) {
      results[r].problem = bytes.substr(1);
      continue;
    }
    try {
      std::string_view message = bytes.substr(1);
      results[r].latencies = take_latencies(message);
      CompletedRun run = unpack_run(message);
      require_same_metrics(database, run_ids[r], run.metrics);
      results[r].resource_use = std::move(run.resource_use);
    } catch (const UserError& error) {
      results[r].problem = error.what();
    }
  }
  return results;
}

}  // namespace headroom
