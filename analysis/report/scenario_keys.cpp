#include "analysis/report/scenario_keys.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include "sim/base/diagnostic.hpp"
#include "sim/config/node.hpp"

namespace headroom {
namespace {

struct Value {
  std::string text;
  bool is_chosen = false;  // by the user, not by a catalogue or a default
};
using Values = std::map<std::string, Value>;  // by dotted key

// "file.yaml:12:3"
bool is_position(std::string_view origin) {
  const auto digits_from_the_end = [&] {
    const auto colon = origin.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == origin.size()) return false;
    const auto digits = origin.substr(colon + 1);
    origin = origin.substr(0, colon);
    return std::all_of(digits.begin(), digits.end(),
                       [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  return digits_from_the_end() && digits_from_the_end();
}

// What a resolved scenario says behind a value is where it comes from; a text without origins holds
// what was written and nothing else.
bool is_chosen(std::string_view line) {
  const auto comment = line.rfind(" # ");
  if (comment == std::string_view::npos) return true;
  const auto origin = line.substr(comment + 3);
  return origin.starts_with("--") || is_position(origin);
}

class Reader {
 public:
  explicit Reader(const std::string& text) {
    for (std::size_t start = 0; start < text.size();) {
      const auto end = std::min(text.find('\n', start), text.size());
      lines_.push_back(std::string_view(text).substr(start, end - start));
      start = end + 1;
    }
    try {
      flatten(parse_config(text, "scenario"), "");
    } catch (const ConfigError&) {
      values_.clear();  // not written by us
    }
  }
  Values take() { return std::move(values_); }

 private:
  // `hardware.gpu: {base: NAME, ...}` is hardware.gpu = NAME, as its short form would be.
  void flatten(const Node& node, const std::string& key) {
    if (node.is_scalar())
      values_[key] = {node.text,
                      is_chosen(lines_.at(static_cast<std::size_t>(node.where.line) - 1))};
    for (std::size_t i = 0; i < node.items.size(); ++i)
      flatten(node.items[i], key + '[' + std::to_string(i) + ']');
    for (const auto& entry : node.entries) {
      if (entry.key == "base" && !key.empty()) {
        flatten(entry.value, key);
      } else {
        flatten(entry.value, key.empty() ? entry.key : key + '.' + entry.key);
      }
    }
  }

  std::vector<std::string_view> lines_;
  Values values_;
};

class Comparison {
 public:
  explicit Comparison(const std::vector<StoredScenario>& scenarios) {
    // Runs of a sweep share the text of their base.
    std::map<std::string, Values> parsed;
    for (const auto& scenario : scenarios) {
      auto found = parsed.find(scenario.text);
      if (found == parsed.end())
        found = parsed.emplace(scenario.text, Reader(scenario.text).take()).first;
      runs_.push_back(found->second);
      for (const auto& change : scenario.changes) put(change);
    }
  }

  DifferingKeys take() {
    std::set<std::string> others;
    for (const auto& run : runs_)
      for (const auto& [key, value] : run)
        if (value.is_chosen && axes_.count(key) == 0 && key != "name" && key != "seed")
          others.insert(key);
    std::vector<std::string> keys(axes_.begin(), axes_.end());
    keys.insert(keys.end(), others.begin(), others.end());
    std::erase_if(keys, [&](const std::string& key) { return !differs(key); });
    DifferingKeys result{keys, {}};
    for (const auto& run : runs_) {
      auto& values = result.values.emplace_back();
      for (const auto& key : keys) values.push_back(value(run, key));
    }
    return result;
  }

 private:
  void put(const ScenarioChange& change) {
    Values& run = runs_.back();
    // A new name brings other numbers than the base text has.
    std::erase_if(run,
                  [&](const auto& entry) { return entry.first.starts_with(change.key + '.'); });
    run[change.key] = {change.value, true};
    axes_.insert(change.key);
  }

  static const std::string& value(const Values& run, const std::string& key) {
    static const std::string kNone;
    const auto found = run.find(key);
    return found != run.end() ? found->second.text : kNone;
  }

  bool differs(const std::string& key) const {
    return std::any_of(runs_.begin(), runs_.end(), [&](const Values& run) {
      return value(run, key) != value(runs_.front(), key);
    });
  }

  std::vector<Values> runs_;
  std::set<std::string> axes_;
};

}  // namespace

DifferingKeys differing_keys(const std::vector<StoredScenario>& scenarios) {
  return Comparison(scenarios).take();
}

}  // namespace headroom
