#include "analysis/report/scenario_keys.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sim/base/diagnostic.hpp"
#include "sim/config/node.hpp"

namespace headroom {
namespace {

using Values = std::map<std::string, std::string>;  // dotted key to value

// `hardware.gpu: {base: NAME, ...}` is hardware.gpu = NAME, as its short form would be.
void flatten(const Node& node, const std::string& key, Values& values) {
  if (node.is_scalar()) values[key] = node.text;
  for (std::size_t i = 0; i < node.items.size(); ++i)
    flatten(node.items[i], key + '[' + std::to_string(i) + ']', values);
  for (const auto& entry : node.entries)
    flatten(entry.value,
            key.empty()           ? entry.key
            : entry.key == "base" ? key
                                  : key + '.' + entry.key,
            values);
}

Values values_of(const std::string& text) {
  Values values;
  try {
    flatten(parse_config(text, "scenario"), "", values);
  } catch (const ConfigError&) {
    values.clear();  // not written by us
  }
  return values;
}

class Comparison {
 public:
  explicit Comparison(const std::vector<StoredScenario>& scenarios) {
    // Runs of a sweep share the text of their base.
    std::map<std::string, Values> parsed;
    for (const auto& scenario : scenarios) {
      auto found = parsed.find(scenario.text);
      if (found == parsed.end())
        found = parsed.emplace(scenario.text, values_of(scenario.text)).first;
      runs_.push_back(found->second);
      for (const auto& change : scenario.changes) {
        // A new name brings other numbers than the base text has.
        std::erase_if(runs_.back(),
                      [&](const auto& entry) { return entry.first.starts_with(change.key + '.'); });
        runs_.back()[change.key] = change.value;
        axes_.insert(change.key);
      }
    }
  }

  DifferingKeys take() {
    std::vector<std::string> keys(axes_.begin(), axes_.end());
    std::set<std::string> others;
    for (const auto& run : runs_)
      for (const auto& [key, value] : run)
        if (axes_.count(key) == 0 && key != "name" && key != "seed") others.insert(key);
    keys.insert(keys.end(), others.begin(), others.end());
    std::erase_if(keys, [&](const std::string& key) { return !differs(key) || is_implied(key); });
    DifferingKeys result{keys, {}};
    for (const auto& run : runs_) {
      auto& values = result.values.emplace_back();
      for (const auto& key : keys) values.push_back(value(run, key));
    }
    return result;
  }

 private:
  static const std::string& value(const Values& run, const std::string& key) {
    static const std::string kNone;
    const auto found = run.find(key);
    return found != run.end() ? found->second : kNone;
  }

  bool differs(const std::string& key) const {
    return std::any_of(runs_.begin(), runs_.end(), [&](const Values& run) {
      return value(run, key) != value(runs_.front(), key);
    });
  }

  // hardware.gpu.bf16, or the price, where every run of one hardware.gpu has the same.
  bool is_implied(const std::string& key) const {
    const auto dot = key.rfind('.');
    if (axes_.count(key) != 0 || dot == std::string::npos) return false;
    const std::string base = key == "hardware.price_per_hour" ? "hardware.gpu" : key.substr(0, dot);
    std::map<std::string, std::string> by_base;
    for (const auto& run : runs_) {
      const std::string& name = value(run, base);
      if (name.empty()) return false;
      if (by_base.emplace(name, value(run, key)).first->second != value(run, key)) return false;
    }
    return true;
  }

  std::vector<Values> runs_;
  std::set<std::string> axes_;
};

}  // namespace

DifferingKeys differing_keys(const std::vector<StoredScenario>& scenarios) {
  return Comparison(scenarios).take();
}

}  // namespace headroom
