#include "sim/config/overrides.hpp"

#include <optional>

namespace headroom {
namespace {

struct Override {
  std::vector<std::string> parts;
  Node value;
  SourcePosition where;
};

void move_to(Node& node, const SourcePosition& where) {
  node.where = where;
  for (auto& item : node.items) move_to(item, where);
  for (auto& entry : node.entries) {
    entry.where = where;
    move_to(entry.value, where);
  }
}

// "a.b=c" as key parts and a parsed value; what is wrong with it is reported.
std::optional<Override> parse_override(const std::string& text, Diagnostics& diagnostics) {
  Override result;
  result.where.file = "--set " + text.substr(0, text.find('\n'));
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    diagnostics.error(result.where, "must be KEY=VALUE, such as serving.max_num_seqs=64");
    return std::nullopt;
  }
  for (std::size_t at = 0; at <= equals;) {
    const auto dot = std::min(text.find('.', at), equals);
    result.parts.push_back(text.substr(at, dot - at));
    at = dot + 1;
  }
  for (const auto& part : result.parts) {
    if (!part.empty() && part.find_first_of(" \t\r\n") == std::string::npos) continue;
    diagnostics.error(result.where,
                      "the key must be names with dots between them, such as serving.max_num_seqs");
    return std::nullopt;
  }
  if (result.parts.size() > static_cast<std::size_t>(kMaxConfigDepth)) {
    diagnostics.error(result.where, "the key has too many parts");
    return std::nullopt;
  }
  const std::string value = text.substr(equals + 1);
  if (value.find_first_not_of(" \t") == std::string::npos) {
    diagnostics.error(result.where, "has no value after '='");
    return std::nullopt;
  }
  try {
    result.value = parse_config(value, result.where.file);
  } catch (const ConfigError& error) {
    for (const auto& found : error.diagnostics()) diagnostics.error(result.where, found.message);
    return std::nullopt;
  }
  move_to(result.value, result.where);
  return result;
}

// The child of a map, made when absent.
Node& child_of(Node& map, const std::string& key, const SourcePosition& where) {
  if (Node* found = map.find(key)) return *found;
  map.entries.push_back({key, where, Node{}});
  map.entries.back().value.where = where;
  return map.entries.back().value;
}

void expand(Node& node, const ShortForm& form) {
  Node map;
  map.kind = Node::Kind::kMap;
  map.where = node.where;
  if (!form.also.empty()) {
    Node also;
    also.kind = Node::Kind::kScalar;
    also.text = form.also_value;
    also.where = node.where;
    map.entries.push_back({form.also, node.where, std::move(also)});
  }
  map.entries.push_back({form.inner, map.where, std::move(node)});
  node = std::move(map);
}

// Makes `node` a map so that a key can be set in it; false when it holds something that this would
// destroy.
bool make_map(Node& node, const std::string& path, const std::vector<ShortForm>& short_forms) {
  if (node.is_map()) return true;
  if (node.is_null()) {
    node.kind = Node::Kind::kMap;
    return true;
  }
  for (const auto& form : short_forms) {
    if (form.key != path || !node.is_scalar()) continue;
    expand(node, form);
    return true;
  }
  return false;
}

void apply(Node& root, Override&& change, const std::vector<ShortForm>& short_forms,
           Diagnostics& diagnostics) {
  Node* at = &root;
  std::string path;
  for (const auto& part : change.parts) {
    if (!make_map(*at, path, short_forms)) {
      diagnostics.error(change.where, "'" + path + "' is " + std::string(name_of(at->kind)) +
                                          " and has no key '" + part + "'");
      return;
    }
    path += (path.empty() ? "" : ".") + part;
    at = &child_of(*at, part, change.where);
  }
  *at = std::move(change.value);
}

}  // namespace

void expand_short_forms(Node& root, const std::vector<ShortForm>& short_forms) {
  for (const auto& form : short_forms) {
    const std::string& key = form.key;
    Node* at = &root;
    for (std::size_t from = 0; at != nullptr && from <= key.size();) {
      const auto dot = std::min(key.find('.', from), key.size());
      at = at->find(std::string_view(key).substr(from, dot - from));
      from = dot + 1;
    }
    if (at != nullptr && at->is_scalar()) expand(*at, form);
  }
}

void apply_overrides(Node& root, const std::vector<std::string>& overrides,
                     const std::vector<ShortForm>& short_forms, Diagnostics& diagnostics) {
  for (const auto& text : overrides)
    if (auto change = parse_override(text, diagnostics))
      apply(root, std::move(*change), short_forms, diagnostics);
}

}  // namespace headroom
