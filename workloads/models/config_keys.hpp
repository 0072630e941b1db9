// workloads/models/config_keys.hpp -- reads keys of a config.json. A thin layer over MapReader for
// what is peculiar to these files: `null` means absent, one thing has several spellings (which may
// all be present if they agree), and keys nobody reads are errors unless they are on a list.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/config/map_reader.hpp"

namespace headroom {

class ConfigKeys {
 public:
  using Spellings = std::initializer_list<std::string_view>;

  ConfigKeys(const Node& node, const std::string& path, ReadContext& context);

  // The first spelling that is present and not null; values beyond `high` are refused as
  // implausible.
  std::int64_t count(Spellings spellings, std::int64_t low, std::int64_t high);
  std::optional<std::int64_t> optional_count(Spellings spellings, std::int64_t low,
                                             std::int64_t high);
  bool flag(std::string_view key, bool fallback);
  std::optional<double> optional_number(std::string_view key, double high);
  std::optional<std::string> optional_text(std::string_view key);
  // A list of whole numbers, or of words; nullptr-like (absent) when the key is not there or null.
  std::optional<std::vector<std::int64_t>> optional_integers(std::string_view key, std::int64_t low,
                                                             std::int64_t high);
  // Elements with their positions, for lists of words.
  std::optional<std::vector<const Node*>> optional_list(std::string_view key);
  const Node* optional_map(std::string_view key);

  bool has(std::string_view key) const { return reader_.has(key); }
  std::size_t errors() const { return reader_.diagnostics().size(); }  // reported so far
  void error(std::string_view key, const std::string& problem) { reader_.error(key, problem); }
  void error_at(const Node& node, const std::string& problem);
  // Reports every key that was not read and is not in `ignored`.
  void finish(std::span<const std::string_view> ignored, const std::string& model_type);
  ReadContext& context() const { return reader_.context(); }
  std::string quoted(std::string_view key) const;  // 'ffn_config.moe_top_k', quotes included

 private:
  std::vector<std::string_view> present(Spellings spellings);

  const Node& node_;
  MapReader reader_;
  std::set<std::string, std::less<>> read_;
  std::vector<std::pair<std::string, std::string>>
      missing_;  // (spelling, the message that it is missing)
};

}  // namespace headroom
