// analysis/search/contest.hpp -- who takes part in a search, what was simulated of whom, and what
// came of it in the end: what every way to search shares.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/search/goal.hpp"

namespace headroom {

struct Contender {
  std::vector<std::size_t> coordinates;  // in the space: what it has in common with others
  std::int64_t requests = 0;             // of its whole trace
  std::string refusal;                   // why it cannot be run; "" when it can
  // The best that any policy could reach, of the metrics that have a limit.
  MetricValues best;
};

struct TraceTrial {
  std::size_t contender = 0;
  std::int64_t requests = 0;  // of the beginning of its trace
};
struct TraceResult {
  std::optional<MetricValues> metrics;
  std::string problem;  // why there are none
};
// One result each, in order. The trials of a call may run side by side.
using RunTraces = std::function<std::vector<TraceResult>(const std::vector<TraceTrial>&)>;

// Parts of a trace that are simulated: a sixteenth, a quarter, all of it. A part has at least 48
// requests: fewer say nothing.
inline constexpr int kTraceLevels = 3;
inline constexpr int kWholeTrace = kTraceLevels - 1;
std::int64_t part_of_trace(std::int64_t requests, int level);

enum class Standing {
  kBest,     // meets the conditions over its whole trace, and none that does is better
  kWorse,    // the same, and another is better or was there first
  kMisses,   // misses a condition over its whole trace
  kStopped,  // part of its trace was enough to give it up
  kUntried,  // its limit was enough: what others reached is better
  kRefuted,  // its limit misses a condition: never simulated
  kUnfit,    // cannot be run: as a rule, memory
  kFailed    // a run of it ended without a result
};
inline constexpr std::size_t kStandings = 8;
std::string_view name_of(Standing standing);  // "best", "worse", "misses", ...

struct Ranked {
  std::size_t contender = 0;
  Standing standing = Standing::kUntried;
  std::int64_t simulated_requests = 0;  // in its longest run
  MetricValues metrics;                 // of that run; empty without one
  std::string reason;                   // why it is not the best
};

struct SearchOutcome {
  std::vector<Ranked> ranking;           // by standing, the better first
  std::int64_t simulated_requests = 0;   // of all runs
  std::int64_t exhaustive_requests = 0;  // that trying all that fit would take
  std::int64_t runs = 0;
  bool is_open = false;  // the budget ended it: one that was given up might have won
};

class Contest {
 public:
  // Pre: both outlive this object.
  Contest(const SearchGoal& goal, const std::vector<Contender>& contenders);

  const SearchGoal& goal() const { return goal_; }
  const std::vector<Contender>& contenders() const { return contenders_; }
  // Neither unfit, refuted nor failed, in the order of the contenders.
  std::vector<std::size_t> alive() const;
  // The longest part that was simulated; -1: none.
  int level(std::size_t contender) const;
  const MetricValues& metrics(std::size_t contender, int level) const;  // pre: it was simulated
  bool was_simulated(std::size_t contender, int level) const;
  // A trial that has ended. One that failed ends its contender.
  void record(std::size_t contender, int level, const TraceResult& result);

  std::int64_t simulated_requests() const { return simulated_requests_; }
  std::int64_t exhaustive_requests() const { return exhaustive_requests_; }
  SearchOutcome outcome(bool is_open) const;

 private:
  struct Entry {
    std::array<std::optional<MetricValues>, kTraceLevels> at;
    std::optional<Standing> out;  // why it does not take part
    std::string reason;
  };
  void refute(std::size_t contender);
  Ranked ranked(std::size_t contender, const MetricValues* best) const;
  std::optional<std::size_t> winner() const;

  const SearchGoal& goal_;
  const std::vector<Contender>& contenders_;
  std::vector<Entry> entries_;
  std::int64_t simulated_requests_ = 0, exhaustive_requests_ = 0, runs_ = 0;
};

// Why no policy could meet the conditions, by the best values that any could reach: "ttft_p99_s <=
// 0.5 is beyond its limit, ttft_p99_s >= 0.61". "" when nothing rules it out.
std::string refutation(const SearchGoal& goal, const MetricValues& best);

// Which conditions are missed, by how much; "" when all hold.
std::string missed_text(const SearchGoal& goal, const MetricValues& values);

// How a value of the objective or of a condition reads: "ttft_p99_s is 0.61".
std::string metric_text(const std::string& metric, const MetricValues& values);

}  // namespace headroom
