#include "workloads/trace/json_cursor.hpp"

namespace headroom {
namespace {

constexpr int kMaxDepth =
    64;  // a row nests one level; more than this would be an attack on the stack

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr bool is_number_part(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

}  // namespace

void JsonCursor::skip_blanks() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

bool JsonCursor::at_end() {
  skip_blanks();
  return at_ == text_.size();
}

char JsonCursor::peek() { return at_end() ? '\0' : text_[at_]; }

bool JsonCursor::take(char c) {
  if (peek() != c) return false;
  ++at_;
  return true;
}

bool JsonCursor::take_string(std::string_view& raw) {
  if (peek() != '"') return false;
  const std::size_t begin = at_ + 1;
  for (std::size_t i = begin; i < text_.size(); ++i) {
    if (text_[i] == '\\') {
      ++i;
    } else if (text_[i] == '"') {
      raw = text_.substr(begin, i - begin);
      at_ = i + 1;
      return true;
    }
  }
  return false;
}

bool JsonCursor::take_number(std::string_view& raw) {
  skip_blanks();
  const std::size_t begin = at_;
  if (begin == text_.size() ||
      !((text_[begin] >= '0' && text_[begin] <= '9') || text_[begin] == '-'))
    return false;
  while (at_ < text_.size() && is_number_part(text_[at_])) ++at_;
  raw = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonCursor::skip_list(char close, bool keyed, int depth) {
  ++at_;
  if (take(close)) return true;
  do {
    std::string_view key;
    if (keyed && !(take_string(key) && take(':'))) return false;
    if (!skip_value(depth + 1)) return false;
  } while (take(','));
  return take(close);
}

bool JsonCursor::skip_value(int depth) {
  if (depth > kMaxDepth) return false;
  std::string_view ignored;
  switch (peek()) {
    case '"':
      return take_string(ignored);
    case '{':
      return skip_list('}', true, depth);
    case '[':
      return skip_list(']', false, depth);
    default:
      break;
  }
  for (const std::string_view word : {"true", "false", "null"}) {
    if (text_.substr(at_, word.size()) != word) continue;
    at_ += word.size();
    return true;
  }
  return take_number(ignored);
}

}  // namespace headroom
