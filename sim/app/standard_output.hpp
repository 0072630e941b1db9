// sim/app/standard_output.hpp -- the only writer to stdout. What a command prints is complete or
// not there at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/record/table.hpp"

namespace headroom {

enum class OutputFormat { kTable, kJson, kCsv };
// The values of --format, and back. Pre of the second: `name` is one of the first.
const std::vector<std::string>& output_format_names();
OutputFormat output_format_from_name(std::string_view name);

// UserError when stdout cannot take it (a full disk). A reader that has gone away (headroom ... |
// head) is no error: it has what it wanted.
void write_standard_output(std::string_view text);

// One table in the format asked for.
void print(const Table& table, OutputFormat format);
std::string rendered_text(const Table& table);

}  // namespace headroom
