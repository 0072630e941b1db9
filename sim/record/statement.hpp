// sim/record/statement.hpp -- one prepared SQL statement with typed binds and typed columns.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/record/database.hpp"
#include "sim/record/sqlite_error.hpp"
#include "sim/record/table.hpp"

struct sqlite3_stmt;

namespace headroom {

class Statement {
 public:
  // Prepares exactly one statement. A mistake in it is a UserError when the user wrote it.
  Statement(Database& database, std::string_view sql, SqlOrigin origin = SqlOrigin::kOurs);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters count from 1. Texts are copied.
  void bind(int parameter, std::nullptr_t);
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, double value);
  void bind(int parameter, std::string_view value);
  template <class T>
  void bind(int parameter, const std::optional<T>& value) {
    if (value) {
      bind(parameter, *value);
    } else {
      bind(parameter, nullptr);
    }
  }
  // Binds the values to the parameters in order, runs the statement to its end and makes it ready
  // for the next row.
  template <class... Values>
  void run(const Values&... values) {
    int parameter = 0;
    (bind_value(++parameter, values), ...);
    finish();
  }
  // The value in a column of another statement's row, be it of another file.
  void bind_column(int parameter, const Statement& other, int column);
  int parameters() const;
  std::string parameter_name(int parameter) const;  // without its prefix; "" for a bare ?
  bool is_read_only() const;

  bool step();    // true: there is a row
  void finish();  // steps to the end and resets
  void reset();   // makes it ready to run again

  // Of the current row; columns count from 0.
  int columns() const;
  std::string column_name(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  Cell cell(int column) const;

 private:
  template <class T>
  void bind_value(int parameter, const T& value) {
    if constexpr (std::integral<T>) {
      bind(parameter, static_cast<std::int64_t>(value));
    } else {
      bind(parameter, value);
    }
  }
  void check(int code) const;

  Database& database_;
  SqlOrigin origin_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace headroom
