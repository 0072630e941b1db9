#include "sim/config/map_reader.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "sim/config/data_folder.hpp"

namespace headroom {
namespace {

std::string quote(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string quoted = "'";
  quoted += text.substr(0, kLongest);
  quoted += text.size() > kLongest ? "...'" : "'";
  return quoted;
}

// "must be at least 1", "must be more than 0 and at most 1".
std::string range_text(const RealRange& range, Dimension dimension) {
  std::string text = std::string("must be ") + (range.low_is_allowed ? "at least " : "more than ") +
                     format_quantity(range.low, dimension);
  if (range.high < std::numeric_limits<double>::max()) text += " and at most " + format_quantity(range.high, dimension);
  return text;
}

bool in_range(double value, const RealRange& range) {
  return (range.low_is_allowed ? value >= range.low : value > range.low) && value <= range.high;
}

// A value that later checks can divide by: the fallback of a read that has failed.
double stand_in(const RealRange& range) {
  if (range.low_is_allowed && range.low > 0) return range.low;
  return std::min(range.low + 1, range.high);
}

}  // namespace

MapReader::MapReader(const Node& node, std::string path, ReadContext& context)
    : where_(node.where), path_(std::move(path)), context_(&context) {
  if (node.is_map()) {
    map_ = &node;
  } else if (!node.is_null() || path_.empty()) {
    diagnostics().error(where_, (path_.empty() ? "the file" : quote(path_)) + " must be a map of keys, got " +
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
      diagnostics().error(other->where, quote(dotted(alias)) + " is another spelling of " + quote(dotted(key)) +
                                            ", which is given too");
  }
  aliases_.emplace_back(key, alias);
}

void MapReader::record(std::string_view key, std::string value, std::string origin) {
  context_->keys.push_back({dotted(key), std::move(value), std::move(origin)});
}

void MapReader::error(std::string_view key, const std::string& problem) {
  diagnostics().error(where(key), quote(dotted(key)) + ' ' + problem);
}

const Node* MapReader::require(std::string_view key, bool needed) {
  known_.emplace(key);
  const auto* found = entry(key);
  if (found != nullptr && !found->value.is_null()) return &found->value;
  if (found != nullptr) {
    error(key, "has no value");
  } else if (needed) {
    diagnostics().error(where_, "missing key " + quote(dotted(key)));
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

// Text ------------------------------------------------------------------------------------------------------------------

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

std::optional<std::string> MapReader::chosen(std::string_view key, const std::vector<std::string>& choices, bool needed) {
  const Node* found = scalar(key, needed);
  if (found == nullptr) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), found->text) == choices.end()) {
    error(key, "has the unknown value " + quote(found->text) + suggest(found->text, choices, "values"));
    return std::nullopt;
  }
  record(key, found->text, origin(key));
  return found->text;
}

std::string MapReader::choice(std::string_view key, const std::vector<std::string>& choices) {
  return chosen(key, choices, true).value_or(choices.empty() ? "" : choices.front());
}

std::string MapReader::choice(std::string_view key, const std::vector<std::string>& choices, Default<std::string> fallback) {
  if (has(key)) return chosen(key, choices, false).value_or(fallback.value);
  require(key, false);
  record(key, fallback.value, fallback.origin);
  return fallback.value;
}

std::optional<std::string> MapReader::optional_choice(std::string_view key, const std::vector<std::string>& choices) {
  return chosen(key, choices, false);
}

// Whole numbers and flags -----------------------------------------------------------------------------------------------

std::optional<std::int64_t> MapReader::integer(std::string_view key, CountRange range, bool needed) {
  const Node* found = scalar(key, needed);
  if (found == nullptr) return std::nullopt;
  const auto value = found->quoted ? std::nullopt : parse_integer(found->text);
  if (!value) {
    error(key, "must be a whole number, got " + quote(found->text));
    return std::nullopt;
  }
  if (*value < range.low || *value > range.high) {
    const bool bounded = range.high < std::numeric_limits<std::int64_t>::max();
    error(key, "must be at least " + std::to_string(range.low) +
                   (bounded ? " and at most " + std::to_string(range.high) : "") + ", got " + quote(found->text));
    return std::nullopt;
  }
  record(key, std::to_string(*value), origin(key));
  return value;
}

std::int64_t MapReader::count(std::string_view key, CountRange range) {
  return integer(key, range, true).value_or(std::max<std::int64_t>(range.low, std::min<std::int64_t>(1, range.high)));
}

std::int64_t MapReader::count(std::string_view key, CountRange range, Default<std::int64_t> fallback) {
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
    error(key, "must be true or false, got " + quote(found->text));
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

// Quantities ------------------------------------------------------------------------------------------------------------

std::optional<double> MapReader::measured(std::string_view key, Dimension dimension, RealRange range, bool needed) {
  const Node* found = scalar(key, needed);
  if (found == nullptr) return std::nullopt;
  const auto parsed = parse_quantity(found->text, dimension);
  if (!parsed.value) {
    error(key, parsed.problem);
    return std::nullopt;
  }
  if (!in_range(*parsed.value, range)) {
    error(key, range_text(range, dimension) + ", got " + quote(found->text));
    return std::nullopt;
  }
  record(key, format_quantity(*parsed.value, dimension), origin(key));
  return parsed.value;
}

double MapReader::quantity(std::string_view key, Dimension dimension, RealRange range, Default<double> fallback) {
  if (has(key)) return measured(key, dimension, range, false).value_or(fallback.value);
  require(key, false);
  record(key, format_quantity(fallback.value, dimension), fallback.origin);
  return fallback.value;
}

double MapReader::number(std::string_view key, RealRange range) {
  return measured(key, Dimension::kNone, range, true).value_or(stand_in(range));
}
double MapReader::number(std::string_view key, RealRange range, Default<double> fallback) {
  return quantity(key, Dimension::kNone, range, std::move(fallback));
}
std::optional<double> MapReader::optional_number(std::string_view key, RealRange range) {
  return measured(key, Dimension::kNone, range, false);
}

Seconds MapReader::seconds(std::string_view key, RealRange range) {
  return Seconds(measured(key, Dimension::kTime, range, true).value_or(stand_in(range)));
}
Seconds MapReader::seconds(std::string_view key, RealRange range, Default<Seconds> fallback) {
  return Seconds(quantity(key, Dimension::kTime, range, {fallback.value.value, fallback.origin}));
}
std::optional<Seconds> MapReader::optional_seconds(std::string_view key, RealRange range) {
  const auto value = measured(key, Dimension::kTime, range, false);
  return value ? std::optional(Seconds(*value)) : std::nullopt;
}

Bytes MapReader::bytes(std::string_view key, RealRange range) {
  return Bytes(measured(key, Dimension::kBytes, range, true).value_or(stand_in(range)));
}
Bytes MapReader::bytes(std::string_view key, RealRange range, Default<Bytes> fallback) {
  return Bytes(quantity(key, Dimension::kBytes, range, {fallback.value.value, fallback.origin}));
}
std::optional<Bytes> MapReader::optional_bytes(std::string_view key, RealRange range) {
  const auto value = measured(key, Dimension::kBytes, range, false);
  return value ? std::optional(Bytes(*value)) : std::nullopt;
}

BytesPerSecond MapReader::bandwidth(std::string_view key, RealRange range) {
  return BytesPerSecond(measured(key, Dimension::kBandwidth, range, true).value_or(stand_in(range)));
}
BytesPerSecond MapReader::bandwidth(std::string_view key, RealRange range, Default<BytesPerSecond> fallback) {
  return BytesPerSecond(quantity(key, Dimension::kBandwidth, range, {fallback.value.value, fallback.origin}));
}

FlopsPerSecond MapReader::flops_rate(std::string_view key, RealRange range) {
  return FlopsPerSecond(measured(key, Dimension::kFlops, range, true).value_or(stand_in(range)));
}
FlopsPerSecond MapReader::flops_rate(std::string_view key, RealRange range, Default<FlopsPerSecond> fallback) {
  return FlopsPerSecond(quantity(key, Dimension::kFlops, range, {fallback.value.value, fallback.origin}));
}

PerSecond MapReader::per_second(std::string_view key, RealRange range) {
  return PerSecond(measured(key, Dimension::kRate, range, true).value_or(stand_in(range)));
}
PerSecond MapReader::per_second(std::string_view key, RealRange range, Default<PerSecond> fallback) {
  return PerSecond(quantity(key, Dimension::kRate, range, {fallback.value.value, fallback.origin}));
}
std::optional<PerSecond> MapReader::optional_per_second(std::string_view key, RealRange range) {
  const auto value = measured(key, Dimension::kRate, range, false);
  return value ? std::optional(PerSecond(*value)) : std::nullopt;
}

// Files and nested maps -------------------------------------------------------------------------------------------------

FilePath MapReader::file(std::string_view key) {
  const Node* found = scalar(key, true);
  if (found == nullptr) return {};
  FilePath path{found->text, ""};
  record(key, path.as_written, origin(key));
  if (!context_->may_read_files) {
    error(key, "names a file, and files may not be read here");
    return path;
  }
  const auto expanded = expand_data_folder(path.as_written);
  if (!expanded.problem.empty()) {
    error(key, expanded.problem);
    return path;
  }
  namespace fs = std::filesystem;
  path.resolved = fs::path(expanded.path).is_absolute() ? expanded.path
                                                        : (fs::path(context_->base_directory) / expanded.path).string();
  std::error_code failed;
  const auto status = fs::status(path.resolved, failed);
  if (!fs::exists(status)) {
    error(key, "names a file that does not exist: " + quote(path.as_written) + how_to_get(path.as_written));
  } else if (!fs::is_regular_file(status)) {
    error(key, "must name a regular file, got " + quote(path.as_written));
  } else {
    context_->files.push_back(path);
  }
  return path;
}

std::optional<MapReader> MapReader::optional_child(std::string_view key) {
  const Node* found = require(key, false);
  if (found == nullptr) return std::nullopt;
  return MapReader(*found, dotted(key), *context_);
}

MapReader MapReader::section(std::string_view key) {
  if (auto present = optional_child(key)) return std::move(*present);
  return {where_, dotted(key), *context_};
}

MapReader MapReader::child(std::string_view key) {
  require(key, true);
  if (const auto* found = entry(key); found != nullptr && !found->value.is_null())
    return {found->value, dotted(key), *context_};
  return {where_, dotted(key), *context_};
}

std::vector<MapReader> MapReader::children(std::string_view key) {
  std::vector<MapReader> readers;
  const Node* found = require(key, false);
  if (found == nullptr) return readers;
  if (!found->is_list()) {
    readers.emplace_back(*found, dotted(key), *context_);
    return readers;
  }
  for (std::size_t i = 0; i < found->items.size(); ++i)
    readers.emplace_back(found->items[i], dotted(key) + '[' + std::to_string(i) + ']', *context_);
  return readers;
}

std::vector<const Node*> MapReader::list(std::string_view key) {
  std::vector<const Node*> items;
  const Node* found = require(key, false);
  if (found == nullptr) return items;
  if (!found->is_list()) {
    error(key, "must be a list, got " + std::string(name_of(found->kind)));
    return items;
  }
  for (const auto& item : found->items) {
    if (item.is_scalar()) {
      items.push_back(&item);
    } else {
      diagnostics().error(item.where, quote(dotted(key)) + " must hold single values, got " + std::string(name_of(item.kind)));
    }
  }
  return items;
}

void MapReader::finish(const std::vector<std::string>& also_known) {
  if (map_ == nullptr) return;
  std::vector<std::string> valid(known_.begin(), known_.end());
  for (const auto& key : also_known)
    if (!known_.contains(key)) valid.push_back(key);
  std::sort(valid.begin(), valid.end());
  for (const auto& present : map_->entries) {
    if (std::binary_search(valid.begin(), valid.end(), present.key)) continue;
    const std::string place = path_.empty() ? "" : " in " + quote(path_);
    diagnostics().error(present.where, "unknown key " + quote(present.key) + place + suggest(present.key, valid, "keys"));
  }
}

}  // namespace headroom
