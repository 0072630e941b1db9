#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Catch::Matchers::Contains;
using Json = nlohmann::json;

void record(const Folder& folder) {
  folder.write("s.yaml", small_scenario());
  REQUIRE(folder.headroom({"run", "s.yaml", "--db", "r.sqlite"}).exit_code == 0);
}

TEST_CASE("a query reads while another process writes and sees what is committed", "[cli]") {
  Folder folder;
  record(folder);
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(folder.path("r.sqlite").c_str(), &raw) == SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> writer(raw, sqlite3_close);
  const auto execute = [&](const char* sql) {
    REQUIRE(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  };
  execute("BEGIN IMMEDIATE; UPDATE run SET name = 'changed'");
  const auto name = [&] {
    const Outcome outcome = folder.headroom({"query", "r.sqlite", "summary", "--format", "json"});
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return Json::parse(outcome.out)[0]["name"].get<std::string>();
  };
  CHECK(name() == "small");
  execute("COMMIT");
  CHECK(name() == "changed");  // from the WAL
}

TEST_CASE("named queries take runs by name", "[cli]") {
  Folder folder;
  record(folder);
  const auto ledger = [&](const std::string& run) {
    return folder.headroom({"query", "r.sqlite", "ledger", "--param", "run=" + run});
  };
  const Outcome latest = ledger("latest");
  CHECK(latest.exit_code == 0);
  CHECK(ledger("small").out == latest.out);
  CHECK_THAT(ledger("nobody").err, Contains("there is no run 'nobody'"));
}

TEST_CASE("the list of queries says what each takes", "[cli]") {
  Folder folder;
  const Outcome list = folder.headroom({"list", "queries", "--format", "json"});
  REQUIRE(list.exit_code == 0);
  bool found = false;
  for (const Json& row : Json::parse(list.out))
    if (row["query"] == "pareto") {
      found = true;
      CHECK(row["parameters"] == "x y sweep");
    }
  CHECK(found);
}

}  // namespace
}  // namespace headroom::cli
