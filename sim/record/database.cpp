#include "sim/record/database.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/record/schema.hpp"
#include "sim/record/sql_functions.hpp"
#include "sim/record/sqlite_error.hpp"
#include "sim/record/statement.hpp"

namespace headroom {
namespace fs = std::filesystem;
namespace {

// What SQLite would answer with "unable to open database file", or by waiting forever on a pipe.
void require_plain_path(const std::string& path, OpenMode mode) {
  if (path.empty()) throw UserError("results file: the path is empty");
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::directory)
    throw UserError("results file '" + path + "' is a directory; give a file in it");
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw UserError("results file '" + path + "' is not a regular file");
  if (status.type() == fs::file_type::none)
    throw UserError("results file '" + path + "': " + error.message());
  if (fs::exists(status)) return;
  if (mode == OpenMode::kRead) throw UserError("results file '" + path + "' does not exist");
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error))
    throw UserError("results file '" + path + "': the folder '" + folder.string() +
                    "' does not exist; create it first");
}

// A URI in which nothing of the path means anything special.
std::string immutable_uri(const std::string& path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : fs::absolute(path).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= 'a' && byte <= 'z') || c == '/') {
      uri += c;
    } else {
      uri += '%';
      uri += kHex[byte >> 4];
      uri += kHex[byte & 15];
    }
  }
  return uri + "?immutable=1";
}

// Belt and braces on a connection that is opened for reading: what is not plainly a read is refused
// before it is run, also what would reach another file (ATTACH, load_extension) or undo the
// settings of the connection.
int allow_reading(void*, int action, const char* first, const char* second, const char*,
                  const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_UPDATE:
      // How SQLite declares a table-valued function such as json_each, in memory alone: no
      // statement of a user can change this table.
      return std::string_view(first) == "sqlite_master" ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return std::string_view(second) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA: {
      const std::string_view name = first;
      const bool describes = name == "table_info" || name == "table_xinfo" ||
                             name == "table_list" || name == "integrity_check" ||
                             name == "foreign_key_check";
      const bool asks = second == nullptr && (name == "user_version" || name == "application_id" ||
                                              name == "journal_mode");
      return describes || asks ? SQLITE_OK : SQLITE_DENY;
    }
    default:
      return SQLITE_DENY;
  }
}

std::int64_t single_integer(Database& database, const char* sql) {
  Statement statement(database, sql);
  statement.step();
  return statement.integer(0);
}

bool holds_nothing(Database& database) {
  return single_integer(database, "SELECT count(*) FROM sqlite_schema") == 0;
}

void require_our_schema(Database& database) {
  const auto application = single_integer(database, "PRAGMA application_id");
  if (application != kApplicationId)
    throw UserError("'" + database.path() +
                    "' is a database of another application (application id " +
                    std::to_string(application) +
                    "), not a headroom results file; give another file with --db");
  const auto version = single_integer(database, "PRAGMA user_version");
  if (version != kSchemaVersion)
    throw UserError(
        "results file '" + database.path() + "' has schema version " + std::to_string(version) +
        ", expected " + std::to_string(kSchemaVersion) +
        "; read it with the headroom that wrote it, or record to another file with --db");
}

}  // namespace

Database::Database(std::string path, OpenMode mode, std::chrono::milliseconds busy_timeout)
    : path_(std::move(path)), busy_timeout_(busy_timeout) {
  require_plain_path(path_, mode);
  try {
    if (mode == OpenMode::kRead) {
      open_existing_for_reading();
    } else {
      open_for_writing();
    }
  } catch (...) {
    close();
    throw;
  }
}

Database::~Database() { close(); }

void Database::close() noexcept { sqlite3_close(std::exchange(handle_, nullptr)); }

void Database::open_handle(const std::string& name, int flags) {
  close();
  // One thread uses a connection: NOMUTEX drops its locks.
  const int code = sqlite3_open_v2(name.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) throw_sqlite_error(handle_, code, path_);
  sqlite3_busy_timeout(handle_, static_cast<int>(busy_timeout_.count()));
}

void Database::open_existing_for_reading() {
  open_handle(path_, SQLITE_OPEN_READONLY);
  // The first read is where a WAL file on a read-only disk fails: its shared-memory file cannot be
  // created beside it.
  const int code =
      sqlite3_exec(handle_, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  const int primary_code = code & 0xff;
  if (primary_code == SQLITE_CANTOPEN || primary_code == SQLITE_READONLY) {
    std::error_code error;
    if (fs::file_size(path_ + "-wal", error) > 0 && !error)
      throw UserError(
          "results file '" + path_ +
          "' was not closed after its last run and its folder is read-only: copy it and '" + path_ +
          "-wal' to a writable folder and read it there");
    open_handle(immutable_uri(path_), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  } else if (code != SQLITE_OK) {
    throw_sqlite_error(handle_, code, path_);
  }
  if (holds_nothing(*this))
    throw UserError("results file '" + path_ + "' holds no runs: it is empty");
  require_our_schema(*this);
  execute(
      "PRAGMA query_only = 1;"
      // KiB: the metrics of 100,000 runs fit, so that a join reads each page once.
      "PRAGMA cache_size = -65536");
  if (const int added = add_sql_functions(handle_); added != SQLITE_OK)
    throw_sqlite_error(handle_, added, path_);
  sqlite3_set_authorizer(handle_, allow_reading, nullptr);
}

void Database::open_for_writing() {
  open_handle(path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  // SQLite falls back to reading when it may not write; say so now, not after an hour of
  // simulation.
  if (sqlite3_db_readonly(handle_, "main") == 1)
    throw_sqlite_error(nullptr, SQLITE_READONLY, path_);
  if (holds_nothing(*this)) create_schema();
  require_our_schema(*this);
  execute(
      "PRAGMA foreign_keys = 1;"
      "PRAGMA synchronous = FULL;"  // a committed run survives a power cut; costs no CPU
      "PRAGMA cache_size = -8192;"  // KiB; what does not fit is spilled to the WAL, so memory stays
                                    // flat
      "PRAGMA wal_autocheckpoint = 4000;"
      "PRAGMA journal_size_limit = 16777216");
}

void Database::create_schema() {
  // A summary changes one page of each table: with pages of 16 KiB it writes four times as much,
  // and rows of requests are hardly faster.
  execute("PRAGMA page_size = 4096");
  switch_to_wal();
  Transaction transaction(*this);
  if (!holds_nothing(*this)) return;  // another process was faster
  execute(schema_sql().c_str());
  execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
  execute(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
  transaction.commit();
}

void Database::switch_to_wal() {
  // The one lock that SQLite's own busy timeout does not wait for: two processes may create the
  // file at the same time.
  static constexpr int kPauseMs = 10;
  for (auto waited = std::chrono::milliseconds(0);; waited += std::chrono::milliseconds(kPauseMs)) {
    const int code = sqlite3_exec(handle_, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    if ((code & 0xff) != SQLITE_BUSY || waited >= busy_timeout_)
      throw_sqlite_error(handle_, code, path_);
    sqlite3_sleep(kPauseMs);
  }
}

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw_sqlite_error(handle_, code, path_);
}

Transaction::Transaction(Database& database) : database_(database) {
  database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself, and a second ROLLBACK would be an error.
  if (!committed_ && sqlite3_get_autocommit(database_.handle()) == 0)
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  committed_ = true;
}

}  // namespace headroom
