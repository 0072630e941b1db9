#include "workloads/models/config_keys.hpp"

#include <algorithm>

namespace headroom {

ConfigKeys::ConfigKeys(const Node& node, const std::string& path, ReadContext& context)
    : node_(node), reader_(node, path, context) {}

std::string ConfigKeys::quoted(std::string_view key) const {
  std::string text(
      1, '\'');  // not "'" + ...: g++ 12 misreads that as an overlapping copy (-Wrestrict)
  text += reader_.dotted(key);
  text += '\'';
  return text;
}

std::vector<std::string_view> ConfigKeys::present(Spellings spellings) {
  std::vector<std::string_view> found;
  for (const auto spelling : spellings) {
    read_.emplace(spelling);
    if (reader_.has(spelling)) found.push_back(spelling);
  }
  return found;
}

std::optional<std::int64_t> ConfigKeys::optional_count(Spellings spellings, std::int64_t low,
                                                       std::int64_t high) {
  std::optional<std::int64_t> value;
  std::string_view first;
  for (const auto spelling : present(spellings)) {
    const auto given = reader_.optional_count(spelling, {.low = low, .high = high});
    if (value && given && *given != *value)
      error(spelling, "is " + std::to_string(*given) + ", but " + quoted(first) +
                          ", another spelling of it, is " + std::to_string(*value));
    if (!value) {
      value = given.value_or(
          std::max<std::int64_t>(low, 1));  // a bad value is reported: any stand-in will do
      first = spelling;
    }
  }
  return value;
}

std::int64_t ConfigKeys::count(Spellings spellings, std::int64_t low, std::int64_t high) {
  if (const auto given = optional_count(spellings, low, high)) return *given;
  std::string also;
  for (auto it = spellings.begin() + 1; it < spellings.end(); ++it)
    also += (also.empty() ? " (or '" : ", '") + std::string(*it) + "'";
  const std::string message =
      "missing key " + quoted(*spellings.begin()) + also + (also.empty() ? "" : ")");
  reader_.diagnostics().error(reader_.where(), message);
  for (const auto spelling : spellings) missing_.emplace_back(spelling, message);
  return std::max<std::int64_t>(low, 1);
}

bool ConfigKeys::flag(std::string_view key, bool fallback) {
  return present({key}).empty() ? fallback : reader_.optional_flag(key).value_or(fallback);
}

std::optional<double> ConfigKeys::optional_number(std::string_view key, double high) {
  if (present({key}).empty()) return std::nullopt;
  return reader_.optional_number(key, {.low = 0, .low_is_allowed = true, .high = high});
}

std::optional<std::string> ConfigKeys::optional_text(std::string_view key) {
  if (present({key}).empty()) return std::nullopt;
  return reader_.optional_text(key);
}

std::optional<std::vector<const Node*>> ConfigKeys::optional_list(std::string_view key) {
  if (present({key}).empty()) return std::nullopt;
  if (!node_.find(key)->is_list()) {
    error(key, "must be a list, got " + std::string(name_of(node_.find(key)->kind)));
    return std::nullopt;
  }
  std::vector<const Node*> items;
  for (const auto& item : node_.find(key)->items) items.push_back(&item);
  return items;
}

std::optional<std::vector<std::int64_t>> ConfigKeys::optional_integers(std::string_view key,
                                                                       std::int64_t low,
                                                                       std::int64_t high) {
  const auto items = optional_list(key);
  if (!items) return std::nullopt;
  std::vector<std::int64_t> values;
  for (const auto* item : *items) {
    const auto value =
        item->is_scalar() && !item->quoted ? parse_integer(item->text) : std::nullopt;
    if (!value || *value < low || *value > high) {
      error_at(*item, quoted(key) + " must hold whole numbers from " + std::to_string(low) +
                          " to " + std::to_string(high));
      continue;
    }
    values.push_back(*value);
  }
  return values;
}

const Node* ConfigKeys::optional_map(std::string_view key) {
  if (present({key}).empty()) return nullptr;
  return node_.find(key);
}

void ConfigKeys::error_at(const Node& node, const std::string& problem) {
  reader_.diagnostics().error(node.where, problem);
}

void ConfigKeys::finish(std::span<const std::string_view> ignored, const std::string& model_type) {
  for (const auto& entry : node_.entries) {
    if (read_.contains(entry.key) ||
        std::find(ignored.begin(), ignored.end(), entry.key) != ignored.end())
      continue;
    if (entry.value.is_null()) continue;  // "no such part"
    // A misspelt key is answered with the right one; the full list of keys would help nobody.
    const std::vector<std::string> known(read_.begin(), read_.end());
    const std::string* meant = nearest(entry.key, known);
    for (const auto& [spelling, message] : missing_)
      if (meant != nullptr && spelling == *meant)
        reader_.diagnostics().withdraw(reader_.where(), message);
    reader_.diagnostics().error(
        entry.where, "unknown key " + quoted(entry.key) + " for model_type '" + model_type +
                         "': its influence on performance is not modelled" +
                         (meant != nullptr ? "; did you mean '" + *meant + "'?" : ""));
  }
}

}  // namespace headroom
