// sim/config/node.hpp -- a parsed YAML or JSON document as a plain tree in which every key and
// value knows its position. This is the only form in which the rest of the program sees
// configuration text; yaml-cpp stays behind it.
//
// Refused with a positioned ConfigError, because yaml-cpp lets them pass or turns them into
// something else: an empty file, a second document, a duplicate key, anchors and aliases (their
// expansion can explode), custom tags, keys that are not scalars, more than kMaxDepth levels, more
// than kMaxConfigBytes bytes, bytes that are not UTF-8 or are control characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace headroom {

inline constexpr std::size_t kMaxConfigBytes =
    std::size_t{1} << 20;  // yaml-cpp needs 3 s and 0.9 GB for a million items
inline constexpr int kMaxConfigDepth = 64;

struct NodeEntry;

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;             // a scalar in quotes: text, never a number or a flag
  std::string text;                // of a scalar, quotes removed
  std::vector<Node> items;         // of a list
  std::vector<NodeEntry> entries;  // of a map, in file order, keys distinct
  SourcePosition where;            // where the value starts

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  bool is_null() const { return kind == Kind::kNull; }
  const Node* find(std::string_view key) const;  // nullptr when this is no map or has no such key
  Node* find(std::string_view key);
};

struct NodeEntry {
  std::string key;
  SourcePosition where;  // of the key
  Node value;
};

std::string_view name_of(Node::Kind kind);  // "nothing", "a value", "a list", "a map"

// What the text is called in messages; both are read by the same parser, JSON being YAML.
enum class ConfigSyntax { kYaml, kJson };

// Throws ConfigError (one diagnostic: syntax errors hide what follows). `file` is the name shown in
// positions.
Node parse_config(std::string_view text, const std::string& file,
                  ConfigSyntax syntax = ConfigSyntax::kYaml);
// Reads and parses; throws ConfigError when the file cannot be read.
Node parse_config_file(const std::string& path);
// A small file as text, at most kMaxConfigBytes; ConfigError at `asked_at` (or naming the path when
// it has no file).
std::string read_config_file(const std::string& path, const SourcePosition& asked_at = {});

}  // namespace headroom
