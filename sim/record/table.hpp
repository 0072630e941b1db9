// sim/record/table.hpp -- rows with named columns: what every command prints, whatever the format.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace headroom {

// Absent, integer, real, text.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

struct TableColumn {
  std::string name;  // carries its unit where there is one for all rows: ttft_p99_s, kv_bytes
};

struct Table {
  std::vector<TableColumn> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
};

}  // namespace headroom
