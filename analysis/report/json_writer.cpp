#include "analysis/report/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "sim/record/render.hpp"

namespace headroom {

void JsonWriter::begin(char open) {
  separate();
  text_ += open;
  needs_comma_ = false;
}

void JsonWriter::end(char close) {
  text_ += close;
  needs_comma_ = true;
}

void JsonWriter::separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  value(name);
  text_ += ':';
  needs_comma_ = false;
}

void JsonWriter::null() {
  separate();
  text_ += "null";
}

void JsonWriter::value(std::string_view text) {
  separate();
  // "</script>" and "<!--" would be seen by the HTML parser; every '<' in JSON is inside a text.
  for (const char c : json_quoted(text)) {
    if (c == '<') {
      text_ += "\\u003c";
    } else {
      text_ += c;
    }
  }
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) {
    value(std::string_view(std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity"));
    return;
  }
  separate();
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                          std::chars_format::general, 6);
  text_.append(digits.data(), end);
}

void JsonWriter::integer(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
}

void JsonWriter::value(const Cell& cell) {
  constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
    if (std::abs(*whole) <= kExactInDouble) {
      integer(*whole);
    } else {
      value(std::string_view(std::to_string(*whole)));
    }
  } else if (const auto* real = std::get_if<double>(&cell)) {
    value(*real);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    value(std::string_view(*text));
  } else {
    null();
  }
}

}  // namespace headroom
