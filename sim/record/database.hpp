// sim/record/database.hpp -- one results file: opening it, what can be wrong with it, and
// all-or-nothing changes to it. A results file is SQLite with our application id and schema
// version. It is in WAL mode: a run is appended in one transaction, readers are never blocked, and
// a process that dies at any moment leaves the runs that were there, intact, and nothing else.
// Errors a user can cause (no such folder, not a database, another schema, read-only, full disk,
// locked) are UserError and name the file and the way out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

struct sqlite3;

namespace headroom {

inline constexpr std::int32_t kApplicationId = 0x48656164;  // "Head"
// Raised when a file written before can no longer be read or appended to.
inline constexpr std::int32_t kSchemaVersion = 2;

enum class OpenMode {
  kRead,   // the file must exist; nothing in it can change through this connection
  kWrite,  // created when it does not exist or is empty
};

// One connection. Not to be carried across a fork.
class Database {
 public:
  // `busy_timeout`: how long to wait for another writer to finish before giving up.
  Database(std::string path, OpenMode mode,
           std::chrono::milliseconds busy_timeout = std::chrono::seconds(30));
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& path() const { return path_; }
  // Runs our own SQL, one or more statements, ignoring rows.
  void execute(const char* sql);
  sqlite3* handle() const { return handle_; }  // for the rest of sim/record only

 private:
  void open_existing_for_reading();
  void open_for_writing();
  void create_schema();
  void switch_to_wal();
  void open_handle(const std::string& name, int flags);
  void close() noexcept;

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::chrono::milliseconds busy_timeout_;
};

// Holds the write lock from its construction. Rolls back unless committed; the destructor never
// throws.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  // Everything done since construction becomes visible and durable, or, when this throws, nothing
  // does.
  void commit();

 private:
  Database& database_;
  bool committed_ = false;
};

}  // namespace headroom
