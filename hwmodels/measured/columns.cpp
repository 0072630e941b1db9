#include "hwmodels/measured/columns.hpp"

#include <charconv>
#include <cmath>

#include "workloads/trace/text_number.hpp"

namespace headroom {

Column::Column(const DataTable& table, std::string_view name) : table_(&table) {
  const auto index = table.column(name);
  if (!index)
    throw ConfigError({table.shown_as, 1, 0}, "has no column '" + std::string(name) + '\'');
  index_ = *index;
}

std::optional<Column> Column::find(const DataTable& table, std::string_view name) {
  const auto index = table.column(name);
  if (!index) return std::nullopt;
  return Column(table, *index);
}

void Column::fail(const DataRow& row, const std::string& message) const {
  throw ConfigError({table_->shown_as, static_cast<int>(row.line), 0},
                    '\'' + table_->columns[index_] + "' is " + quoted(text(row)) + ", " + message);
}

double Column::number(const DataRow& row) const {
  const std::string& field = text(row);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
    fail(row, "which is not a number");
  return value;
}

double Column::positive(const DataRow& row) const {
  const double value = number(row);
  if (value <= 0) fail(row, "which is not above 0");
  return value;
}

bool Column::flag(const DataRow& row) const {
  if (text(row) == "True") return true;
  if (text(row) == "False") return false;
  fail(row, "neither True nor False");
}

}  // namespace headroom
