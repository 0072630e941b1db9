#include "sim/record/row_insert.hpp"

#include <sqlite3.h>

#include <exception>
#include <string>

#include "sim/base/check.hpp"
#include "sim/record/sqlite_error.hpp"
#include "sim/record/statement.hpp"

namespace headroom {
namespace {

// What the virtual table reads from. SQLite calls us back through C: an exception is kept here and
// rethrown outside.
struct Feed {
  RowSource& source;
  std::exception_ptr failure;
};

struct RowTable : sqlite3_vtab {
  Feed* feed = nullptr;
};

struct RowCursor : sqlite3_vtab_cursor {
  Feed* feed = nullptr;
  PendingRow row;
  bool at_end = false;
};

int connect(sqlite3* handle, void* feed, int, const char* const*, sqlite3_vtab** table, char**) {
  std::string declaration = "CREATE TABLE headroom_rows(c0";
  for (int i = 1; i < PendingRow::kMaxColumns; ++i) declaration += ",c" + std::to_string(i);
  const int code = sqlite3_declare_vtab(handle, (declaration + ")").c_str());
  if (code != SQLITE_OK) return code;
  auto* created = new RowTable{};
  created->feed = static_cast<Feed*>(feed);
  *table = created;
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete static_cast<RowTable*>(table);
  return SQLITE_OK;
}

int plan(sqlite3_vtab*, sqlite3_index_info* info) {
  info->estimatedCost = 1.0;
  return SQLITE_OK;
}

int open_cursor(sqlite3_vtab* table, sqlite3_vtab_cursor** cursor) {
  auto* created = new RowCursor{};
  created->feed = static_cast<RowTable*>(table)->feed;
  *cursor = created;
  return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
  delete static_cast<RowCursor*>(cursor);
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
  auto* cursor = static_cast<RowCursor*>(base);
  try {
    cursor->at_end = !cursor->feed->source.next(cursor->row);
    return SQLITE_OK;
  } catch (...) {
    cursor->feed->failure = std::current_exception();
    return SQLITE_ABORT;
  }
}

int start(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  return next(cursor);
}
int at_end(sqlite3_vtab_cursor* cursor) { return static_cast<RowCursor*>(cursor)->at_end ? 1 : 0; }

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
  const PendingRow::Field& field = static_cast<RowCursor*>(cursor)->row.field(index);
  switch (field.type) {
    case PendingRow::Field::Type::kInteger:
      sqlite3_result_int64(context, field.integer);
      break;
    case PendingRow::Field::Type::kReal:
      sqlite3_result_double(context, field.real);
      break;
    case PendingRow::Field::Type::kText:
      sqlite3_result_text(context, field.text, static_cast<int>(field.size), SQLITE_STATIC);
      break;
    case PendingRow::Field::Type::kNull:
      sqlite3_result_null(context);
      break;
  }
  return SQLITE_OK;
}

int row_number(sqlite3_vtab_cursor*, sqlite3_int64* number) {
  *number = 0;
  return SQLITE_OK;
}

// Without xCreate the table exists by its name alone: nothing about it reaches the file.
constexpr sqlite3_module make_module() {
  sqlite3_module made{};
  made.xConnect = connect;
  made.xBestIndex = plan;
  made.xDisconnect = disconnect;
  made.xOpen = open_cursor;
  made.xClose = close_cursor;
  made.xFilter = start;
  made.xNext = next;
  made.xEof = at_end;
  made.xColumn = column;
  made.xRowid = row_number;
  return made;
}
constexpr sqlite3_module kModule = make_module();

}  // namespace

void insert_rows(Database& database, std::string_view quoted_table, int columns,
                 RowSource& source) {
  Feed feed{source, nullptr};
  const int code =
      sqlite3_create_module_v2(database.handle(), "headroom_rows", &kModule, &feed, nullptr);
  if (code != SQLITE_OK) throw_sqlite_error(database.handle(), code, database.path());
  std::string sql = "INSERT INTO " + std::string(quoted_table) + " SELECT c0";
  for (int i = 1; i < columns; ++i) sql += ",c" + std::to_string(i);
  try {
    Statement(database, sql + " FROM headroom_rows").finish();
  } catch (...) {
    sqlite3_create_module_v2(database.handle(), "headroom_rows", nullptr, nullptr, nullptr);
    if (feed.failure) std::rethrow_exception(feed.failure);
    throw;
  }
  sqlite3_create_module_v2(database.handle(), "headroom_rows", nullptr, nullptr, nullptr);
}

}  // namespace headroom
