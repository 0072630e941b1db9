#include "analysis/search/contest.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr std::array<std::int64_t, kTraceLevels> kDivisors{16, 4, 1};
constexpr std::int64_t kFewestRequests = 48;
constexpr double kRounding = 1e-9;  // relative: limits hold to the last digits of a run

std::string digits(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

// The condition that the best possible values already miss, if there is one.
const Condition* refuted_condition(const SearchGoal& goal, const MetricValues& best) {
  for (const auto& condition : goal.conditions) {
    if (!condition.bound) continue;
    const auto& [metric, at_most, bound] = *condition.bound;
    const auto value = value_of(best, metric);
    if (!value || at_most == is_higher_better(metric)) continue;
    const double slack = kRounding * std::max(std::abs(*value), std::abs(bound));
    if (at_most ? *value > bound + slack : *value < bound - slack) return &condition;
  }
  return nullptr;
}

double total_violation(const SearchGoal& goal, const MetricValues& values) {
  double sum = 0;
  for (const auto& condition : goal.conditions) sum += violation(condition, values);
  return sum;
}

}  // namespace

std::int64_t part_of_trace(std::int64_t requests, int level) {
  return std::min(requests,
                  std::max(kFewestRequests, requests / kDivisors[static_cast<std::size_t>(level)]));
}

std::string_view name_of(Standing standing) {
  constexpr std::array<std::string_view, kStandings> kNames{
      "best", "worse", "misses", "stopped", "untried", "refuted", "unfit", "failed"};
  return kNames[static_cast<std::size_t>(standing)];
}

std::string metric_text(const std::string& metric, const MetricValues& values) {
  const auto value = value_of(values, metric);
  return metric + (value ? " is " + digits(*value) : " was not measured");
}

std::string missed_text(const SearchGoal& goal, const MetricValues& values) {
  std::string text;
  for (const auto& condition : goal.conditions) {
    if (holds(condition, values)) continue;
    if (!text.empty()) text += "; ";
    if (condition.bound) {
      text += metric_text(condition.bound->metric, values) + ", not " +
              (condition.bound->at_most ? "<= " : ">= ") + digits(condition.bound->value);
      continue;
    }
    text += condition.text + " does not hold";
    for (const auto& name : condition.expression.names()) text += ", " + metric_text(name, values);
  }
  return text;
}

std::string refutation(const SearchGoal& goal, const MetricValues& best) {
  const Condition* missed = refuted_condition(goal, best);
  if (missed == nullptr) return "";
  return missed->text + " is beyond its limit, " + missed->bound->metric +
         (missed->bound->at_most ? " >= " : " <= ") +
         digits(*value_of(best, missed->bound->metric));
}

Contest::Contest(const SearchGoal& goal, const std::vector<Contender>& contenders)
    : goal_(goal), contenders_(contenders), entries_(contenders.size()) {
  for (std::size_t c = 0; c < contenders.size(); ++c) {
    if (!contenders[c].refusal.empty()) {
      entries_[c].out = Standing::kUnfit;
      entries_[c].reason = contenders[c].refusal;
      continue;
    }
    exhaustive_requests_ += contenders[c].requests;
    refute(c);
  }
}

void Contest::refute(std::size_t contender) {
  const std::string reason = refutation(goal_, contenders_[contender].best);
  if (reason.empty()) return;
  entries_[contender].out = Standing::kRefuted;
  entries_[contender].reason = "never simulated: " + reason;
}

std::vector<std::size_t> Contest::alive() const {
  std::vector<std::size_t> list;
  for (std::size_t c = 0; c < entries_.size(); ++c)
    if (!entries_[c].out) list.push_back(c);
  return list;
}

int Contest::level(std::size_t contender) const {
  for (int level = kTraceLevels; level-- > 0;)
    if (was_simulated(contender, level)) return level;
  return -1;
}

bool Contest::was_simulated(std::size_t contender, int level) const {
  return entries_[contender].at[static_cast<std::size_t>(level)].has_value();
}

const MetricValues& Contest::metrics(std::size_t contender, int level) const {
  HEADROOM_CHECK(was_simulated(contender, level), "level ", level, " of contender ", contender,
                 " was simulated");
  return *entries_[contender].at[static_cast<std::size_t>(level)];
}

void Contest::record(std::size_t contender, int level, const TraceResult& result) {
  simulated_requests_ += part_of_trace(contenders_[contender].requests, level);
  ++runs_;
  Entry& entry = entries_[contender];
  if (result.metrics) {
    entry.at[static_cast<std::size_t>(level)] = result.metrics;
    return;
  }
  entry.out = Standing::kFailed;
  entry.reason = result.problem;
}

std::optional<std::size_t> Contest::winner() const {
  std::optional<std::size_t> best;
  for (const std::size_t c : alive()) {
    if (level(c) != kWholeTrace) continue;
    const MetricValues& values = metrics(c, kWholeTrace);
    const auto value = value_of(values, goal_.objective->name);
    if (!value || total_violation(goal_, values) > 0) continue;
    const auto leader =
        best ? value_of(metrics(*best, kWholeTrace), goal_.objective->name) : std::nullopt;
    if (!leader || (goal_.objective->maximise ? *value > *leader : *value < *leader)) best = c;
  }
  return best;
}

Ranked Contest::ranked(std::size_t contender, const MetricValues* best) const {
  const Entry& entry = entries_[contender];
  const std::string& objective = goal_.objective->name;
  Ranked row;
  row.contender = contender;
  row.reason = entry.reason;
  const int longest = level(contender);
  if (longest >= 0) {
    row.metrics = metrics(contender, longest);
    row.simulated_requests = part_of_trace(contenders_[contender].requests, longest);
  }
  if (entry.out) {
    row.standing = *entry.out;
    return row;
  }
  const std::string missed = longest >= 0 ? missed_text(goal_, row.metrics) : "";
  const std::string behind =
      best == nullptr ? "" : "; the best has " + digits(value_of(*best, objective).value_or(0));
  if (longest == kWholeTrace) {
    row.standing = missed.empty() ? Standing::kWorse : Standing::kMisses;
    row.reason = missed.empty() ? metric_text(objective, row.metrics) + behind : missed;
  } else if (longest >= 0) {
    row.standing = Standing::kStopped;
    row.reason = "after " + std::to_string(row.simulated_requests) + " requests " +
                 (missed.empty() ? metric_text(objective, row.metrics) : missed) + behind;
  } else {
    row.standing = Standing::kUntried;
    const auto limit = value_of(contenders_[contender].best, objective);
    row.reason = limit ? "its limit of " + objective + " is " + digits(*limit) + behind
                       : "not reached" + behind;
  }
  return row;
}

SearchOutcome Contest::outcome(bool is_open) const {
  SearchOutcome result;
  result.simulated_requests = simulated_requests_;
  result.exhaustive_requests = exhaustive_requests_;
  result.runs = runs_;
  result.is_open = is_open;
  const auto best = winner();
  const MetricValues* leader = best ? &metrics(*best, kWholeTrace) : nullptr;
  for (std::size_t c = 0; c < contenders_.size(); ++c) {
    result.ranking.push_back(ranked(c, leader));
    if (c != best) continue;
    result.ranking.back().standing = Standing::kBest;
    result.ranking.back().reason.clear();
  }
  const auto before = [&](const Ranked& a, const Ranked& b) {
    if (a.standing != b.standing) return a.standing < b.standing;
    if (a.simulated_requests != b.simulated_requests)
      return a.simulated_requests > b.simulated_requests;
    const double worst = goal_.objective->maximise ? -std::numeric_limits<double>::infinity()
                                                   : std::numeric_limits<double>::infinity();
    const double x = value_of(a.metrics, goal_.objective->name).value_or(worst);
    const double y = value_of(b.metrics, goal_.objective->name).value_or(worst);
    return goal_.objective->maximise ? x > y : x < y;
  };
  std::stable_sort(result.ranking.begin(), result.ranking.end(), before);
  return result;
}

}  // namespace headroom
