// sim/record/row_insert.hpp -- many rows into one table by a single statement. Internal to
// sim/record. `INSERT INTO t SELECT * FROM headroom_rows`, where headroom_rows is a virtual table
// that asks us for one row after the other: rows are converted on the fly and the cursor stays
// where it is, which halves the cost of binding and stepping per row.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "sim/record/database.hpp"

namespace headroom {

// One row on its way into the database. Texts are not copied: they must outlive the row.
class PendingRow {
 public:
  static constexpr int kMaxColumns = 20;

  // Sets the columns from the first on; a std::optional without a value is NULL.
  template <class... Values>
  void set(const Values&... values) {
    static_assert(sizeof...(values) <= kMaxColumns);
    Field* field = fields_;
    (assign(*field++, values), ...);
  }

  struct Field {
    enum class Type : std::uint8_t { kNull, kInteger, kReal, kText } type = Type::kNull;
    std::uint32_t size = 0;  // of the text
    union {
      std::int64_t integer = 0;
      double real;
      const char* text;
    };
  };
  const Field& field(int column) const { return fields_[column]; }

 private:
  static void assign(Field& field, double value) {
    field.type = Field::Type::kReal, field.real = value;
  }
  static void assign(Field& field, std::string_view value) {
    field.type = Field::Type::kText;
    field.size = static_cast<std::uint32_t>(value.size());
    field.text = value.data() != nullptr ? value.data() : "";
  }
  template <class T>
  requires std::is_integral_v<T>
  static void assign(Field& field, T value) {
    field.type = Field::Type::kInteger;
    field.integer = static_cast<std::int64_t>(value);
  }
  template <class T>
  static void assign(Field& field, const std::optional<T>& value) {
    if (value) {
      assign(field, *value);
    } else {
      field.type = Field::Type::kNull;
    }
  }

  Field fields_[kMaxColumns];
};

// Where rows come from: fills the row and says true, or says false after the last.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual bool next(PendingRow& row) = 0;
};

// Inserts all rows of the source into all columns of the table. What the source throws comes out
// here.
void insert_rows(Database& database, std::string_view quoted_table, int columns, RowSource& source);

}  // namespace headroom
