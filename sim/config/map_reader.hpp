// sim/config/map_reader.hpp -- typed reads from one map of a configuration file.
//
// Every read marks its key as known, checks the value, and records the key as it is resolved, with
// its origin. A bad value is reported (with the position of the value) and a harmless stand-in is
// returned, so that reading goes on and all errors come out at once; nothing read may be used
// before `diagnostics().throw_if_any()`. After the last read call `finish()`: it reports the keys
// that nobody asked for, at the position of the key.
//
//   MapReader lengths = workload.child("prompt_tokens");
//   const auto mean = lengths.number("mean", kPositive);                    // required
//   const auto max = lengths.optional_count("max", {.low = 1});             // absent is allowed
//   const auto seqs = serving.count("max_num_seqs", {.low = 1}, Default<std::int64_t>{256, "engine
//   vllm-0.19"}); const auto rate = arrivals.per_second("rate", kPositive); lengths.finish(); if
//   (max && mean > *max) lengths.error("mean", "...");                   // cross-field: at the
//   value of 'mean'
//
// Each kind of read exists three times: required (missing is an error), with a fallback, and
// optional_.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/config/node.hpp"
#include "sim/config/quantity.hpp"
#include "sim/config/resolved_key.hpp"

namespace headroom {

// A path in a scenario: kept as written in everything that is printed, hashed or stored; `resolved`
// is for opening it.
struct FilePath {
  std::string as_written;
  std::string resolved;
};

// What all readers of one document share. Outlives them.
struct ReadContext {
  Diagnostics diagnostics;
  std::vector<ResolvedKey> keys;  // in the order of the reads
  std::vector<FilePath> files;    // named by the document, existing
  std::string base_directory;  // of the scenario file: relative paths start here; "" is the working
                               // directory
  bool may_read_files = true;  // false: every path is refused (fuzzing)
};

// A value to use when the key is absent, and where it comes from.
template <class T>
struct Default {
  T value;
  std::string origin = "default";
  Default(T v, std::string from = "default")
      : value(std::move(v)), origin(std::move(from)) {}  // NOLINT: implicit on purpose
};

struct CountRange {
  std::int64_t low = 0;
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};
struct RealRange {
  double low = 0;
  bool low_is_allowed = true;
  double high = std::numeric_limits<double>::max();
};
inline constexpr RealRange kNonNegative{};
inline constexpr RealRange kPositive{.low = 0, .low_is_allowed = false};

class MapReader {
 public:
  // `path` is the dotted name of this map ("" for the root). Pre: node outlives the reader; a node
  // that is no map is reported.
  MapReader(const Node& node, std::string path, ReadContext& context);
  // A section that is not in the file: every key is absent, errors are placed at `where`.
  MapReader(SourcePosition where, std::string path, ReadContext& context);

  const std::string& path() const { return path_; }
  ReadContext& context() const { return *context_; }
  Diagnostics& diagnostics() const { return context_->diagnostics; }
  bool has(std::string_view key) const;  // present and not null; does not mark it
  SourcePosition where(
      std::string_view key) const;  // of the value, or of this map when the key is absent
  SourcePosition where() const { return where_; }
  SourcePosition key_where(std::string_view key) const;  // of the key itself, or of this map
  std::string origin(std::string_view key) const;  // "scenario.yaml:7:3" or "--set"; "" when absent
  std::string dotted(std::string_view key) const;  // "serving.block_size"
  // Another spelling of `key`; both at once are an error. Call before reading `key`.
  void accept_alias(std::string_view key, std::string_view alias);

  std::string text(std::string_view key);
  std::string text(std::string_view key, Default<std::string> fallback);
  std::optional<std::string> optional_text(std::string_view key);

  // One of `choices`; the error suggests the nearest.
  std::string choice(std::string_view key, const std::vector<std::string>& choices);
  std::string choice(std::string_view key, const std::vector<std::string>& choices,
                     Default<std::string> fallback);
  std::optional<std::string> optional_choice(std::string_view key,
                                             const std::vector<std::string>& choices);

  std::int64_t count(std::string_view key, CountRange range = {});
  std::int64_t count(std::string_view key, CountRange range, Default<std::int64_t> fallback);
  std::optional<std::int64_t> optional_count(std::string_view key, CountRange range = {});

  double number(std::string_view key,
                RealRange range = kNonNegative);  // a bare number: mean, burstiness, rate_scale
  double number(std::string_view key, RealRange range, Default<double> fallback);
  std::optional<double> optional_number(std::string_view key, RealRange range = kNonNegative);

  double fraction(std::string_view key) { return number(key, {.high = 1}); }
  double fraction(std::string_view key, Default<double> fallback) {
    return number(key, {.high = 1}, std::move(fallback));
  }

  bool flag(std::string_view key);
  bool flag(std::string_view key, Default<bool> fallback);
  std::optional<bool> optional_flag(std::string_view key);

  Seconds seconds(std::string_view key, RealRange range = kNonNegative);
  Seconds seconds(std::string_view key, RealRange range, Default<Seconds> fallback);
  std::optional<Seconds> optional_seconds(std::string_view key, RealRange range = kNonNegative);
  Bytes bytes(std::string_view key, RealRange range = kPositive);
  Bytes bytes(std::string_view key, RealRange range, Default<Bytes> fallback);
  std::optional<Bytes> optional_bytes(std::string_view key, RealRange range = kPositive);
  BytesPerSecond bandwidth(std::string_view key, RealRange range = kPositive);
  BytesPerSecond bandwidth(std::string_view key, RealRange range, Default<BytesPerSecond> fallback);
  FlopsPerSecond flops_rate(std::string_view key, RealRange range = kPositive);
  FlopsPerSecond flops_rate(std::string_view key, RealRange range,
                            Default<FlopsPerSecond> fallback);
  PerSecond per_second(std::string_view key, RealRange range = kPositive);
  PerSecond per_second(std::string_view key, RealRange range, Default<PerSecond> fallback);
  std::optional<PerSecond> optional_per_second(std::string_view key, RealRange range = kPositive);
  UsdPerHour price(std::string_view key, RealRange range, Default<UsdPerHour> fallback);
  std::optional<UsdPerHour> optional_price(std::string_view key, RealRange range = kNonNegative);
  // Any dimension, in its base unit; for tables of keys.
  double quantity(std::string_view key, Dimension dimension, RealRange range,
                  Default<double> fallback);

  // `${HEADROOM_DATA}` expanded, relative to the scenario file; the file must exist and be a
  // regular file.
  FilePath file(std::string_view key);

  // A nested map. child: required. section: absent means all its defaults.
  MapReader child(std::string_view key);
  MapReader section(std::string_view key);
  std::optional<MapReader> optional_child(std::string_view key);
  // A list of maps, or one map, which is a list of one; their paths are "key[0]", "key[1]", ...
  std::vector<MapReader> children(std::string_view key);
  // A list of scalars as they are written, unrecorded (record them with `record`).
  std::vector<const Node*> list(std::string_view key);

  // For forms that the reads above do not cover: the raw value, marked as known; nullptr when
  // absent or null.
  const Node* node(std::string_view key);
  // The keys of this map in file order, for maps whose keys are names the user chose (slo classes);
  // mark them by reading.
  std::vector<std::string> keys_present() const;
  // Records `key` as resolved to `value`; the reads above do it themselves.
  void record(std::string_view key, std::string value, std::string origin);

  // Reports at the value of `key`, or at this map when it is absent: "'serving.block_size' " +
  // problem.
  void error(std::string_view key, const std::string& problem);
  // Reports every key that no read has asked for, and takes back that a key is missing when one of
  // them looks like it. `also_known` are keys that are valid but were not
  // read in this case.
  void finish(const std::vector<std::string>& also_known = {});

 private:
  const NodeEntry* entry(std::string_view key) const;
  std::string missing_text(std::string_view key) const;
  const Node* require(std::string_view key, bool needed);
  const Node* scalar(std::string_view key, bool needed);
  std::optional<double> measured(std::string_view key, Dimension dimension, RealRange range,
                                 bool needed);
  std::optional<std::int64_t> integer(std::string_view key, CountRange range, bool needed);
  std::optional<bool> boolean(std::string_view key, bool needed);
  std::optional<std::string> chosen(std::string_view key, const std::vector<std::string>& choices,
                                    bool needed);

  const Node* map_ = nullptr;  // nullptr: absent
  SourcePosition where_;
  std::string path_;
  ReadContext* context_;
  std::set<std::string, std::less<>> known_;
  std::vector<std::pair<std::string, std::string>> aliases_;  // (key, alias)
};

}  // namespace headroom
