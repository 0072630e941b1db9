// tests/unit/sim/record/results_file.hpp -- a results file in a folder of its own that goes away
// with the test.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "sim/base/check.hpp"
#include "sim/record/database.hpp"
#include "sim/record/run_writer.hpp"
#include "sim/record/statement.hpp"

namespace headroom::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The administrator may write to anything; while this lives, file access is that of nobody.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() : was_root_(geteuid() == 0) {
    if (was_root_ && seteuid(65534) != 0) throw std::runtime_error("cannot give up privileges");
  }
  ~AsOrdinaryUser() {
    if (was_root_ && seteuid(0) != 0) std::abort();
  }
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  bool was_root_;
};

inline std::int64_t integer_of(Database& database, const std::string& sql) {
  Statement statement(database, sql);
  statement.step();
  return statement.integer(0);
}

inline std::string text_of(Database& database, const std::string& sql) {
  Statement statement(database, sql);
  statement.step();
  return statement.text(0);
}

inline RunIdentity identity(std::int64_t seed = 1) {
  return {"a run", "model: tiny", 0x1234567890abcdefULL, seed, "v1"};
}

// Fills row i of a run whose requests arrive every 100 ms.
inline void fill_request(std::int64_t i, RequestRow& row) {
  row.request_id = i;
  row.request_class = "default";
  row.arrival_s = 0.1 * static_cast<double>(i);
  row.prompt_tokens = 100;
  row.output_tokens = 10;
  row.status = "finished";
}

inline std::int64_t write_run(Database& database, std::int64_t seed, std::int64_t requests = 10) {
  RunWriter writer(database, identity(seed));
  writer.requests(requests, fill_request);
  return writer.commit();
}

template <class Body>
std::string user_error_of(Body body) {
  try {
    body();
  } catch (const UserError& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("not a UserError: ") + error.what();
  }
  return "no UserError";
}

}  // namespace headroom::test
