// hwmodels/measured/data_table.hpp -- a CSV file of measured values: named columns, rows that know
// their line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace headroom {

struct DataRow {
  std::int64_t line = 0;            // of the file, from 1; the header is line 1
  std::vector<std::string> fields;  // as many as there are columns
};

struct DataTable {
  std::string shown_as;  // the path as the case wrote it
  std::vector<std::string> columns;
  std::vector<DataRow> rows;

  std::optional<std::size_t> column(std::string_view name) const;
  const DataRow* at_line(std::int64_t line) const;  // nullptr: no row starts there
};

// Reads a plain or gzip CSV file with a header. ConfigError at `asked_at` when it cannot be opened,
// at the line when a quote is not closed or a row has another number of fields than the header.
// `columns`: the names, for a file that has no header line.
DataTable read_data_table(const std::string& path, const std::string& shown_as,
                          const SourcePosition& asked_at, std::vector<std::string> columns = {});

// `text` matches `pattern`, in which '*' stands for any characters, also none.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace headroom
