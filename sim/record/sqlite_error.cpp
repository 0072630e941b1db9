#include "sim/record/sqlite_error.hpp"

#include <sqlite3.h>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

// "" for a code that says nothing about the user's file.
std::string trouble_with_file(int primary_code, const std::string& message) {
  switch (primary_code) {
    case SQLITE_NOTADB:
      return "is not a SQLite database; give another file with --db";
    case SQLITE_CORRUPT:
      return "is damaged (" + message +
             "); restore a copy, or save what is readable with 'sqlite3 FILE .recover'";
    case SQLITE_FULL:
      return "cannot be written: the disk is full; runs recorded earlier are intact, this one is "
             "not recorded";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "is read-only; make it and its folder writable or give another file with --db";
    case SQLITE_CANTOPEN:
      return "cannot be opened (" + message + "); its folder must be writable too";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "is locked by another process that is writing to it; wait for it to end or give "
             "another file with --db";
    case SQLITE_IOERR:
      return "cannot be read or written (" + message + "); runs recorded earlier are intact";
    case SQLITE_TOOBIG:
      return "cannot take a text this long";
    default:
      return "";
  }
}

}  // namespace

void throw_sqlite_error(sqlite3* handle, int code, const std::string& path, SqlOrigin origin) {
  const std::string message = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const int primary_code = code & 0xff;
  if (origin == SqlOrigin::kUser &&
      (primary_code == SQLITE_AUTH || message.starts_with("not authorized")))
    throw UserError("query refused: '" + path + "' is open for reading, only SELECT is possible (" +
                    message + ")");
  const std::string trouble = trouble_with_file(primary_code, message);
  if (!trouble.empty()) throw UserError("results file '" + path + "' " + trouble);
  if (primary_code == SQLITE_NOMEM)
    throw UserError("out of memory while using results file '" + path + "'");
  if (origin == SqlOrigin::kUser) throw UserError("query failed: " + message);
  throw InternalError("SQLite on '" + path + "': " + message + " (code " + std::to_string(code) +
                      ")");
}

}  // namespace headroom
