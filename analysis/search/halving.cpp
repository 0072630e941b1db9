#include "analysis/search/halving.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "analysis/search/forecast.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr double kForWholeTraces = 0.6;  // of the budget
constexpr double kBroad = 0.25;     // of the contenders see the second part before any the third
constexpr std::size_t kSteps = 12;  // a twelfth of the contenders goes on at a time
constexpr std::size_t kWholeAtOnce = 2;
constexpr double kWorthARun = 0.002;  // relative: less than this is no difference
constexpr double kLastDoubt = 4;      // what is left of the budget is for doubts

void run_trials(Contest& contest, const std::vector<std::size_t>& chosen,
                const std::vector<int>& levels, const RunTraces& run) {
  std::vector<TraceTrial> trials;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    trials.push_back(
        {chosen[i], part_of_trace(contest.contenders()[chosen[i]].requests, levels[i])});
  const auto results = run(trials);
  HEADROOM_CHECK(results.size() == trials.size(), "a result for each of ", trials.size(),
                 " trials");
  for (std::size_t i = 0; i < chosen.size(); ++i) contest.record(chosen[i], levels[i], results[i]);
}

// What a contender promises; the smaller one is the better.
struct Promise {
  double violation = 0;
  double loss = 0;  // the objective, with the sign that makes less better
  int level = 0;
  double memory = 0;

  bool operator<(const Promise& other) const {
    if (violation != other.violation) return violation < other.violation;
    if (loss != other.loss) return loss < other.loss;
    if (level != other.level) return level > other.level;
    return memory > other.memory;  // more KV blocks never hurt
  }
  bool is_worth_a_run_against(const Promise& best) const {
    if (violation != best.violation) return violation < best.violation;
    return loss < best.loss - kWorthARun * std::abs(best.loss);
  }
};

class Halving {
 public:
  Halving(const SearchGoal& goal, const std::vector<Contender>& contenders, const RunTraces& run)
      : contest_(goal, contenders), run_(run) {}

  SearchOutcome search() {
    budget_ = contest_.goal().budget * static_cast<double>(contest_.exhaustive_requests());
    while (explore()) {
    }
    while (decide()) {
    }
    return contest_.outcome(is_open_);
  }

 private:
  using Promises = std::map<std::size_t, Promise>;

  Promises promises(View view, double doubt) const {
    const SearchGoal& goal = contest_.goal();
    const Forecast forecast(contest_, doubt);
    Promises all;
    for (const std::size_t c : contest_.alive()) {
      const MetricValues values = forecast.of(c, view);
      Promise promise;
      for (const auto& condition : goal.conditions)
        promise.violation += violation(condition, values);
      const auto objective = value_of(values, goal.objective->name);
      promise.loss = !objective                 ? std::numeric_limits<double>::infinity()
                     : goal.objective->maximise ? -*objective
                                                : *objective;
      promise.level = contest_.level(c);
      if (promise.level >= 0)
        promise.memory = value_of(contest_.metrics(c, promise.level), "kv_blocks").value_or(0);
      all[c] = promise;
    }
    return all;
  }

  static std::vector<std::size_t> by_promise(const Promises& promises) {
    std::vector<std::size_t> order;
    for (const auto& [c, promise] : promises) order.push_back(c);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return promises.at(a) < promises.at(b); });
    return order;
  }

  // The best whole run that meets the conditions.
  static const Promise* leader(const Promises& promises, const std::vector<std::size_t>& order) {
    for (const std::size_t c : order)
      if (promises.at(c).level == kWholeTrace)
        return promises.at(c).violation == 0 ? &promises.at(c) : nullptr;
    return nullptr;
  }

  std::int64_t length(std::size_t c, int level) const {
    return part_of_trace(contest_.contenders()[c].requests, level);
  }
  // A part that is no longer than the last one is left out.
  int next_level(std::size_t c) const {
    const int level = contest_.level(c);
    for (int next = level + 1; next < kWholeTrace; ++next)
      if ((level < 0 || length(c, next) > length(c, level)) &&
          length(c, next) < length(c, kWholeTrace))
        return next;
    return kWholeTrace;
  }

  bool fits_budget(double requests, int level) const {
    if (spent() + requests > budget_) return false;
    return level == kWholeTrace || explored_ + requests <= budget_ * (1 - kForWholeTraces);
  }
  double spent() const { return static_cast<double>(contest_.simulated_requests()); }

  // Whether the second part comes first for enough of them: what it shows about the first is what
  // the rest is judged by. A price needs no trace.
  bool is_broad(const Promises& promises) const {
    std::size_t unseen = 0, further = 0;
    for (const auto& [c, promise] : promises) {
      if (promise.level < 0) ++unseen;
      if (promise.level >= 1) ++further;
    }
    const auto wanted =
        static_cast<std::size_t>(std::ceil(kBroad * static_cast<double>(promises.size())));
    return unseen > 0 || further >= wanted || contest_.goal().objective->name == "price_per_hour";
  }

  // One step of those that could still be best, each to its next part. False: there is none, or no
  // budget for it.
  bool explore() {
    const Promises all = promises(View::kHopeful, 1);
    const auto order = by_promise(all);
    const Promise* best = leader(all, order);
    const bool broad = is_broad(all);
    std::vector<std::size_t> chosen;
    std::vector<int> levels;
    double requests = 0;
    std::size_t whole = 0;
    const std::size_t width = std::max<std::size_t>(1, all.size() / kSteps);
    for (const std::size_t c : order) {
      const Promise& promise = all.at(c);
      if (promise.level == kWholeTrace || (!broad && promise.level >= 1)) continue;
      if (best != nullptr && !promise.is_worth_a_run_against(*best)) break;
      const int level = next_level(c);
      requests += static_cast<double>(length(c, level));
      if (!fits_budget(requests, level)) break;
      if (level == kWholeTrace && whole++ == kWholeAtOnce) break;
      chosen.push_back(c);
      levels.push_back(level);
      // The first look costs little: all of those that are of interest together.
      if (promise.level >= 0 && chosen.size() >= width) break;
      if (chosen.size() >= all.size()) break;
    }
    run(chosen, levels);
    return !chosen.empty();
  }

  // A whole trace of the one that is expected to be best, or that could be if short runs mislead
  // more than they have so far.
  bool decide() {
    const Promises expected = promises(View::kExpected, 0);
    const auto order = by_promise(expected);
    const Promise* best = leader(expected, order);
    const auto next =
        best == nullptr ? first_unfinished(expected, order) : challenger(expected, order, *best);
    if (!next) return false;
    const bool first = std::none_of(order.begin(), order.end(), [&](std::size_t c) {
      return expected.at(c).level == kWholeTrace;
    });
    if (!first && spent() + static_cast<double>(length(*next, kWholeTrace)) > budget_) {
      is_open_ = true;
      return false;
    }
    run({*next}, {kWholeTrace});
    return true;
  }

  static std::optional<std::size_t> first_unfinished(const Promises& promises,
                                                     const std::vector<std::size_t>& order) {
    for (const std::size_t c : order)
      if (promises.at(c).level < kWholeTrace) return c;
    return std::nullopt;
  }

  std::optional<std::size_t> challenger(const Promises& expected,
                                        const std::vector<std::size_t>& order,
                                        const Promise& best) const {
    for (const double doubt : {0.0, 1.0, kLastDoubt}) {
      const Promises hopeful = promises(View::kHopeful, doubt);
      for (const std::size_t c : order)
        if (expected.at(c).level < kWholeTrace && hopeful.at(c).is_worth_a_run_against(best))
          return c;
    }
    return std::nullopt;
  }

  void run(const std::vector<std::size_t>& chosen, const std::vector<int>& levels) {
    if (chosen.empty()) return;
    for (std::size_t i = 0; i < chosen.size(); ++i)
      if (levels[i] < kWholeTrace) explored_ += static_cast<double>(length(chosen[i], levels[i]));
    run_trials(contest_, chosen, levels, run_);
  }

  Contest contest_;
  const RunTraces& run_;
  double budget_ = 0, explored_ = 0;
  bool is_open_ = false;
};

}  // namespace

SearchOutcome search_exhaustively(const SearchGoal& goal, const std::vector<Contender>& contenders,
                                  const RunTraces& run) {
  Contest contest(goal, contenders);
  const auto all = contest.alive();
  run_trials(contest, all, std::vector<int>(all.size(), kWholeTrace), run);
  return contest.outcome(false);
}

SearchOutcome search_by_halving(const SearchGoal& goal, const std::vector<Contender>& contenders,
                                const RunTraces& run) {
  return Halving(goal, contenders, run).search();
}

}  // namespace headroom
