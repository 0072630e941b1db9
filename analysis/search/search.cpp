#include "analysis/search/search.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

using Values = std::vector<double>;

// What another objective may cost in the first. Beyond that nobody looks, and runs grow long.
constexpr double kWorthAFactor = 2;

class Search {
 public:
  Search(const std::vector<Objective>& objectives, const SearchTasks& tasks)
      : objectives_(objectives), tasks_(tasks) {}

  void judge(std::size_t candidates) {
    for (std::size_t candidate = 0; candidate < candidates; ++candidate) {
      auto judgement = tasks_.judge(candidate);
      SearchEntry entry;
      entry.candidate = candidate;
      entry.estimate = std::move(judgement.estimate);
      entry.reason = std::move(judgement.refusal);
      if (!entry.estimate) entry.fate = Fate::kRefused;
      HEADROOM_CHECK(!entry.estimate || entry.estimate->values.size() == objectives_.size(),
                     "an estimate has a value for each of ", objectives_.size(), " objectives");
      entries_.push_back(std::move(entry));
    }
  }

  void simulate(std::size_t most) {
    const std::vector<std::size_t> chosen = choose(most);
    const auto attempts = tasks_.simulate(chosen);
    HEADROOM_CHECK(attempts.size() == chosen.size(), "every chosen candidate is attempted");
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      SearchEntry& entry = entries_[chosen[i]];
      entry.simulated = attempts[i].values;
      entry.reason = attempts[i].problem;
      entry.fate = entry.simulated ? Fate::kFront : Fate::kFailed;
    }
  }

  std::vector<SearchEntry> settled() {
    for (auto& entry : entries_)
      if (entry.fate == Fate::kFront) settle(entry);
    const auto order = [&](const SearchEntry& a, const SearchEntry& b) {
      if (a.fate != b.fate) return a.fate < b.fate;
      if (a.fate == Fate::kRefused) return false;
      return is_before(shown(a), shown(b), 0);
    };
    std::stable_sort(entries_.begin(), entries_.end(), order);
    for (auto& entry : entries_)
      if (entry.fate == Fate::kRankedLower && entries_.front().simulated)
        entry.lost_to = entries_.front().candidate;
    return std::move(entries_);
  }

 private:
  static const Values& shown(const SearchEntry& entry) {
    return entry.simulated ? *entry.simulated : entry.estimate->values;
  }

  bool is_before(const Values& a, const Values& b, std::size_t objective) const {
    return objectives_[objective].maximise ? a[objective] > b[objective]
                                           : a[objective] < b[objective];
  }

  bool dominates(const Values& a, const Values& b) const {
    bool better = false;
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
      if (is_before(b, a, i)) return false;
      better = better || is_before(a, b, i);
    }
    return better;
  }

  // Equal ones are not better than each other: the first of them is the front, the rest its copies.
  void settle(SearchEntry& entry) {
    const SearchEntry* best = nullptr;
    for (const auto& other : entries_) {
      if (!other.simulated || other.candidate == entry.candidate) continue;
      const bool copy = other.candidate < entry.candidate && *other.simulated == *entry.simulated;
      if (!copy && !dominates(*other.simulated, *entry.simulated)) continue;
      if (best == nullptr || is_before(*other.simulated, *best->simulated, 0)) best = &other;
    }
    if (best == nullptr) return;
    entry.fate = Fate::kDominated;
    entry.lost_to = best->candidate;
  }

  bool is_worth_it(const Values& values, const Values& best) const {
    return objectives_.front().maximise ? values[0] * kWorthAFactor >= best[0]
                                        : values[0] <= best[0] * kWorthAFactor;
  }

  // Candidates with an estimate, best first.
  std::vector<std::size_t> ranked() const {
    std::vector<std::size_t> order;
    for (const auto& entry : entries_)
      if (entry.estimate) order.push_back(entry.candidate);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return is_before(entries_[a].estimate->values, entries_[b].estimate->values, 0);
    });
    return order;
  }

  // Of the estimates that are not worse than the best by more than kWorthAFactor in the first
  // objective, best first. Pre: `order` is.
  std::vector<std::size_t> estimated_front(const std::vector<std::size_t>& order) const {
    std::vector<std::size_t> front;
    for (const std::size_t candidate : order) {
      const Values& values = entries_[candidate].estimate->values;
      if (!is_worth_it(values, entries_[order.front()].estimate->values)) break;
      const bool beaten = std::any_of(front.begin(), front.end(), [&](std::size_t other) {
        const Values& better = entries_[other].estimate->values;
        return better == values || dominates(better, values);
      });
      if (!beaten) front.push_back(candidate);
    }
    return front;
  }

  std::vector<std::size_t> choose(std::size_t most) const {
    const std::vector<std::size_t> order = ranked();
    if (order.empty()) return {};
    const std::vector<std::size_t> front = estimated_front(order);
    std::vector<std::size_t> chosen;
    const auto add = [&](std::size_t candidate) {
      const bool taken = std::find(chosen.begin(), chosen.end(), candidate) != chosen.end();
      if (!taken && chosen.size() < most) chosen.push_back(candidate);
    };
    if (entries_.front().estimate) add(0);
    const std::size_t spread = (most - chosen.size()) / 4;
    for (std::size_t i = 0; i < order.size() && chosen.size() + spread < most; ++i) add(order[i]);
    // From the far end of the front inwards: its near end is among the best already.
    for (std::size_t i = 0; i < spread; ++i) add(front[(front.size() - 1) * (spread - i) / spread]);
    for (const std::size_t candidate : order) add(candidate);
    return chosen;
  }

  const std::vector<Objective>& objectives_;
  const SearchTasks& tasks_;
  std::vector<SearchEntry> entries_;  // by candidate, until settled
};

}  // namespace

std::string_view name_of(Fate fate) {
  constexpr std::array<std::string_view, kFates> kNames{"front", "dominated", "failed",
                                                        "ranked_lower", "refused"};
  return kNames[static_cast<std::size_t>(fate)];
}

std::vector<SearchEntry> search(std::size_t candidates, const std::vector<Objective>& objectives,
                                const SearchTasks& tasks, std::size_t simulated) {
  HEADROOM_CHECK(candidates > 0 && !objectives.empty() && simulated > 0,
                 "something to search, something to compare, something to simulate");
  Search search(objectives, tasks);
  search.judge(candidates);
  search.simulate(simulated);
  return search.settled();
}

}  // namespace headroom
