#include "sim/record/database.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/unit/sim/record/results_file.hpp"

namespace headroom {
namespace {

using Catch::Matchers::Contains;
using test::AsOrdinaryUser;
using test::integer_of;
using test::TemporaryFolder;
using test::text_of;
using test::user_error_of;
using test::write_run;
namespace fs = std::filesystem;

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path) << content;
}

std::string error_of_opening(const std::string& path, OpenMode mode) {
  return user_error_of([&] { Database(path, mode); });
}

TEST_CASE("a new results file has our application id and schema version and is in WAL mode",
          "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  CHECK(integer_of(database, "PRAGMA application_id") == 0x48656164);
  CHECK(integer_of(database, "PRAGMA user_version") == kSchemaVersion);
  CHECK(text_of(database, "PRAGMA journal_mode") == "wal");
  CHECK(integer_of(database, "PRAGMA foreign_keys") == 1);
}

TEST_CASE("an empty file becomes a results file", "[record]") {
  TemporaryFolder folder;
  write_file(folder.file("r.sqlite"), "");
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  CHECK(integer_of(database, "SELECT count(*) FROM run") == 0);
}

TEST_CASE("a file that is not a database is refused and left as it was", "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("notes.txt");
  const std::string content(2000, 'n');
  write_file(path, content);
  CHECK_THAT(error_of_opening(path, OpenMode::kWrite),
             Contains("notes.txt' is not a SQLite database"));
  CHECK_THAT(error_of_opening(path, OpenMode::kRead), Contains("is not a SQLite database"));
  std::ifstream file(path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == content);
}

TEST_CASE("the database of another application is refused and left as it was", "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("bank.sqlite");
  {
    Database ours(path, OpenMode::kWrite);
    ours.execute("PRAGMA application_id = 77");
  }
  CHECK_THAT(error_of_opening(path, OpenMode::kWrite),
             Contains("another application (application id 77)"));
  CHECK_THAT(error_of_opening(path, OpenMode::kRead),
             Contains("another application (application id 77)"));
}

TEST_CASE("another schema version is refused with the version found and expected and the way out",
          "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  {
    Database database(path, OpenMode::kWrite);
    write_run(database, 1);
    database.execute("PRAGMA user_version = 9");
  }
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kWrite}) {
    const std::string error = error_of_opening(path, mode);
    CHECK_THAT(error, Contains("schema version 9, expected 2"));
    CHECK_THAT(error, Contains("--db"));
  }
}

TEST_CASE("a directory and a missing folder and a missing file and a pipe are told apart",
          "[record]") {
  TemporaryFolder folder;
  CHECK_THAT(error_of_opening(folder.path().string(), OpenMode::kWrite),
             Contains("is a directory"));
  CHECK_THAT(error_of_opening(folder.file("no/such/r.sqlite"), OpenMode::kWrite),
             Contains("the folder '" + folder.file("no/such") + "' does not exist"));
  CHECK_THAT(error_of_opening(folder.file("r.sqlite"), OpenMode::kRead),
             Contains("does not exist"));
  CHECK_FALSE(fs::exists(folder.file("r.sqlite")));
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_THAT(error_of_opening(folder.file("pipe"), OpenMode::kWrite),
             Contains("is not a regular file"));
  CHECK_THAT(error_of_opening("/dev/null", OpenMode::kWrite), Contains("is not a regular file"));
  CHECK_THAT(error_of_opening("", OpenMode::kWrite), Contains("the path is empty"));
}

TEST_CASE("an empty database has nothing to read", "[record]") {
  TemporaryFolder folder;
  write_file(folder.file("r.sqlite"), "");
  CHECK_THAT(error_of_opening(folder.file("r.sqlite"), OpenMode::kRead), Contains("holds no runs"));
}

TEST_CASE("a read-only file is refused for writing when it is opened", "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  { Database database(path, OpenMode::kWrite); }
  fs::permissions(path, fs::perms(0444));
  fs::permissions(folder.path(), fs::perms(0777));
  AsOrdinaryUser user;
  CHECK_THAT(error_of_opening(path, OpenMode::kWrite), Contains("is read-only"));
}

TEST_CASE("a read-only folder is refused for a new file when it is opened", "[record]") {
  TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0555));
  AsOrdinaryUser user;
  const std::string error = error_of_opening(folder.file("r.sqlite"), OpenMode::kWrite);
  CHECK_THAT(error, Contains("cannot be opened"));
  CHECK_THAT(error, Contains("writable"));
}

TEST_CASE("a results file in a read-only folder can be read although it is in WAL mode",
          "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("100% odd?name#.sqlite");
  {
    Database database(path, OpenMode::kWrite);
    write_run(database, 1);
  }
  fs::permissions(path, fs::perms(0444));
  fs::permissions(folder.path(), fs::perms(0555));
  AsOrdinaryUser user;
  Database database(path, OpenMode::kRead);
  CHECK(integer_of(database, "SELECT count(*) FROM request") == 10);
}

TEST_CASE("runs that still lie in the WAL of a read-only folder are not passed over in silence",
          "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  {
    // What a process that dies leaves: the file, and a WAL that was not merged into it.
    Database database(path, OpenMode::kWrite);
    write_run(database, 1);
    fs::copy_file(path, folder.file("copy.sqlite"));
    fs::copy_file(path + "-wal", folder.file("copy.sqlite-wal"));
  }
  for (const char* name : {"copy.sqlite", "copy.sqlite-wal"})
    fs::permissions(folder.file(name), fs::perms(0444));
  fs::permissions(folder.path(), fs::perms(0555));
  AsOrdinaryUser user;
  CHECK_THAT(error_of_opening(folder.file("copy.sqlite"), OpenMode::kRead),
             Contains("copy.sqlite-wal' to a writable folder"));
}

TEST_CASE("a writer that cannot get the lock says who has it after the timeout", "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  Database first(path, OpenMode::kWrite);
  Database second(path, OpenMode::kWrite, std::chrono::milliseconds(20));
  Transaction held(first);
  CHECK_THAT(user_error_of([&] { Transaction transaction(second); }),
             Contains("is locked by another process"));
}

TEST_CASE("readers are not blocked by a writer and do not see what it has not committed",
          "[record]") {
  TemporaryFolder folder;
  const std::string path = folder.file("r.sqlite");
  Database writing(path, OpenMode::kWrite);
  write_run(writing, 1);
  RunWriter writer(writing, test::identity(2));
  writer.requests(5, test::fill_request);
  Database reading(path, OpenMode::kRead);
  CHECK(integer_of(reading, "SELECT count(*) FROM run") == 1);
  writer.commit();
  CHECK(integer_of(reading, "SELECT count(*) FROM run") == 2);
}

TEST_CASE("a transaction that is not committed leaves nothing", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  {
    Transaction transaction(database);
    database.execute("INSERT INTO scenario VALUES (1, 'x', NULL)");
  }
  CHECK(integer_of(database, "SELECT count(*) FROM scenario") == 0);
}

TEST_CASE("a mistake in our own SQL is an internal error", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  CHECK_THROWS_AS(database.execute("SELEKT 1"), InternalError);
  CHECK_THROWS_AS(Statement(database, "SELECT 1; SELECT 2"), InternalError);
}

TEST_CASE("foreign keys guard the small tables", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  CHECK_THROWS_AS(database.execute("INSERT INTO ledger VALUES (5, 0, 'useful', 'gpu', 1, 1)"),
                  InternalError);
}

}  // namespace
}  // namespace headroom
