// workloads/trace/json_cursor.hpp -- reads one JSON value from a line, front to back. The rows of a
// trace are flat objects of numbers; a cursor over them is as fast as a library, needs no padding
// or copy, and knows the column of what is wrong.
#pragma once

#include <cstddef>
#include <string_view>

namespace headroom {

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  int column() const { return static_cast<int>(at_) + 1; }  // of the next character, from 1
  void skip_blanks();
  bool at_end();      // only blanks are left
  bool take(char c);  // skips blanks, then `c` if it is there
  char peek();        // the next character that is no blank, 0 at the end; not consumed
  // A string without its quotes, escapes left as they are.
  bool take_string(std::string_view& raw);
  // The text of a number; whether it is a good one is for the caller to parse. False if the next
  // value is no number.
  bool take_number(std::string_view& raw);
  // Any value. False when it is malformed or nested deeper than 64 levels.
  bool skip_value() { return skip_value(0); }

 private:
  bool skip_value(int depth);
  bool skip_list(char close, bool keyed, int depth);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace headroom
