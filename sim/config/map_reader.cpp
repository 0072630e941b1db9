#include "sim/config/map_reader.hpp"

#include <algorithm>

#include "sim/config/quote.hpp"

namespace headroom {
namespace {

// Of a value that would be right if it were not text.
constexpr const char* kInQuotes = " in quotes: write it without";

}  // namespace

MapReader::MapReader(const Node& node, std::string path, ReadContext& context)
    : where_(node.where), path_(std::move(path)), context_(&context) {
  if (node.is_map()) {
    map_ = &node;
  } else if (!node.is_null() || path_.empty()) {
    diagnostics().error(where_, (path_.empty() ? "the file" : quote(path_)) +
                                    " must be a map of keys, got " +
                                    std::string(name_of(node.kind)));
  }
}

MapReader::MapReader(SourcePosition where, std::string path, ReadContext& context)
    : where_(std::move(where)), path_(std::move(path)), context_(&context) {}

const NodeEntry* MapReader::entry(std::string_view key) const {
  if (map_ == nullptr) return nullptr;
  const NodeEntry* found = nullptr;
  for (const auto& candidate : map_->entries) {
    if (candidate.key == key) return &candidate;
    for (const auto& [name, alias] : aliases_)
      if (name == key && alias == candidate.key) found = &candidate;
  }
  return found;
}

bool MapReader::has(std::string_view key) const {
  const auto* found = entry(key);
  return found != nullptr && !found->value.is_null();
}

SourcePosition MapReader::where(std::string_view key) const {
  const auto* found = entry(key);
  return found != nullptr ? found->value.where : where_;
}

SourcePosition MapReader::key_where(std::string_view key) const {
  const auto* found = entry(key);
  return found != nullptr ? found->where : where_;
}

std::string MapReader::origin(std::string_view key) const {
  const auto* found = entry(key);
  if (found == nullptr) return "";
  const auto& [file, line, column] = found->value.where;
  if (line == 0) return file.starts_with("--set") ? "--set" : file;
  return file + ':' + std::to_string(line) + ':' + std::to_string(column);
}

std::string MapReader::dotted(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

void MapReader::accept_alias(std::string_view key, std::string_view alias) {
  known_.emplace(alias);
  if (map_ != nullptr && map_->find(key) != nullptr) {
    if (const auto* other = map_->find(alias); other != nullptr)
      diagnostics().error(other->where, quote(dotted(alias)) + " is another spelling of " +
                                            quote(dotted(key)) + ", which is given too");
  }
  aliases_.emplace_back(key, alias);
}

void MapReader::record(std::string_view key, std::string value, std::string origin) {
  context_->keys.push_back({dotted(key), std::move(value), std::move(origin)});
}

void MapReader::error(std::string_view key, const std::string& problem) {
  diagnostics().error(where(key), quote(dotted(key)) + ' ' + problem);
}

std::string MapReader::missing_text(std::string_view key) const {
  return "missing key " + quote(dotted(key));
}

const Node* MapReader::require(std::string_view key, bool needed) {
  known_.emplace(key);
  const auto* found = entry(key);
  if (found != nullptr && !found->value.is_null()) return &found->value;
  if (found != nullptr) {
    error(key, "has no value");
  } else if (needed) {
    diagnostics().error(where_, missing_text(key));
  }
  return nullptr;
}

const Node* MapReader::scalar(std::string_view key, bool needed) {
  const Node* found = require(key, needed);
  if (found == nullptr || found->is_scalar()) return found;
  error(key, "must be a single value, got " + std::string(name_of(found->kind)));
  return nullptr;
}

const Node* MapReader::node(std::string_view key) { return require(key, false); }

std::vector<std::string> MapReader::keys_present() const {
  std::vector<std::string> keys;
  if (map_ != nullptr)
    for (const auto& present : map_->entries) keys.push_back(present.key);
  return keys;
}

// Text
// ------------------------------------------------------------------------------------------------------------------

std::optional<std::string> MapReader::optional_text(std::string_view key) {
  const Node* found = scalar(key, false);
  if (found == nullptr) return std::nullopt;
  record(key, found->text, origin(key));
  return found->text;
}

std::string MapReader::text(std::string_view key) {
  if (!scalar(key, true)) return "";
  return *optional_text(key);
}

std::string MapReader::text(std::string_view key, Default<std::string> fallback) {
  if (auto given = optional_text(key)) return *given;
  record(key, fallback.value, fallback.origin);
  return fallback.value;
}

std::optional<std::string> MapReader::chosen(std::string_view key,
                                             const std::vector<std::string>& choices, bool needed) {
  const Node* found = scalar(key, needed);
  if (found == nullptr) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), found->text) == choices.end()) {
    error(key,
          "has the unknown value " + quote(found->text) + suggest(found->text, choices, "values"));
    return std::nullopt;
  }
  record(key, found->text, origin(key));
  return found->text;
}

std::string MapReader::choice(std::string_view key, const std::vector<std::string>& choices) {
  return chosen(key, choices, true).value_or(choices.empty() ? "" : choices.front());
}

std::string MapReader::choice(std::string_view key, const std::vector<std::string>& choices,
                              Default<std::string> fallback) {
  if (has(key)) return chosen(key, choices, false).value_or(fallback.value);
  require(key, false);
  record(key, fallback.value, fallback.origin);
  return fallback.value;
}

std::optional<std::string> MapReader::optional_choice(std::string_view key,
                                                      const std::vector<std::string>& choices) {
  return chosen(key, choices, false);
}

// Whole numbers and flags
// -----------------------------------------------------------------------------------------------

std::optional<std::int64_t> MapReader::integer(std::string_view key, CountRange range,
                                               bool needed) {
  const Node* found = scalar(key, needed);
  if (found == nullptr) return std::nullopt;
  const auto value = found->quoted ? std::nullopt : parse_integer(found->text);
  if (!value) {
    error(key, "must be a whole number, got " + quote(found->text) +
                   (found->quoted && parse_integer(found->text) ? kInQuotes : ""));
    return std::nullopt;
  }
  if (*value < range.low || *value > range.high) {
    const bool bounded = range.high < std::numeric_limits<std::int64_t>::max();
    error(key, "must be at least " + std::to_string(range.low) +
                   (bounded ? " and at most " + std::to_string(range.high) : "") + ", got " +
                   quote(found->text));
    return std::nullopt;
  }
  record(key, std::to_string(*value), origin(key));
  return value;
}

std::int64_t MapReader::count(std::string_view key, CountRange range) {
  return integer(key, range, true)
      .value_or(std::max<std::int64_t>(range.low, std::min<std::int64_t>(1, range.high)));
}

std::int64_t MapReader::count(std::string_view key, CountRange range,
                              Default<std::int64_t> fallback) {
  if (has(key)) return integer(key, range, false).value_or(fallback.value);
  require(key, false);
  record(key, std::to_string(fallback.value), fallback.origin);
  return fallback.value;
}

std::optional<std::int64_t> MapReader::optional_count(std::string_view key, CountRange range) {
  return integer(key, range, false);
}

std::optional<bool> MapReader::boolean(std::string_view key, bool needed) {
  const Node* found = scalar(key, needed);
  if (found == nullptr) return std::nullopt;
  const bool yes = found->text == "true";
  if (found->quoted || (!yes && found->text != "false")) {
    const bool would_do = yes || found->text == "false";
    error(key, "must be true or false, got " + quote(found->text) + (would_do ? kInQuotes : ""));
    return std::nullopt;
  }
  record(key, yes ? "true" : "false", origin(key));
  return yes;
}

bool MapReader::flag(std::string_view key) { return boolean(key, true).value_or(false); }

bool MapReader::flag(std::string_view key, Default<bool> fallback) {
  if (has(key)) return boolean(key, false).value_or(fallback.value);
  require(key, false);
  record(key, fallback.value ? "true" : "false", fallback.origin);
  return fallback.value;
}

std::optional<bool> MapReader::optional_flag(std::string_view key) { return boolean(key, false); }

}  // namespace headroom
