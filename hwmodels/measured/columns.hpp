// hwmodels/measured/columns.hpp -- numbers and words of a data table by the names of its columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hwmodels/measured/data_table.hpp"

namespace headroom {

// A column of a table. Everything wrong is a ConfigError at FILE:LINE.
class Column {
 public:
  // ConfigError at the header when the table has none of this name.
  Column(const DataTable& table, std::string_view name);
  // Absent: nullopt.
  static std::optional<Column> find(const DataTable& table, std::string_view name);

  const std::string& text(const DataRow& row) const { return row.fields[index_]; }
  bool is_empty(const DataRow& row) const { return text(row).empty(); }
  double number(const DataRow& row) const;    // any finite one
  double positive(const DataRow& row) const;  // above 0
  bool flag(const DataRow& row) const;        // True or False

 private:
  [[noreturn]] void fail(const DataRow& row, const std::string& message) const;
  Column(const DataTable& table, std::size_t index) : table_(&table), index_(index) {}
  const DataTable* table_;
  std::size_t index_ = 0;
};

}  // namespace headroom
