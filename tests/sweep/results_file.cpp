#include "tests/sweep/results_file.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace headroom::test {

Rows ask(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
  if (opened != SQLITE_OK) throw std::runtime_error(file.string() + ": cannot be opened");
  Rows rows;
  const auto collect = [](void* into, int count, char** values, char**) {
    std::vector<std::string> row;
    for (int i = 0; i < count; ++i) row.emplace_back(values[i] != nullptr ? values[i] : "NULL");
    static_cast<Rows*>(into)->push_back(std::move(row));
    return 0;
  };
  if (sqlite3_exec(raw, sql.c_str(), collect, &rows, nullptr) != SQLITE_OK)
    throw std::runtime_error(file.string() + ": " + sqlite3_errmsg(raw) + " in " + sql);
  return rows;
}

Rows all_tables(const std::filesystem::path& file) {
  Rows all;
  for (const auto& table :
       ask(file,
           "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'run_host' AND name "
           "NOT LIKE 'sqlite_%' ORDER BY name")) {
    all.push_back({"table " + table[0]});
    Rows rows = ask(file, "SELECT * FROM \"" + table[0] + '"');
    std::sort(rows.begin(), rows.end());
    for (auto& row : rows) all.push_back(std::move(row));
  }
  return all;
}

std::string integrity_of(const std::filesystem::path& file) {
  return ask(file, "PRAGMA integrity_check")[0][0];
}

long count_of(const std::filesystem::path& file, const std::string& table) {
  return std::stol(ask(file, "SELECT count(*) FROM " + table)[0][0]);
}

}  // namespace headroom::test
