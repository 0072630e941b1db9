#include "sim/record/merge.hpp"

#include <catch2/catch.hpp>

#include "sim/record/sweep_rows.hpp"
#include "tests/unit/sim/record/results_file.hpp"

namespace headroom {
namespace {

using test::identity;
using test::integer_of;
using test::TemporaryFolder;
using test::text_of;

// A run of the sweep with the id 5 whose base has the id 4.
RunIdentity swept(std::int64_t seed, std::int64_t base = 4) {
  RunIdentity one = identity(seed);
  one.scenario_text = "";
  one.base_scenario_id = base;
  return one;
}

void begin_sweep(Database& database) {
  record_sweep(database, {5, "sweep", "axes: {}", 4, "model: tiny", 3, {{0, 0, "a.b", "1"}}});
}

std::int64_t write_point(Database& database, std::int64_t seed, const std::string& failure = "",
                         std::int64_t requests = 0) {
  RunWriter writer(database, swept(seed), 0);
  if (!failure.empty()) writer.mark_failed(failure);
  if (requests > 0) writer.requests(requests, test::fill_request);
  writer.limits(std::vector<LimitRow>{{"ideal", "makespan_s", 4.0, "s", "hbm", "a formula"}});
  writer.ledger(std::vector<LedgerRow>{{"useful", "gpu", 7, 1}});
  writer.place({5, seed, "[0]", {{"a.b", "1", "", "axis", 1.0}}});
  return writer.commit();
}

struct Files {
  TemporaryFolder folder;
  Database one{folder.file("one.sqlite"), OpenMode::kWrite};
  Database two{folder.file("two.sqlite"), OpenMode::kWrite};
  Files() {
    begin_sweep(one);
    begin_sweep(two);
  }
};

TEST_CASE("merging takes what is not there with all its rows and does nothing twice", "[record]") {
  Files files;
  write_point(files.one, 0);
  write_point(files.one, 1);
  write_point(files.two, 1);
  write_point(files.two, 2, "", 3);
  const MergeCounts counts = merge_results(files.one, files.two.path());
  CHECK(counts.added == 1);
  CHECK(counts.known == 1);
  CHECK(counts.replaced == 0);
  CHECK(merge_results(files.one, files.two.path()).known == 2);
  CHECK(integer_of(files.one, "SELECT count(*) FROM run") == 3);
  CHECK(integer_of(files.one, "SELECT count(*) FROM request") == 3);
  CHECK(integer_of(files.one, "SELECT count(*) FROM sweep_run") == 3);
  CHECK(integer_of(files.one, "SELECT count(*) FROM param") == 3);
  CHECK(integer_of(files.one, "SELECT count(*) FROM \"limit\" WHERE source = 'a formula'") == 3);
  CHECK(integer_of(files.one, "SELECT sum(duration_ns) FROM ledger") == 21);
  CHECK(integer_of(files.one, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
}

TEST_CASE("a finished run replaces a failed one and rows of requests a summary", "[record]") {
  Files files;
  write_point(files.one, 0, "ended by a signal");
  write_point(files.two, 0);
  write_point(files.one, 1);
  write_point(files.two, 1, "ended by a signal");
  write_point(files.one, 2);
  write_point(files.two, 2, "", 4);
  const MergeCounts counts = merge_results(files.one, files.two.path());
  CHECK(counts.replaced == 2);
  CHECK(counts.known == 1);
  CHECK(integer_of(files.one, "SELECT count(*) FROM run WHERE status = 'finished'") == 3);
  CHECK(text_of(files.one, "SELECT group_concat(reason, '') FROM run").empty());
  CHECK(integer_of(files.one, "SELECT count(*) FROM request") == 4);
  CHECK(integer_of(files.one, "SELECT count(*) FROM limit_value") == 3);
}

TEST_CASE("of two failures one stands whatever the order", "[record]") {
  Files files;
  write_point(files.one, 0, "b");
  write_point(files.two, 0, "a");
  merge_results(files.one, files.two.path());
  merge_results(files.two, files.one.path());
  CHECK(text_of(files.one, "SELECT reason FROM run") == "a");
  CHECK(text_of(files.two, "SELECT reason FROM run") == "a");
}

TEST_CASE("a scenario with a text stands before one that leans on a base", "[record]") {
  Files files;
  write_point(files.one, 1);
  test::write_run(files.two, 1);  // the same run, alone
  merge_results(files.one, files.two.path());
  CHECK(text_of(files.one,
                "SELECT text || (base_scenario_id IS NULL) FROM scenario WHERE "
                "scenario_id = (SELECT scenario_id FROM run)") == "model: tiny1");
  // And stays when the sweep comes to it again.
  write_point(files.two, 1);
  CHECK(integer_of(files.two, "SELECT count(*) FROM scenario WHERE text IS NULL") == 0);
}

TEST_CASE("a run keeps its parameters from every sweep it belongs to", "[record]") {
  Files files;
  const std::int64_t run = write_point(files.one, 1);
  write_point(files.two, 1);
  // A second sweep, which varies another key too and writes the same number otherwise.
  record_sweep(files.two, {6, "other", "axes: {c: []}", 4, "model: tiny", 1, {}});
  place_run(files.two, run,
            {6, 0, "[]", {{"a.b", "01", "", "axis", 1.0}, {"c", "x", "", "axis", {}}}});
  merge_results(files.one, files.two.path());
  CHECK(text_of(files.one, "SELECT group_concat(key || '=' || value, ' ') FROM param") ==
        "a.b=01 c=x");
  CHECK(integer_of(files.one, "SELECT count(*) FROM sweep_run") == 2);
}

TEST_CASE("repeats are found without gaps", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  for (std::int64_t repeat = 0; repeat < 20; ++repeat) {
    CHECK(last_repeat(database, identity()) == repeat - 1);
    RunWriter(database, identity()).commit();
  }
}

}  // namespace
}  // namespace headroom
