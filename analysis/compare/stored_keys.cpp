#include "analysis/compare/stored_keys.hpp"

#include <string>

#include "sim/config/node.hpp"

namespace headroom {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// What stands behind " # " outside of quotes.
std::string_view comment_of(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && line[i] == '#' && i > 0 && line[i - 1] == ' ') {
      return line.substr(std::min(line.find_first_not_of(' ', i + 1), line.size()));
    }
  }
  return {};
}

void flatten(const Node& node, const std::string& key, const std::vector<std::string_view>& lines,
             std::vector<ResolvedKey>& keys) {
  for (const auto& entry : node.entries)
    flatten(entry.value, key.empty() ? entry.key : key + '.' + entry.key, lines, keys);
  for (std::size_t i = 0; i < node.items.size(); ++i)
    flatten(node.items[i], key + '[' + std::to_string(i) + ']', lines, keys);
  if (!node.is_scalar()) return;
  const auto line = static_cast<std::size_t>(node.where.line);
  const auto origin =
      line >= 1 && line <= lines.size() ? comment_of(lines[line - 1]) : std::string_view();
  keys.push_back({key, node.text, std::string(origin)});
}

}  // namespace

std::vector<ResolvedKey> stored_keys(std::string_view text) {
  std::vector<ResolvedKey> keys;
  flatten(parse_config(text, "stored scenario"), "", lines_of(text), keys);
  return keys;
}

}  // namespace headroom
