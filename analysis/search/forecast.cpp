#include "analysis/search/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace headroom {
namespace {

constexpr double kUnlike = 3;            // what a differing coordinate divides a weight by
constexpr double kSameSoFar = 0.5;       // how much of a coordinate that has not mattered yet
constexpr double kUnchanged = 0.05;      // weight of the guess that nothing changes
constexpr double kLeastSurprise = 0.03;  // relative, of any run

constexpr double kMoreDoubt = 0.1;  // relative, for each doubt beyond the first
// A quarter of what missed requests can shrink by is hoped for, whatever was seen.
constexpr double kHopedOfRoom = 0.25;

// A fraction that ends at 1 changes in what it lacks: 0.99 to 0.98 is twice the misses.
bool counts_misses(const std::string& metric) { return metric == "slo_attainment"; }

// From one part of a trace to the next.
struct Step {
  std::int64_t before = 0, after = 0;  // requests
  // The requests that missed in the shorter part are in the longer one too: their share shrinks by
  // no more than this.
  double room() const { return std::log(static_cast<double>(after) / static_cast<double>(before)); }
};

// ln(after / before); nothing where it has no meaning.
std::optional<double> log_change(const std::string& metric, std::optional<double> before,
                                 std::optional<double> after, const Step& step) {
  if (!before || !after) return std::nullopt;
  if (counts_misses(metric)) {
    const double missed = 1 - *before, misses = 1 - *after;
    if (missed <= 0 && misses <= 0) return 0;
    const double half_a_request = 0.5 / static_cast<double>(step.before);
    return std::max(-step.room(),
                    std::log(std::max(misses, half_a_request) / std::max(missed, half_a_request)));
  }
  if (*before <= 0 || *after <= 0) return std::nullopt;
  return std::log(*after / *before);
}

}  // namespace

Forecast::Forecast(const Contest& contest, double doubt)
    : contest_(contest), doubt_(doubt), metrics_(contest.goal().metrics()) {}

bool Forecast::wants_more(const std::string& metric) const {
  const SearchGoal& goal = contest_.goal();
  if (goal.objective && goal.objective->name == metric) return goal.objective->maximise;
  for (const auto& condition : goal.conditions)
    if (condition.bound && condition.bound->metric == metric) return !condition.bound->at_most;
  return is_higher_better(metric);
}

double Forecast::likeness(std::size_t a, std::size_t b, int level) const {
  const MetricValues &one = contest_.metrics(a, level), &other = contest_.metrics(b, level);
  bool same = value_of(one, "makespan_s").has_value();
  for (const char* metric : {"makespan_s", "e2e_mean_s", "tpot_mean_s"})
    same = same && value_of(one, metric) == value_of(other, metric);
  const auto& from = contest_.contenders()[a].coordinates;
  const auto& to = contest_.contenders()[b].coordinates;
  double difference = 0;
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] != to[i]) difference += same ? kSameSoFar : 1;
  return std::pow(kUnlike, -difference);
}

Forecast::Change Forecast::change(std::size_t contender, const std::string& metric,
                                  int from) const {
  const auto step_of = [&](std::size_t c, int level) {
    const std::int64_t requests = contest_.contenders()[c].requests;
    return Step{part_of_trace(requests, level), part_of_trace(requests, level + 1)};
  };
  const double direction = wants_more(metric) && !counts_misses(metric) ? 1 : -1;
  Change total;
  for (int level = from; level < kWholeTrace; ++level) {
    double weights = kUnchanged, sum = 0, best = 0, closest = 0;
    for (const std::size_t other : contest_.alive()) {
      if (other == contender || !contest_.was_simulated(other, from) ||
          !contest_.was_simulated(other, level) || !contest_.was_simulated(other, level + 1))
        continue;
      const Step step = step_of(other, level);
      const auto seen = log_change(metric, value_of(contest_.metrics(other, level), metric),
                                   value_of(contest_.metrics(other, level + 1), metric), step);
      if (!seen) continue;
      const double weight = likeness(contender, other, from);
      weights += weight;
      sum += weight * *seen;
      best = std::max(best, direction * *seen);
      closest = std::max(closest, weight);
    }
    const double expected = sum / weights;
    double surprise = std::max(kLeastSurprise, best - direction * expected);
    if (counts_misses(metric))
      surprise = std::max(surprise, kHopedOfRoom * step_of(contender, level).room());
    total.expected += expected;
    const double hope = std::min(doubt_, 1.0) * surprise + std::max(0.0, doubt_ - 1) * kMoreDoubt;
    total.hopeful += expected + direction * (1 - closest) * hope;
  }
  return total;
}

MetricValues Forecast::of(std::size_t contender, View view) const {
  const int level = contest_.level(contender);
  const MetricValues& best = contest_.contenders()[contender].best;
  MetricValues values;
  for (const auto& metric : metrics_) {
    const auto limit = value_of(best, metric);
    if (metric == "price_per_hour" || level < 0) {
      constexpr double kUnbounded = std::numeric_limits<double>::infinity();
      values[metric] = limit.value_or(wants_more(metric) ? kUnbounded : 0.0);
      continue;
    }
    const auto seen = value_of(contest_.metrics(contender, level), metric);
    if (!seen) continue;
    if (level == kWholeTrace) {
      values[metric] = *seen;
      continue;
    }
    const Change change_of = change(contender, metric, level);
    const double factor =
        std::exp(view == View::kExpected ? change_of.expected : change_of.hopeful);
    const double told = counts_misses(metric) ? 1 - (1 - *seen) * factor : *seen * factor;
    const bool more = is_higher_better(metric);
    values[metric] = !limit ? told : more ? std::min(told, *limit) : std::max(told, *limit);
  }
  return values;
}

}  // namespace headroom
