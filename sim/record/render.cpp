#include "sim/record/render.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace headroom {
namespace {

constexpr std::int64_t kLargestExactInteger = std::int64_t{1}
                                              << 53;  // the largest every JSON reader keeps

std::string shortest(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string six_digits(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
  return buffer.data();
}

bool is_number(const Cell& cell) { return cell.index() == 1 || cell.index() == 2; }

// Columns a terminal shows the text in: code points, since names may be in any language.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// A line break or a terminal escape inside a cell would break the table.
std::string on_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string human(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&cell))
    return std::isfinite(*real) ? six_digits(*real) : "-";
  if (const auto* text = std::get_if<std::string>(&cell)) return on_one_line(*text);
  return "-";
}

void write_padded(std::ostream& out, const std::string& text, std::size_t width, bool to_the_right,
                  bool last) {
  const std::string padding(width - display_width(text), ' ');
  if (to_the_right) {
    out << padding << text;
  } else {
    out << text << (last ? "" : padding);
  }
  out << (last ? "\n" : "  ");
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_cell(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&cell))
    return std::isfinite(*real) ? shortest(*real) : "";
  if (const auto* text = std::get_if<std::string>(&cell)) return csv_field(*text);
  return "";
}

bool is_identity(const std::string& column) {
  return column == "run_id" || column == "scenario_id";
}

std::string json_cell(const Cell& cell, bool identity) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
    const bool exact = *integer >= -kLargestExactInteger && *integer <= kLargestExactInteger;
    return exact && !identity ? std::to_string(*integer) : '"' + std::to_string(*integer) + '"';
  }
  if (const auto* real = std::get_if<double>(&cell))
    return std::isfinite(*real) ? shortest(*real) : "null";
  if (const auto* text = std::get_if<std::string>(&cell)) return json_quoted(*text);
  return "null";
}

// Length of the UTF-8 sequence at the start of `text`, 0 when it is none (RFC 3629: no overlong
// forms, no surrogates).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return follows(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && follows(2) ? 3
                                                                                              : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return follows(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && follows(2) &&
                   follows(3)
               ? 4
               : 0;
  return 0;
}

}  // namespace

void render_text(const Table& table, std::ostream& out) {
  const std::size_t columns = table.columns.size();
  if (columns == 0) return;
  std::vector<std::size_t> widths(columns);
  std::vector<bool> to_the_right(columns, false);
  for (std::size_t c = 0; c < columns; ++c) {
    widths[c] = display_width(table.columns[c].name);
    for (const auto& row : table.rows) {
      widths[c] = std::max(widths[c], display_width(human(row[c])));
      if (is_number(row[c])) to_the_right[c] = true;
    }
  }
  for (std::size_t c = 0; c < columns; ++c)
    write_padded(out, on_one_line(table.columns[c].name), widths[c], to_the_right[c],
                 c + 1 == columns);
  for (std::size_t c = 0; c < columns; ++c)
    write_padded(out, std::string(widths[c], '-'), widths[c], false, c + 1 == columns);
  for (const auto& row : table.rows)
    for (std::size_t c = 0; c < columns; ++c)
      write_padded(out, human(row[c]), widths[c], to_the_right[c], c + 1 == columns);
}

void render_csv(const Table& table, std::ostream& out) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out << (c == 0 ? "" : ",") << csv_field(table.columns[c].name);
  out << '\n';
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) out << (c == 0 ? "" : ",") << csv_cell(row[c]);
    out << '\n';
  }
}

void render_json(const Table& table, std::ostream& out) {
  out << '[';
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    out << (r == 0 ? "\n  {" : ",\n  {");
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const std::string& name = table.columns[c].name;
      out << (c == 0 ? "" : ", ") << json_quoted(name) << ": "
          << json_cell(table.rows[r][c], is_identity(name));
    }
    out << '}';
  }
  out << (table.rows.empty() ? "]\n" : "\n]\n");
}

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      quoted += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      quoted += escape.data();
    } else {
      quoted += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return quoted + "\"";
}

}  // namespace headroom
