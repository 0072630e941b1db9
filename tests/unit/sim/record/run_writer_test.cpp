#include "sim/record/run_writer.hpp"

#include <catch2/catch.hpp>

#include "sim/record/metric_columns.hpp"
#include "tests/unit/sim/record/results_file.hpp"

namespace headroom {
namespace {

using test::identity;
using test::integer_of;
using test::TemporaryFolder;
using test::text_of;

TEST_CASE("the id of a run is a positive number that every part of its identity changes",
          "[record]") {
  const RunIdentity base = identity();
  const std::int64_t id = run_id_of(base, 0);
  CHECK(id > 0);
  CHECK(run_id_of(base, 0) == id);
  CHECK(run_id_of(base, 1) != id);
  RunIdentity other = base;
  other.seed = 2;
  CHECK(run_id_of(other, 0) != id);
  other = base;
  other.code_version = "v2";
  CHECK(run_id_of(other, 0) != id);
  other = base;
  other.scenario_hash += 1;
  CHECK(run_id_of(other, 0) != id);
  // The name and the text with its origins are not part of it: the content hash is.
  other = base;
  other.name = "another name";
  other.scenario_text = "the same with other origins";
  CHECK(run_id_of(other, 0) == id);
}

TEST_CASE("running twice gives the next repeat and stores the scenario once", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  CHECK(last_repeat(database, identity()) == -1);
  CHECK(test::write_run(database, 1) == run_id_of(identity(1), 0));
  CHECK(test::write_run(database, 1) == run_id_of(identity(1), 1));
  CHECK(test::write_run(database, 2) == run_id_of(identity(2), 0));
  CHECK(last_repeat(database, identity()) == 1);
  CHECK(integer_of(database, "SELECT count(*) FROM run") == 3);
  CHECK(integer_of(database, "SELECT count(*) FROM scenario") == 1);
  CHECK(text_of(database, "SELECT text FROM scenario") == "model: tiny");
}

TEST_CASE("a hash with its top bit set is stored as a positive id", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  RunIdentity high = identity();
  high.scenario_hash = 0xffffffffffffffffULL;
  RunWriter(database, high).commit();
  CHECK(integer_of(database, "SELECT scenario_id FROM scenario") == 0x7fffffffffffffffLL);
}

TEST_CASE("request rows keep their values and absent ones are NULL", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  RunWriter writer(database, identity());
  writer.requests(2, [](std::int64_t i, RequestRow& row) {
    row.request_id = i;
    row.request_class = i == 0 ? "chat" : "batch";
    row.arrival_s = 0.25;
    row.status = "rejected";
    row.reason = "does not fit";
    if (i == 0) return;  // row 1 must not inherit anything from row 0 and the other way round
    row.queued_s = 0.5;
    row.scheduled_s = 0.75;
    row.first_token_s = 1.5;
    row.finish_s = 3.0;
    row.prompt_tokens = 11;
    row.output_tokens = 12;
    row.cached_tokens = 13;
    row.preemptions = 14;
    row.replica = 3;
    row.status = "finished";
    row.reason = "";
    row.parent_id = 0;
  });
  writer.commit();
  CHECK(text_of(database,
                "SELECT request_class || arrival_s || coalesce(queued_s, '-') || "
                "coalesce(scheduled_s, '-') || "
                "coalesce(first_token_s, '-') || coalesce(finish_s, '-') || prompt_tokens || "
                "coalesce(replica, '-') || status || "
                "reason || coalesce(parent_id, '-') FROM request WHERE request_id = 0") ==
        "chat0.25----0-rejecteddoes not fit-");
  CHECK(text_of(database,
                "SELECT group_concat(x, ' ') FROM (SELECT request_class || ' ' || queued_s || ' ' "
                "|| scheduled_s || ' ' || "
                "first_token_s || ' ' || finish_s || ' ' || prompt_tokens || ' ' || output_tokens "
                "|| ' ' || cached_tokens || ' ' || "
                "preemptions || ' ' || replica || ' ' || status || reason || ' ' || parent_id AS x "
                "FROM request WHERE "
                "request_id = 1)") == "batch 0.5 0.75 1.5 3.0 11 12 13 14 3 finished 0");
}

TEST_CASE("every table takes its rows", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  RunWriter writer(database, identity());
  RunMetrics metrics;
  metrics.ttft_s = Distribution{1, 2, 3, 4, 5};
  metrics.binding_resource = "hbm";
  writer.metrics(metrics);
  writer.host({1.5, 1.25, 4096, "2024-01-01T00:00:00Z", "here"});
  writer.warnings(std::vector<std::string>{"first", "second"});
  writer.params(std::vector<ParamRow>{{"serving.max_num_seqs", "64", "", "axis"}});
  writer.slos(std::vector<SloRow>{{"default", 1.0, std::nullopt, 9.0}});
  writer.iterations(
      std::vector<IterationRow>{{0, 0, 1'500'000'000, 512, 3, 70}, {1, 10, 20, 0, 4, 71}});
  writer.histogram(std::vector<HistogramRow>{{"itl", 0.5, 0.25, 4, 2'500'000'000}});
  writer.resource_use(std::vector<ResourceUseRow>{{"hbm", 0, 0.0, 1.0, 0.5, 100.0, 200.0}});
  writer.cache_stats(std::vector<CacheStatRow>{{"prefix", "hbm", 10, 4, 1, 100, 50, std::nullopt}});
  writer.limits(
      std::vector<LimitRow>{{"ideal", "makespan_s", 4.0, "s", "hbm", "decode bytes / bandwidth"},
                            {"capacity", "makespan_s", 5.0, "s", "hbm", "batch at most 128"}});
  writer.ledger(std::vector<LedgerRow>{{"useful", "gpu", 7, 1}, {"no_work", "gpu", 3, 1}});
  const std::int64_t id = writer.commit();
  const std::string of_run = " WHERE run_id = " + std::to_string(id);
  CHECK(text_of(database,
                "SELECT ttft_p99_s || binding_resource || (tpot_p50_s IS NULL) FROM run_metric" +
                    of_run) == "5.0hbm1");
  CHECK(text_of(database, "SELECT wall_s || host FROM run_host" + of_run) == "1.5here");
  CHECK(text_of(database, "SELECT group_concat(text) FROM warning" + of_run) == "first,second");
  CHECK(text_of(database, "SELECT key || value || source FROM param" + of_run) ==
        "serving.max_num_seqs64axis");
  CHECK(text_of(database, "SELECT ttft_s || (tpot_s IS NULL) || e2e_s FROM slo" + of_run) ==
        "1.019.0");
  // 1,500,000,000 ns = 1.5 s.
  CHECK(text_of(database, "SELECT duration_s || '/' || kv_blocks_used FROM iteration" + of_run) ==
        "1.5/70");
  CHECK(integer_of(database, "SELECT count(*) FROM iteration" + of_run) == 2);
  CHECK(text_of(database,
                "SELECT bin_width_s || '/' || count || '/' || total_ns FROM latency_histogram" +
                    of_run) == "0.25/4/2500000000");
  CHECK(text_of(database, "SELECT busy_s || '/' || capacity FROM resource_use" + of_run) ==
        "0.5/200.0");
  CHECK(text_of(database, "SELECT hits || '/' || bytes_out FROM cache_stat" + of_run) == "4/50");
  CHECK(text_of(database, "SELECT group_concat(name || value) FROM \"limit\"" + of_run) ==
        "ideal4.0,capacity5.0");
  CHECK(integer_of(database, "SELECT sum(duration_ns) FROM ledger" + of_run) == 10);
  CHECK(integer_of(database, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
}

TEST_CASE("a failed run is a row with its reason and without metrics", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  RunWriter writer(database, identity());
  writer.mark_failed("the time limit of 10 s was reached");
  writer.commit();
  CHECK(text_of(database, "SELECT status || ': ' || reason FROM run") ==
        "failed: the time limit of 10 s was reached");
}

TEST_CASE("what the source of the rows throws comes out and leaves no run", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  test::write_run(database, 1);
  const auto interrupted = [&] {
    RunWriter writer(database, identity(2));
    writer.requests(100, [](std::int64_t i, RequestRow& row) {
      if (i == 50) throw std::domain_error("from the source");
      test::fill_request(i, row);
    });
  };
  CHECK_THROWS_AS(interrupted(), std::domain_error);
  CHECK(integer_of(database, "SELECT count(*) FROM run") == 1);
  CHECK(integer_of(database, "SELECT count(*) FROM request") == 10);
  // The connection is as good as before.
  test::write_run(database, 2);
  CHECK(integer_of(database, "SELECT count(*) FROM run") == 2);
}

TEST_CASE("two equal runs leave equal rows in every table but run_host", "[record]") {
  TemporaryFolder folder;
  std::vector<std::string> dumps;
  for (const char* name : {"a.sqlite", "b.sqlite"}) {
    Database database(folder.file(name), OpenMode::kWrite);
    RunWriter writer(database, identity());
    writer.metrics({});
    writer.host({static_cast<double>(dumps.size()), 0, 0, name, "host"});
    writer.requests(100, test::fill_request);
    writer.commit();
    std::string dump;
    for (const char* table : {"run", "scenario", "run_metric", "request"}) {
      Statement rows(database, std::string("SELECT * FROM ") + table);
      while (rows.step())
        for (int c = 0; c < rows.columns(); ++c) dump += rows.text(c) + "|";
    }
    dumps.push_back(dump);
  }
  CHECK(dumps[0].size() > 1000);
  CHECK(dumps[0] == dumps[1]);
}

}  // namespace
}  // namespace headroom
