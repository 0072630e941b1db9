// analysis/report/json_writer.hpp -- JSON that can stand inside a <script> element: no text in it
// can end the element, whatever a scenario is called. Numbers have six significant digits (a
// picture shows no more), and those that JSON lacks are the strings "Infinity", "-Infinity" and
// "NaN", which JavaScript's Number() reads.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/record/table.hpp"

namespace headroom {

class JsonWriter {
 public:
  // Containers: begin, members or items, end. A member is key() and then its value.
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  void null();
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(double number);
  template <std::integral Integer>
  void value(Integer number) {
    integer(static_cast<std::int64_t>(number));
  }
  void value(const Cell& cell);  // integers that a double cannot hold are texts

  template <class Range, class Write>
  void array(const Range& range, Write write) {
    begin_array();
    for (const auto& item : range) write(item);
    end_array();
  }
  template <class Range>
  void array(const Range& range) {
    array(range, [&](const auto& item) { value(item); });
  }

  std::string take() { return std::move(text_); }

 private:
  void begin(char open);
  void end(char close);
  void separate();
  void integer(std::int64_t number);

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace headroom
