#include "hwmodels/measured/data_table.hpp"

#include <algorithm>
#include <utility>

#include "workloads/trace/csv_row.hpp"
#include "workloads/trace/line_reader.hpp"

namespace headroom {
namespace {

std::vector<std::string> fields_of(const CsvRow& row) {
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < row.size(); ++i) fields.emplace_back(row[i]);
  return fields;
}

}  // namespace

std::optional<std::size_t> DataTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

const DataRow* DataTable::at_line(std::int64_t line) const {
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), line,
                       [](const DataRow& row, std::int64_t l) { return row.line < l; });
  return found != rows.end() && found->line == line ? &*found : nullptr;
}

DataTable read_data_table(const std::string& path, const std::string& shown_as,
                          const SourcePosition& asked_at, std::vector<std::string> columns) {
  LineReader reader(path, shown_as, asked_at);
  DataTable table;
  table.shown_as = shown_as;
  table.columns = std::move(columns);
  std::string_view line;
  CsvRow row;
  while (reader.next(line)) {
    if (line.empty()) continue;
    const SourcePosition where{shown_as, static_cast<int>(reader.line_number()), 0};
    if (!row.split(line)) throw ConfigError(where, "a quoted field does not end at a comma");
    if (table.columns.empty()) {
      table.columns = fields_of(row);
      continue;
    }
    if (row.size() != table.columns.size())
      throw ConfigError(where, "has " + std::to_string(row.size()) + " fields, the header " +
                                   std::to_string(table.columns.size()));
    table.rows.push_back({reader.line_number(), fields_of(row)});
  }
  if (table.columns.empty()) throw ConfigError({shown_as, 1, 0}, "has no header line");
  return table;
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at)
    if (matches_pattern(text.substr(at), rest)) return true;
  return false;
}

}  // namespace headroom
