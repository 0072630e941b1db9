#include "sim/scenario/resolved_text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace headroom {
namespace {

bool is_plain(std::string_view value) {
  constexpr std::string_view kSafe = " _./%+-";
  if (value.empty() || value.back() == ' ') return false;
  // A word that YAML takes for something else than itself.
  for (const std::string_view word : {"null", "Null", "NULL"})
    if (value == word) return false;
  const auto first = static_cast<unsigned char>(value.front());
  if (std::isalnum(first) == 0 && first != '/' && first != '.' &&
      !(first == '-' && value.size() > 1 && value[1] != ' '))
    return false;
  return std::all_of(value.begin(), value.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 && (std::isalnum(byte) != 0 || kSafe.find(c) != std::string_view::npos);
  });
}

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (c == '\r') {
      text += "\\r";
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string written(std::string_view value) {
  return is_plain(value) ? std::string(value) : quoted(value);
}

// "a.b[0].c" as "a", "b", "[0]", "c".
std::vector<std::string_view> split(std::string_view key) {
  std::vector<std::string_view> parts;
  while (!key.empty()) {
    const auto end = std::min(key.find_first_of(".[", 1), key.size());
    parts.push_back(key.substr(0, end));
    key.remove_prefix(end);
    if (!key.empty() && key.front() == '.') key.remove_prefix(1);
  }
  return parts;
}

// Keys with a common prefix follow each other only if the reads did; they are gathered here, first
// mention first.
struct Branch {
  std::string name;
  const ResolvedKey* leaf = nullptr;
  std::vector<Branch> branches;

  Branch& at(std::string_view wanted) {
    for (auto& branch : branches)
      if (branch.name == wanted) return branch;
    branches.push_back({std::string(wanted), nullptr, {}});
    return branches.back();
  }
};

void write(const Branch& branch, int depth, bool with_origins, std::string& text) {
  constexpr std::size_t kOriginColumn = 56;
  for (const auto& child : branch.branches) {
    const std::size_t start = text.size();
    text.append(static_cast<std::size_t>(2 * depth), ' ');
    text +=
        child.name.front() == '[' ? "-" : written(child.name) + ':';  // [0], [1]: items of a list
    if (child.leaf != nullptr) {
      text += ' ' + written(child.leaf->value);
      if (with_origins) {
        const std::size_t width = text.size() - start;
        text.append(width < kOriginColumn ? kOriginColumn - width : 1, ' ');
        text += "# " + child.leaf->origin;
      }
    }
    text += '\n';
    write(child, depth + 1, with_origins, text);
  }
}

std::string text_of(const std::vector<ResolvedKey>& keys, bool with_origins) {
  Branch root;
  for (const auto& key : keys) {
    Branch* at = &root;
    for (const auto part : split(key.key)) at = &at->at(part);
    at->leaf = &key;
  }
  std::string text;
  write(root, 0, with_origins, text);
  return text;
}

}  // namespace

std::string resolved_text(const std::vector<ResolvedKey>& keys) { return text_of(keys, false); }

std::string resolved_text_with_origins(const std::vector<ResolvedKey>& keys) {
  return text_of(keys, true);
}

}  // namespace headroom
