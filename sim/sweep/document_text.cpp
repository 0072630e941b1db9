#include "sim/sweep/document_text.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace headroom {
namespace {

// What needs no quotes anywhere, be it inside { } or as a key. A number, a flag or a quantity has
// no other characters, so quotes never change what a plain value means.
bool is_plain(std::string_view text) {
  constexpr std::string_view kSafe = " _./%+-";
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const auto first = static_cast<unsigned char>(text.front());
  const bool starts_well = std::isalnum(first) != 0 || first == '/' || first == '.' ||
                           ((first == '-' || first == '+') && text.size() > 1 && text[1] != ' ');
  return starts_well && std::all_of(text.begin(), text.end(), [&](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x80 && (std::isalnum(byte) != 0 || kSafe.find(c) != std::string::npos);
         });
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string key_text(const std::string& key) {
  const bool word_of_yaml = key == "null" || key == "Null" || key == "NULL";
  return is_plain(key) && !word_of_yaml ? key : quoted(key);
}

std::string scalar_text(const Node& node) {
  return !node.quoted && is_plain(node.text) ? node.text : quoted(node.text);
}

void write_block(const Node& map, std::size_t depth, std::string& text) {
  for (const auto& entry : map.entries) {
    text.append(2 * depth, ' ');
    text += key_text(entry.key) + ':';
    if (entry.value.is_map() && !entry.value.entries.empty()) {
      text += '\n';
      write_block(entry.value, depth + 1, text);
    } else {
      text += ' ' + flow_text(entry.value) + '\n';
    }
  }
}

}  // namespace

std::string flow_text(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return scalar_text(node);
    case Node::Kind::kList:
      for (const auto& item : node.items) text += (text.empty() ? "" : ", ") + flow_text(item);
      return '[' + text + ']';
    case Node::Kind::kMap:
      for (const auto& entry : node.entries)
        text += (text.empty() ? "" : ", ") + key_text(entry.key) + ": " + flow_text(entry.value);
      return '{' + text + '}';
  }
  return text;
}

std::string block_text(const Node& node) {
  std::string text;
  write_block(node, 0, text);
  return text;
}

}  // namespace headroom
