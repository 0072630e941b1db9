#include "analysis/search/search.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::string rate(double tokens_per_s) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.4g tok/s", tokens_per_s);
  return text.data();
}

// The message of a refused scenario without its positions and what follows the first line: the
// settings of a candidate have no position.
std::string first_problem(const std::string& message) {
  std::string line = message.substr(0, message.find('\n'));
  const auto marker = line.find("error: ");
  return marker == std::string::npos ? line : line.substr(marker + 7);
}

SearchEntry estimated(const Settings& settings, const SearchTasks& tasks) {
  SearchEntry entry{settings, Fate::kRankedLower, {}, {}, ""};
  try {
    entry.estimate = estimate(tasks.load(settings));
  } catch (const UserError& error) {
    entry.fate = Fate::kRefused;
    entry.reason = first_problem(error.what());
  }
  return entry;
}

bool is_better(const SimulatedPoint& a, const SimulatedPoint& b) {
  const bool not_worse =
      a.output_tokens_per_s >= b.output_tokens_per_s && a.tpot_mean_s <= b.tpot_mean_s;
  return not_worse &&
         (a.output_tokens_per_s > b.output_tokens_per_s || a.tpot_mean_s < b.tpot_mean_s);
}

// Equal points are not better than each other: the first of them is the front, the rest its copies.
void judge(std::vector<SearchEntry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    SearchEntry& entry = entries[i];
    if (!entry.simulated) continue;
    entry.fate = Fate::kFront;
    for (std::size_t j = 0; j < entries.size() && entry.fate == Fate::kFront; ++j) {
      if (j == i || !entries[j].simulated) continue;
      const SimulatedPoint& other = *entries[j].simulated;
      const bool copy = j < i &&
                        other.output_tokens_per_s == entry.simulated->output_tokens_per_s &&
                        other.tpot_mean_s == entry.simulated->tpot_mean_s;
      if (!copy && !is_better(other, *entry.simulated)) continue;
      entry.fate = Fate::kDominated;
      entry.reason = std::string(copy ? "the same as " : "no better than ") +
                     rate(other.output_tokens_per_s) + " at " + std::to_string(other.tpot_mean_s) +
                     " s per token";
    }
  }
}

double sort_value(const SearchEntry& entry) {
  if (entry.simulated) return entry.simulated->output_tokens_per_s;
  return entry.estimate ? entry.estimate->output_tokens_per_s : 0;
}

}  // namespace

std::string_view name_of(Fate fate) {
  constexpr std::array<std::string_view, 5> kNames{"front", "dominated", "failed", "ranked_lower",
                                                   "refused"};
  return kNames[static_cast<std::size_t>(fate)];
}

std::vector<SearchEntry> search(const std::vector<Settings>& candidates, const SearchTasks& tasks,
                                std::size_t simulated) {
  std::vector<SearchEntry> entries;
  for (const auto& settings : candidates) {
    entries.push_back(estimated(settings, tasks));
    if (tasks.on_progress) tasks.on_progress(entries.size(), candidates.size());
  }
  const auto by_value = [](const SearchEntry& a, const SearchEntry& b) {
    if (a.estimate.has_value() != b.estimate.has_value()) return a.estimate.has_value();
    return sort_value(a) > sort_value(b);
  };
  std::stable_sort(entries.begin(), entries.end(), by_value);

  std::vector<Settings> chosen;
  for (const auto& entry : entries)
    if (entry.estimate && chosen.size() < simulated) chosen.push_back(entry.settings);
  const auto attempts = tasks.simulate(chosen);
  HEADROOM_CHECK(attempts.size() == chosen.size(), "every chosen candidate is attempted");
  double lowest = 0;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    entries[i].simulated = attempts[i].point;
    if (!attempts[i].point)
      entries[i].fate = Fate::kFailed, entries[i].reason = attempts[i].problem;
    lowest = entries[i].estimate->output_tokens_per_s;
  }
  judge(entries);
  for (auto& entry : entries)
    if (entry.fate == Fate::kRankedLower)
      entry.reason = "estimated at " + rate(entry.estimate->output_tokens_per_s) + " (bound by " +
                     entry.estimate->bound + "); those simulated begin at " + rate(lowest);
  std::stable_sort(entries.begin(), entries.end(), [](const SearchEntry& a, const SearchEntry& b) {
    if (a.fate != b.fate) return a.fate < b.fate;
    return sort_value(a) > sort_value(b);
  });
  return entries;
}

}  // namespace headroom
