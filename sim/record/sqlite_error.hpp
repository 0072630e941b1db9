// sim/record/sqlite_error.hpp -- SQLite's result codes as our exceptions. Internal to sim/record.
#pragma once

#include <string>

struct sqlite3;

namespace headroom {

// Whose mistake a malformed statement is.
enum class SqlOrigin { kOurs, kUser };

// Never returns. Codes that the file system or another process causes are UserError; a malformed
// statement is one when the user wrote it; anything else is ours.
[[noreturn]] void throw_sqlite_error(sqlite3* handle, int code, const std::string& path,
                                     SqlOrigin origin = SqlOrigin::kOurs);

}  // namespace headroom
