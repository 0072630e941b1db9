// analysis/search/search.hpp -- finds the best of many candidates without simulating all of them:
// each is judged (an estimate, or a reason why it is none), the best few estimates are simulated,
// and every other one is kept with what it lost to. What a candidate is, what estimates it and what
// simulates it comes from the caller: micro-batches of an execution system (system_space.hpp), or
// anything else that can be numbered.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// What is compared. The first is what the search is for; the others decide what the front is.
struct Objective {
  std::string name;  // "output_tokens_per_s"
  bool maximise = true;
};

struct Estimate {
  std::vector<double> values;  // by objective
  std::string bound;           // what holds it back, in a word
};

enum class Fate {
  kFront,        // simulated; no other simulated one is better in one objective and as good in all
  kDominated,    // simulated; another is at least as good in all
  kFailed,       // could not be simulated
  kRankedLower,  // estimated below those that were simulated
  kRefused       // cannot be: as a rule, something does not fit into a memory
};
inline constexpr std::size_t kFates = 5;
std::string_view name_of(Fate fate);  // "front", "dominated", ...

struct SearchEntry {
  std::size_t candidate = 0;
  Fate fate = Fate::kRankedLower;
  std::optional<Estimate> estimate;              // absent: refused
  std::optional<std::vector<double>> simulated;  // by objective
  // Dominated: the best of those that are better. Ranked lower: the best of all.
  std::optional<std::size_t> lost_to;
  std::string reason;  // of a failed or refused one
};

struct SearchTasks {
  struct Judgement {
    std::optional<Estimate> estimate;
    std::string refusal;  // where there is no estimate
  };
  std::function<Judgement(std::size_t candidate)> judge;
  struct Attempt {
    std::optional<std::vector<double>> values;  // absent where the run failed
    std::string problem;
  };
  // One attempt each, in order.
  std::function<std::vector<Attempt>(const std::vector<std::size_t>& candidates)> simulate;
};

// Simulates at most `simulated` candidates: candidate 0, where the search starts from, unless it is
// refused; then three quarters of what is left by the first objective, and the rest spread over the
// front of the estimates as far as half of the best, so that the other objectives have their best
// too. By entry: the front
// (the best in the first objective first), then the dominated, failed, lower ranked (by estimate)
// and refused ones. Ties keep the order of the candidates.
// Pre: candidates > 0, at least one objective, simulated > 0.
std::vector<SearchEntry> search(std::size_t candidates, const std::vector<Objective>& objectives,
                                const SearchTasks& tasks, std::size_t simulated);

}  // namespace headroom
