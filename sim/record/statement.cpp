#include "sim/record/statement.hpp"

#include <sqlite3.h>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

// Blobs appear only in what a user selects; shown as SQL would write them.
std::string hex_literal(const void* data, int size) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text = "X'";
  for (int i = 0; i < size; ++i) {
    const auto byte = static_cast<const unsigned char*>(data)[i];
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text + "'";
}

bool is_only_space_and_comments(sqlite3* handle, std::string_view sql) {
  sqlite3_stmt* rest = nullptr;
  const int code =
      sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &rest, nullptr);
  const bool empty = code == SQLITE_OK && rest == nullptr;
  sqlite3_finalize(rest);
  return empty;
}

}  // namespace

Statement::Statement(Database& database, std::string_view sql, SqlOrigin origin)
    : database_(database), origin_(origin) {
  const char* tail = nullptr;
  check(sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &handle_,
                           &tail));
  const std::string_view rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
  if (handle_ != nullptr && is_only_space_and_comments(database.handle(), rest)) return;
  const bool empty = handle_ == nullptr;
  sqlite3_finalize(handle_);
  HEADROOM_CHECK(origin == SqlOrigin::kUser, "exactly one SQL statement, got: ", sql);
  throw UserError(empty ? "query failed: it holds no statement"
                        : "query failed: give one statement at a time");
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::check(int code) const {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) [[unlikely]]
    throw_sqlite_error(database_.handle(), code, database_.path(), origin_);
}

void Statement::bind(int parameter, std::nullptr_t) {
  check(sqlite3_bind_null(handle_, parameter));
}
void Statement::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(handle_, parameter, value));
}
void Statement::bind(int parameter, double value) {
  check(sqlite3_bind_double(handle_, parameter, value));
}
void Statement::bind(int parameter, std::string_view value) {
  check(sqlite3_bind_text64(handle_, parameter, value.data() != nullptr ? value.data() : "",
                            value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_column(int parameter, const Statement& other, int column) {
  check(sqlite3_bind_value(handle_, parameter, sqlite3_column_value(other.handle_, column)));
}

int Statement::parameters() const { return sqlite3_bind_parameter_count(handle_); }

std::string Statement::parameter_name(int parameter) const {
  const char* name = sqlite3_bind_parameter_name(handle_, parameter);
  return name != nullptr ? name + 1 : "";
}

bool Statement::is_read_only() const { return sqlite3_stmt_readonly(handle_) != 0; }

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  check(code);
  return code == SQLITE_ROW;
}

void Statement::finish() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { check(sqlite3_reset(handle_)); }

int Statement::columns() const { return sqlite3_column_count(handle_); }
std::string Statement::column_name(int column) const {
  return sqlite3_column_name(handle_, column);
}
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string Statement::text(int column) const {
  const auto* text = sqlite3_column_text(handle_, column);
  if (text == nullptr) return "";
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Cell Statement::cell(int column) const {
  switch (sqlite3_column_type(handle_, column)) {
    case SQLITE_INTEGER:
      return integer(column);
    case SQLITE_FLOAT:
      return real(column);
    case SQLITE_TEXT:
      return text(column);
    case SQLITE_BLOB: {
      const void* data = sqlite3_column_blob(handle_, column);
      return hex_literal(data, sqlite3_column_bytes(handle_, column));
    }
    default:
      return std::monostate{};
  }
}

}  // namespace headroom
