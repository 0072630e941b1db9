// Whatever happens to a writer, the runs recorded before are there and whole, and nothing of its
// own run is.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/sim/record/results_file.hpp"

namespace headroom {
namespace {

using Catch::Matchers::Contains;
using test::fill_request;
using test::identity;
using test::integer_of;
using test::TemporaryFolder;
using test::text_of;

void check_only_first_run(const std::string& path) {
  Database database(path, OpenMode::kWrite);
  CHECK(text_of(database, "PRAGMA integrity_check") == "ok");
  CHECK(integer_of(database, "SELECT count(*) FROM run") == 1);
  CHECK(integer_of(database, "SELECT count(*) FROM request") == 10);
  CHECK(integer_of(database, "SELECT count(*) FROM scenario") == 1);
  // And the file still takes runs: the one that died was never there, so its identity is free.
  CHECK(test::write_run(database, 2) == run_id_of(identity(2), 0));
}

// Starts a child that writes a run and is killed by SIGKILL when it asks for row `fatal_row`, or
// right before its commit.
void kill_writer_at(const std::string& path, std::int64_t fatal_row, std::int64_t rows) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      Database database(path, OpenMode::kWrite);
      RunWriter writer(database, identity(2));
      writer.requests(rows, [&](std::int64_t i, RequestRow& row) {
        if (i == fatal_row) kill(getpid(), SIGKILL);
        fill_request(i, row);
      });
      kill(getpid(), SIGKILL);
    } catch (...) {
      _exit(1);
    }
    _exit(2);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("a writer that is killed leaves the earlier runs and no trace of its own", "[record]") {
  // 300,000 rows are far more than the page cache of the connection holds: part of them is on disk
  // when the writer dies.
  const std::int64_t fatal_row = GENERATE(0, 1, 1000, 299'999, -1);
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  {
    Database database(path, OpenMode::kWrite);
    test::write_run(database, 1);
  }
  kill_writer_at(path, fatal_row, 300'000);
  if (fatal_row == -1) REQUIRE(std::filesystem::file_size(path + "-wal") > 1'000'000);
  check_only_first_run(path);
}

TEST_CASE("a writer that is killed while the file is created leaves one that can be used",
          "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  kill_writer_at(path, 10, 100);
  Database database(path, OpenMode::kWrite);
  CHECK(text_of(database, "PRAGMA integrity_check") == "ok");
  CHECK(integer_of(database, "SELECT count(*) FROM run") == 0);
}

TEST_CASE("a full disk is an error that keeps the earlier runs", "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  {
    Database database(path, OpenMode::kWrite);
    test::write_run(database, 1);
    // SQLite reports a file that may not grow as it reports a disk that is full.
    database.execute(("PRAGMA max_page_count = " +
                      std::to_string(integer_of(database, "PRAGMA page_count") + 10))
                         .c_str());
    const std::string error = test::user_error_of([&] {
      RunWriter writer(database, identity(2));
      writer.requests(300'000, fill_request);
      writer.commit();
    });
    CHECK_THAT(error, Contains("the disk is full"));
    CHECK_THAT(error, Contains("runs recorded earlier are intact"));
  }
  check_only_first_run(path);
}

TEST_CASE("a write that the system refuses is an error that keeps the earlier runs", "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  {
    Database database(path, OpenMode::kWrite);
    test::write_run(database, 1);
  }
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1'000'000,
                       1'000'000};  // bytes of any file: writing past it fails as on a full disk
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string error = test::user_error_of([&] {
      Database database(path, OpenMode::kWrite);
      RunWriter writer(database, identity(2));
      writer.requests(300'000, fill_request);
      writer.commit();
    });
    _exit(error.find("cannot be") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  check_only_first_run(path);
}

TEST_CASE("many processes may create and fill one file at the same time", "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  constexpr int kWriters = 8;
  for (int i = 0; i < kWriters; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child != 0) continue;
    const std::string error = test::user_error_of([&] {
      Database database(path, OpenMode::kWrite);
      test::write_run(database, 1, 1000);
    });
    _exit(error == "no UserError" ? 0 : 1);
  }
  for (int i = 0; i < kWriters; ++i) {
    int status = 0;
    REQUIRE(wait(&status) > 0);
    CHECK(WEXITSTATUS(status) == 0);
  }
  Database database(path, OpenMode::kRead);
  // Same identity: each got its own repeat, 0 to 7.
  CHECK(integer_of(database, "SELECT count(DISTINCT repeat) * 10 + max(repeat) FROM run") == 87);
  CHECK(integer_of(database, "SELECT count(*) FROM request") == 8000);
}

TEST_CASE("memory does not grow with the number of request rows", "[record]") {
#ifdef __SANITIZE_ADDRESS__
  WARN("SKIPPED: the address sanitizer keeps what is freed");
  return;
#endif
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  test::write_run(database, 1, 50'000);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  test::write_run(database, 2, 500'000);  // 500,000 rows of about 100 bytes are 50 MB
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 16 * 1024);  // KiB
}

}  // namespace
}  // namespace headroom
