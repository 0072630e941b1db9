// sim/record/render.hpp -- a Table as text for people, CSV or JSON. The three show the same rows
// and columns.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "sim/record/table.hpp"

namespace headroom {

// Aligned columns, numbers to the right with at most six significant digits, "-" for what is
// absent.
void render_text(const Table& table, std::ostream& out);

// Quoting of RFC 4180, a header line, lines end in \n. Reals are written so that reading them gives
// the same double; absent and non-finite values are empty.
void render_csv(const Table& table, std::ostream& out);

// An array of objects, one per row. Run and scenario ids, and integers that a double cannot hold,
// are strings; absent and non-finite values are null. Bytes that are not UTF-8 become U+FFFD.
void render_json(const Table& table, std::ostream& out);

// The text between double quotes, with the quotes.
std::string json_quoted(std::string_view text);

}  // namespace headroom
