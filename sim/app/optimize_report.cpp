#include "sim/app/optimize_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "sim/app/human_number.hpp"
#include "sim/app/standard_output.hpp"

namespace headroom {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::size_t, kFates> kShown{20, 20, 4, 6, 5};  // rows of each fate

std::pair<std::string, std::string> split(const std::string& setting) {
  const auto equals = setting.find('=');
  return {setting.substr(0, equals), setting.substr(equals + 1)};
}

std::string rounded(double value, const char* format = "%.4g") {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

// "-1.7", "+31"
std::string percent(double change) {
  constexpr double kFewDigits = 0.0995;
  return rounded(100 * change, std::abs(change) < kFewDigits ? "%+.1f" : "%+.0f");
}

// As a shell takes it.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:+,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string command_line(const OptimizeReport& report, const Settings& settings,
                         const char* before_setting = " ") {
  std::string text;
  for (const auto& word : report.run_command) text += (text.empty() ? "" : " ") + quoted(word);
  for (const auto& setting : settings) text += before_setting + ("--set " + quoted(setting));
  return text;
}

// A key as the scenario has it: a value, or the values below it; of a placement without DRAM, which
// has the rest.
std::string value_in(const Scenario& scenario, const std::string& key) {
  std::string below;
  for (const auto& resolved : scenario.keys) {
    if (resolved.key == key) return resolved.value;
    const bool is_below = resolved.key.starts_with(key + ".");
    const bool is_nothing = resolved.key.ends_with(".ssd") && resolved.value == "0";
    if (!is_below || is_nothing || resolved.key.ends_with(".dram")) continue;
    below +=
        (below.empty() ? "" : ", ") + resolved.key.substr(key.size() + 1) + ": " + resolved.value;
  }
  return below.empty() ? "" : "{" + below + "}";
}

// Keys that candidates set, and what they are called in a column.
class SettingColumns {
 public:
  explicit SettingColumns(const OptimizeReport& report) : report_(report) {
    for (const auto& settings : report.candidates)
      for (const auto& setting : settings) {
        const std::string key = split(setting).first;
        if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) keys_.push_back(key);
      }
    const auto is_constant = [&](const std::string& key) {
      const std::string first = value(0, key);
      for (std::size_t i = 1; i < report.candidates.size(); ++i)
        if (value(i, key) != first) return false;
      return true;
    };
    keys_.erase(std::remove_if(keys_.begin(), keys_.end(), is_constant), keys_.end());
  }

  std::vector<TableColumn> columns() const {
    std::vector<TableColumn> columns;
    for (const auto& key : keys_) columns.push_back({shortened(key)});
    return columns;
  }

  std::vector<Cell> cells(std::size_t candidate) const {
    std::vector<Cell> cells;
    for (const auto& key : keys_) {
      const std::string text = value(candidate, key);
      cells.push_back(text.empty() ? Cell{} : Cell{text});
    }
    return cells;
  }

 private:
  std::string value(std::size_t candidate, const std::string& key) const {
    for (const auto& setting : report_.candidates[candidate])
      if (const auto [name, text] = split(setting); name == key) return text;
    return value_in(report_.scenario, key);
  }

  // The last words that no other key ends with.
  std::string shortened(const std::string& key) const {
    for (auto dot = key.rfind('.'); dot != std::string::npos && dot > 0;
         dot = key.rfind('.', dot - 1)) {
      const auto same = std::count_if(keys_.begin(), keys_.end(), [&](const std::string& other) {
        return other.ends_with(key.substr(dot));
      });
      if (same == 1) return key.substr(dot + 1);
    }
    return key;
  }

  const OptimizeReport& report_;
  std::vector<std::string> keys_;
};

std::string without_prefix(const std::string& text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

const SearchEntry& entry_of(const OptimizeReport& report, std::size_t candidate) {
  return *std::find_if(report.entries.begin(), report.entries.end(),
                       [&](const SearchEntry& entry) { return entry.candidate == candidate; });
}

std::string why_dominated(const OptimizeReport& report, const SearchEntry& entry) {
  const auto& mine = *entry.simulated;
  const auto& theirs = *entry_of(report, *entry.lost_to).simulated;
  if (mine == theirs) return "the same as another";
  constexpr double kTold = 5e-4;
  if (mine[0] > theirs[0] * (1 - kTold) && mine[1] < theirs[1] * (1 + kTold))
    return "the same as another to 0.1 %";
  std::string text;
  if (mine[0] < theirs[0]) text += percent(mine[0] / theirs[0] - 1) + " % output";
  if (mine[1] > theirs[1])
    text += (text.empty() ? "" : ", ") + percent(mine[1] / theirs[1] - 1) + " %/token";
  const auto facts = report.facts.find(entry.candidate);
  if (facts != report.facts.end() && !facts->second.largest_wait.empty())
    text += ": " + without_prefix(facts->second.largest_wait, "wait_");
  return text;
}

std::string why(const OptimizeReport& report, const SearchEntry& entry) {
  switch (entry.fate) {
    case Fate::kFront:
      return "";
    case Fate::kDominated:
      return why_dominated(report, entry);
    case Fate::kRankedLower: {
      const std::string best =
          entry.lost_to
              ? " against " + rounded(entry_of(report, *entry.lost_to).estimate->values[0])
              : "";
      return "estimated " + rounded(entry.estimate->values[0]) + best + ": " +
             entry.estimate->bound;
    }
    case Fate::kFailed:
    case Fate::kRefused:
      return entry.reason.substr(0, entry.reason.find('\n'));
  }
  return "";
}

std::string rate_of(const SearchEntry& entry) {
  return entry.simulated ? rounded((*entry.simulated)[0]) : "";
}

Cell text_or_nothing(const std::string& text) { return text.empty() ? Cell{} : Cell{text}; }

Table front_table(const OptimizeReport& report, const SettingColumns& settings) {
  Table table;
  const bool has_slo = report.scenario.slo || !report.scenario.class_slos.empty();
  table.columns = {{"tokens/s"}, {"s/token"}, {"estimate"}};
  if (has_slo) table.columns.push_back({"met SLO"});
  table.columns.push_back({"waits for"});
  for (auto& column : settings.columns()) table.columns.push_back(std::move(column));
  for (const auto& entry : report.entries) {
    if (entry.fate != Fate::kFront) continue;
    const auto& facts = report.facts.at(entry.candidate);
    std::vector<Cell> row{(*entry.simulated)[0], (*entry.simulated)[1], entry.estimate->values[0]};
    if (has_slo) row.emplace_back(human_percent(facts.attained_fraction));
    row.push_back(text_or_nothing(without_prefix(facts.largest_wait, "wait_")));
    for (auto& cell : settings.cells(entry.candidate)) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table loser_table(const OptimizeReport& report, const SettingColumns& settings) {
  Table table;
  table.columns = {{"tokens/s"}};
  for (auto& column : settings.columns()) table.columns.push_back(std::move(column));
  table.columns.push_back({"why"});
  std::array<std::size_t, kFates> shown{};
  for (const auto& entry : report.entries) {
    const auto fate = static_cast<std::size_t>(entry.fate);
    if (entry.fate == Fate::kFront || shown[fate]++ >= kShown[fate]) continue;
    std::vector<Cell> row{text_or_nothing(rate_of(entry))};
    for (auto& cell : settings.cells(entry.candidate)) row.push_back(std::move(cell));
    row.emplace_back((entry.candidate == 0 ? "as it is: " : "") + why(report, entry));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string number_of(std::size_t count) { return human_count(static_cast<std::int64_t>(count)); }

std::string best_lines(const OptimizeReport& report) {
  const SearchEntry& best = report.entries.front();
  std::string text = "\nbest";
  const SearchEntry& start = entry_of(report, 0);
  if (best.candidate == 0) {
    text += ": the scenario as it is";
  } else if (start.simulated) {
    text += ", " + rounded(100 * ((*best.simulated)[0] / (*start.simulated)[0] - 1), "%.1f") +
            " % more output than the scenario as it is";
  }
  const Settings& settings = report.candidates[best.candidate];
  constexpr std::size_t kWide = 120;
  std::string command = command_line(report, settings);
  if (command.size() > kWide) command = command_line(report, settings, " \\\n    ");
  return text + "\n  " + command + '\n';
}

Json estimate_object(const SearchEntry& entry) {
  if (!entry.estimate) return nullptr;
  return {{"output_tokens_per_s", entry.estimate->values[0]},
          {"tpot_mean_s", entry.estimate->values[1]},
          {"bound", entry.estimate->bound}};
}

Json simulated_object(const OptimizeReport& report, const SearchEntry& entry) {
  if (!entry.simulated) return nullptr;
  const auto& facts = report.facts.at(entry.candidate);
  return {{"output_tokens_per_s", (*entry.simulated)[0]},
          {"tpot_mean_s", (*entry.simulated)[1]},
          {"attained_fraction", facts.attained_fraction},
          {"largest_wait", facts.largest_wait.empty() ? Json(nullptr) : Json(facts.largest_wait)}};
}

Json settings_object(const Settings& settings) {
  Json object = Json::object();
  for (const auto& setting : settings) {
    const auto [key, value] = split(setting);
    object[key] = value;
  }
  return object;
}

std::size_t count_of(const OptimizeReport& report, Fate fate) {
  return static_cast<std::size_t>(
      std::count_if(report.entries.begin(), report.entries.end(),
                    [fate](const SearchEntry& entry) { return entry.fate == fate; }));
}

std::size_t simulated_count(const OptimizeReport& report) {
  return count_of(report, Fate::kFront) + count_of(report, Fate::kDominated);
}

}  // namespace

std::string optimize_text(const OptimizeReport& report) {
  const SettingColumns settings(report);
  const std::size_t refused = count_of(report, Fate::kRefused);
  const std::size_t failed = count_of(report, Fate::kFailed);
  std::string text = report.scenario.name + "\n  " + number_of(report.entries.size()) +
                     " candidates: " + number_of(simulated_count(report)) + " simulated, " +
                     number_of(count_of(report, Fate::kRankedLower)) +
                     " estimated too low to be, " + number_of(refused) + " do not fit into memory";
  if (failed > 0) text += ", " + number_of(failed) + " failed";
  if (simulated_count(report) > 0) {
    text += "\n\nfront: none simulated gives more output and is quicker per token\n\n";
    text += rendered_text(front_table(report, settings)) + best_lines(report);
  } else {
    text += "\n\nnothing could be simulated\n";
  }
  const Table losers = loser_table(report, settings);
  if (losers.rows.empty()) return text;
  return text + "\nwhy the rest lost, and what they wait for (--format csv lists all)\n\n" +
         rendered_text(losers);
}

Table optimize_table(const OptimizeReport& report) {
  Table table;
  table.columns = {{"fate"},
                   {"output_tokens_per_s"},
                   {"tpot_mean_s"},
                   {"attained_fraction"},
                   {"largest_wait"},
                   {"estimated_output_tokens_per_s"},
                   {"estimated_tpot_mean_s"},
                   {"bound"},
                   {"settings"},
                   {"reason"}};
  for (const auto& entry : report.entries) {
    std::string settings;
    for (const auto& setting : report.candidates[entry.candidate])
      settings += (settings.empty() ? "" : " ") + quoted(setting);
    std::vector<Cell> row(table.columns.size());
    row[0] = std::string(name_of(entry.fate));
    if (entry.simulated) {
      const auto& facts = report.facts.at(entry.candidate);
      row[1] = (*entry.simulated)[0];
      row[2] = (*entry.simulated)[1];
      row[3] = facts.attained_fraction;
      row[4] = text_or_nothing(facts.largest_wait);
    }
    if (entry.estimate) {
      row[5] = entry.estimate->values[0];
      row[6] = entry.estimate->values[1];
      row[7] = entry.estimate->bound;
    }
    row[8] = text_or_nothing(settings);
    row[9] = text_or_nothing(why(report, entry));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string optimize_json(const OptimizeReport& report) {
  Json entries = Json::array();
  for (const auto& entry : report.entries)
    entries.push_back({{"fate", name_of(entry.fate)},
                       {"candidate", entry.candidate},
                       {"settings", settings_object(report.candidates[entry.candidate])},
                       {"estimate", estimate_object(entry)},
                       {"simulated", simulated_object(report, entry)},
                       {"lost_to", entry.lost_to ? Json(*entry.lost_to) : Json(nullptr)},
                       {"reason", why(report, entry)}});
  Json best = nullptr;
  if (const SearchEntry& first = report.entries.front(); first.fate == Fate::kFront)
    best = {{"command", command_line(report, report.candidates[first.candidate])},
            {"settings", settings_object(report.candidates[first.candidate])},
            {"simulated", simulated_object(report, first)}};
  const Json whole{{"name", report.scenario.name},
                   {"objectives", {"output_tokens_per_s", "tpot_mean_s"}},
                   {"candidates", report.entries.size()},
                   {"simulated", simulated_count(report)},
                   {"best", best},
                   {"entries", entries}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace headroom
