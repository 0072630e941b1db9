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
  writer.params(std::vector<ParamRow>{{"workload.arrivals.rate", "60 /min", "/s", "axis", 1.0}});
  writer.slos(std::vector<SloRow>{{"default", 1.0, std::nullopt, 9.0}});
  writer.iterations(
      std::vector<IterationRow>{{0, 0, 1'500'000'000, 512, 3, 70}, {1, 10, 20, 0, 4, 71}});
  // 2^29 ns is a power of two: of 128 bins up to the next one, the first, 2^22 ns wide.
  writer.histogram(std::vector<HistogramRow>{{"itl", 0.536870912, 0.004194304, 4, 2'150'000'000}});
  writer.resource_use(std::vector<ResourceUseRow>{{"hbm", 0, 0.0, 1.0, 0.5, 100.0, 200.0}});
  writer.resource_totals(std::vector<ResourceTotalRow>{{"hbm", 300.0, 400.0}});
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
  CHECK(text_of(database, "SELECT key || '=' || value || '=' || number || unit FROM param" +
                              of_run) == "workload.arrivals.rate=60 /min=1.0/s");
  CHECK(text_of(database, "SELECT ttft_s || (tpot_s IS NULL) || e2e_s FROM slo" + of_run) ==
        "1.019.0");
  // 1,500,000,000 ns = 1.5 s.
  CHECK(text_of(database, "SELECT duration_s || '/' || kv_blocks_used FROM iteration" + of_run) ==
        "1.5/70");
  CHECK(integer_of(database, "SELECT count(*) FROM iteration" + of_run) == 2);
  CHECK(text_of(database,
                "SELECT bin_width_s || '/' || count || '/' || total_ns FROM latency_histogram" +
                    of_run) == "0.004194304/4/2150000000");
  CHECK(text_of(database, "SELECT busy_s || '/' || capacity FROM resource_use" + of_run) ==
        "0.5/200.0");
  CHECK(text_of(database, "SELECT amount || '/' || capacity FROM resource_total" + of_run) ==
        "300.0/400.0");
  CHECK(text_of(database, "SELECT hits || '/' || bytes_out FROM cache_stat" + of_run) == "4/50");
  CHECK(text_of(database, "SELECT group_concat(name || value) FROM \"limit\"" + of_run) ==
        "ideal4.0,capacity5.0");
  CHECK(integer_of(database, "SELECT sum(duration_ns) FROM ledger" + of_run) == 10);
  CHECK(integer_of(database, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
}

TEST_CASE("coarse histograms keep counts and merge bins until there are 96 at most", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  RunWriter writer(database, identity());
  // One value in every fifth of 128 bins of three octaves, 2^20 to 2^23 ns: 77 of 384 bins.
  std::vector<HistogramRow> rows;
  for (std::int64_t i = 0; i < 384; i += 5) {
    const std::int64_t octave = i / 128, start = (128 + i % 128) << (13 + octave);
    rows.push_back({"itl", static_cast<double>(start) / 1e9,
                    static_cast<double>(std::int64_t{1} << (13 + octave)) / 1e9, 2, 2 * start});
  }
  writer.histogram(rows, HistogramDetail::kCoarse);
  writer.commit();
  // 384 bins of 7 bits are 192 of 6 and 96 of 5: four by four.
  CHECK(integer_of(database, "SELECT bits * 1000 + json_array_length(bins) FROM histogram") ==
        5096);
  CHECK(integer_of(database, "SELECT sum(count) FROM latency_histogram") == 154);
  // The bins start at 2^20 ns and are 2^15 ns wide, then 2^16, then 2^17.
  CHECK(integer_of(database, "SELECT min(round(bin_start_s * 1e9)) FROM latency_histogram") ==
        1 << 20);
  CHECK(text_of(database,
                "SELECT group_concat(DISTINCT CAST(round(bin_width_s * 1e9) AS INTEGER)) "
                "FROM latency_histogram") == "32768,65536,131072");
  // Every value counts as the middle of its bin: the first holds one pair, at 2^20 + 2^14.
  CHECK(
      integer_of(database, "SELECT total_ns FROM latency_histogram ORDER BY bin_start_s LIMIT 1") ==
      2 * ((1 << 20) + (1 << 14)));
}

TEST_CASE("an exact histogram comes back bin for bin", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  RunWriter writer(database, identity());
  // 3 ns, where bins are single nanoseconds; 300 ns and 302 ns, where they are two wide.
  writer.histogram(std::vector<HistogramRow>{
      {"itl", 3e-9, 1e-9, 1, 3}, {"itl", 300e-9, 2e-9, 5, 1503}, {"itl", 302e-9, 2e-9, 1, 303}});
  writer.commit();
  CHECK(
      text_of(database,
              "SELECT group_concat(CAST(round(bin_start_s * 1e9) AS INTEGER) || '+' || "
              "CAST(round(bin_width_s * 1e9) AS INTEGER) || ':' || count || '=' || total_ns, ' ') "
              "FROM latency_histogram") == "3+1:1=3 300+2:5=1503 302+2:1=303");
}

TEST_CASE("a run written under a given repeat takes the place of the failed one", "[record]") {
  TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  {
    RunWriter failed(database, identity(), 0);
    failed.mark_failed("ended by signal 11");
    failed.warnings(std::vector<std::string>{"left behind"});
    failed.commit();
  }
  RunWriter again(database, identity(), 0);
  again.requests(3, test::fill_request);
  CHECK(again.commit() == run_id_of(identity(), 0));
  CHECK(text_of(database, "SELECT count(*) || status || reason FROM run") == "1finished");
  CHECK(integer_of(database, "SELECT count(*) FROM request") == 3);
  CHECK(integer_of(database, "SELECT count(*) FROM warning") == 0);
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
