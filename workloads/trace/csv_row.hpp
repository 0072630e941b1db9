// workloads/trace/csv_row.hpp -- one line of comma-separated values, split in place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

class CsvRow {
 public:
  // Splits at commas; a field in double quotes may hold commas and doubled quotes, but no line end.
  // Blanks around a field do not count. False when a quote is not closed or followed by other text.
  // The views live as long as `line` and the row.
  bool split(std::string_view line);

  std::size_t size() const { return fields_.size(); }
  std::string_view operator[](std::size_t i) const { return fields_[i].text; }
  int column(std::size_t i) const {
    return fields_[i].column;
  }  // of the first character of the field, from 1

 private:
  struct Field {
    std::string_view text;
    int column;
  };
  bool split_quoted(std::string_view line);

  std::vector<Field> fields_;
  std::string unescaped_;  // fields in which a doubled quote became one
};

}  // namespace headroom
