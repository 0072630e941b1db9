#include "workloads/trace/trace_reader.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "trace_files.hpp"

using namespace headroom;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// One row of a table, for comparing.
struct Row {
  std::int64_t arrival_ns;
  std::int32_t prompt, output;
  bool operator==(const Row&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.arrival_ns << ' ' << row.prompt << ' ' << row.output;
}
std::vector<Row> rows_of(const RequestTable& table) {
  std::vector<Row> rows;
  for (const auto& request : table.requests)
    rows.push_back({request.arrival.value, request.prompt_tokens, request.output_tokens});
  return rows;
}
std::vector<Row> read(const TraceSpec& spec, std::string_view text) {
  return rows_of(read_trace_text(spec, text));
}
using Rows = std::vector<Row>;

constexpr const char* kVidurHeader = "arrived_at,num_prefill_tokens,num_decode_tokens\n";
// Ten rows at 0, 1, ... 9 s; row i has i + 1 prompt tokens.
std::string ten_rows() {
  std::string text = kVidurHeader;
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + "," + std::to_string(i + 1) + ",5\n";
  return text;
}
std::vector<int> prompts_of(const RequestTable& table) {
  std::vector<int> prompts;
  for (const auto& request : table.requests) prompts.push_back(request.prompt_tokens);
  return prompts;
}

}  // namespace

TEST_CASE("an Azure 2023 trace starts with its first row", "[workloads][trace]") {
  const auto rows = read(spec_of(TraceFormat::kAzure),
                         "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                         "2023-11-16 18:15:46.6805900,374,44\r\n"
                         "2023-11-16 18:15:50.9951690,396,109\r\n");
  // 50.9951690 - 46.6805900 = 4.3145790 s
  CHECK(rows == Rows{{0, 374, 44}, {4'314'579'000, 396, 109}});
}

TEST_CASE("an Azure 2024 trace has a zone and sometimes no fraction", "[workloads][trace]") {
  const auto rows = read(spec_of(TraceFormat::kAzure),
                         "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                         "2024-05-10 00:00:00.009930+00:00,2162,5\n"
                         "2024-05-10 00:00:01+00:00,2399,6\n");
  CHECK(rows == Rows{{0, 2162, 5}, {990'070'000, 2399, 6}});
}

TEST_CASE("a Mooncake trace brings its prefix ids", "[workloads][trace]") {
  const auto table = read_trace_text(
      spec_of(TraceFormat::kMooncake),
      "{\"timestamp\": 27482, \"input_length\": 1024, \"output_length\": 52, \"hash_ids\": [46, "
      "47]}\n"
      "{\"hash_ids\":[46,2000000000000000000,9],\"extra\":{\"a\":[1,\"]\"]},\"output_length\":1,"
      "\"input_length\":1025,\"timestamp\":27482.5}\n");
  // Milliseconds; 1025 tokens need ceil(1025/512) = 3 ids.
  CHECK(rows_of(table) == Rows{{27'482'000'000, 1024, 52}, {27'482'500'000, 1025, 1}});
  CHECK(table.hash_block_tokens == 512);
  CHECK(table.hash_ids == std::vector<std::uint64_t>{46, 47, 46, 2'000'000'000'000'000'000, 9});
  CHECK(table.requests[1].hash_offset == 2);
  CHECK(table.requests[1].hash_count == 3);
}

TEST_CASE("a Vidur trace counts in seconds from the file's own zero", "[workloads][trace]") {
  CHECK(read(spec_of(TraceFormat::kVidur),
             std::string(kVidurHeader) + "4.743938,2279,85\n5.8926549999999995,1,2\n") ==
        Rows{{4'743'938'000, 2279, 85}, {5'892'655'000, 1, 2}});
}

TEST_CASE("a Vidur file of lengths alone can be read for its lengths alone", "[workloads][trace]") {
  const std::string text =
      "num_prefill_tokens,num_decode_tokens,num_total_tokens,pd_ratio\n3772,54,3826,69.85\n2015,"
      "156,2171,12.9\n";
  auto spec = spec_of(TraceFormat::kVidur);
  spec.read_arrivals = false;
  CHECK(read(spec, text) == Rows{{0, 3772, 54}, {0, 2015, 156}});
  spec.read_arrivals = true;
  CHECK(
      error_of([&] { read(spec, text); }) ==
      "t.csv:1: error: no column 'arrived_at'; the header has: 'num_prefill_tokens', "
      "'num_decode_tokens', "
      "'num_total_tokens', 'pd_ratio'; without arrivals in the file the workload needs 'arrivals'");
}

TEST_CASE("both headers of BurstGPT are read and its failures are counted apart",
          "[workloads][trace]") {
  const auto old_kind =
      read_trace_text(spec_of(TraceFormat::kBurstGpt),
                      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
                      "5,ChatGPT,472,18,490,Conversation log\n"
                      "45,ChatGPT,1087,0,1087,Conversation log\n"
                      "118,GPT-4,417,276,693,Conversation log\n");
  CHECK(rows_of(old_kind) == Rows{{5 * kSecond, 472, 18}, {118 * kSecond, 417, 276}});
  CHECK(old_kind.failed_rows == 1);
  CHECK(old_kind.skipped_rows == 0);
  const auto new_kind = read_trace_text(spec_of(TraceFormat::kBurstGpt),
                                        "Timestamp,Session ID,Elapsed time,Model,Request "
                                        "tokens,Response tokens,Total tokens,Log Type\n"
                                        "5.5,,3.2,ChatGPT,472,18,490,API log\n");
  CHECK(rows_of(new_kind) == Rows{{5'500'000'000, 472, 18}});
}

TEST_CASE("LLMServingSim comes as CSV or as JSON lines", "[workloads][trace]") {
  const auto spec = spec_of(TraceFormat::kLlmServingSim);
  CHECK(read(spec, "index,arrival_time_ns,input_toks,output_toks\n0,46926808,2358,531\n") ==
        Rows{{46'926'808, 2358, 531}});
  CHECK(read(spec,
             "{\"input_toks\": 27369, \"output_toks\": 1626, \"arrival_time_ns\": 101537000}\n") ==
        Rows{{101'537'000, 27369, 1626}});
}

TEST_CASE("any CSV can be read by naming its columns", "[workloads][trace]") {
  auto spec = spec_of(TraceFormat::kCsv);
  spec.columns = {"t", TimeUnit::kMilliseconds, "in", "out", "tenant", "prio"};
  const auto table = read_trace_text(spec,
                                     "id,out,in,\"tenant\",t,prio\n"
                                     "a,10,20,\"x, y\",1.5,-3\n"
                                     "b,11,21,batch,2,4\n"
                                     "c,12,22,\"x, y\",2,0\n");
  CHECK(rows_of(table) == Rows{{1'500'000, 20, 10}, {2'000'000, 21, 11}, {2'000'000, 22, 12}});
  CHECK(table.classes == std::vector<std::string>{"x, y", "batch"});
  CHECK(table.requests[0].class_id == 0);
  CHECK(table.requests[1].class_id == 1);
  CHECK(table.requests[2].class_id == 0);
  CHECK(table.requests[0].priority == -3);
  CHECK(table.requests[1].priority == 4);
}

TEST_CASE("offset, window, limit and rate_scale apply in this order", "[workloads][trace]") {
  auto spec = spec_of(TraceFormat::kVidur);
  spec.offset = 2;                   // drops 0 and 1 s
  spec.window_from = Seconds(1.5);   // on the clock of the file: keeps 2 s and later
  spec.window_until = Seconds(8.0);  // keeps before 8 s
  spec.limit = 3;                    // rows at 2, 3, 4 s
  spec.rate_scale = 2.0;             // (2, 3, 4 - 1.5) / 2 = 0.25, 0.75, 1.25 s
  CHECK(read(spec, ten_rows()) ==
        Rows{{250'000'000, 3, 5}, {750'000'000, 4, 5}, {1'250'000'000, 5, 5}});
}

TEST_CASE("each selection alone", "[workloads][trace]") {
  auto spec = spec_of(TraceFormat::kVidur);
  SECTION("offset moves time zero to the first kept row") {
    spec.offset = 7;
    CHECK(read(spec, ten_rows()) == Rows{{0, 8, 5}, {kSecond, 9, 5}, {2 * kSecond, 10, 5}});
  }
  SECTION("the window includes its start and not its end") {
    spec.window_from = Seconds(3);
    spec.window_until = Seconds(5);
    CHECK(read(spec, ten_rows()) == Rows{{0, 4, 5}, {kSecond, 5, 5}});
  }
  SECTION("until alone leaves the times as they are") {
    spec.window_until = Seconds(2);
    CHECK(read(spec, ten_rows()) == Rows{{0, 1, 5}, {kSecond, 2, 5}});
  }
  SECTION("limit larger than the file is the file") {
    spec.limit = 1000;
    CHECK(read(spec, ten_rows()).size() == 10);
  }
  SECTION("one and a half times the rate is two thirds of the time") {
    spec.rate_scale = 1.5;
    const auto rows = read(spec, ten_rows());
    CHECK(rows[1].arrival_ns == 666'666'667);
    CHECK(rows[9].arrival_ns == 6 * kSecond);
  }
  SECTION("rebase starts any file at its first row") {
    spec.rebase = true;
    CHECK(read(spec, std::string(kVidurHeader) + "1700000000.5,1,1\n1700000001,2,2\n") ==
          Rows{{0, 1, 1}, {kSecond / 2, 2, 2}});
  }
}

TEST_CASE("rows after the last wanted one are not looked at", "[workloads][trace]") {
  auto spec = spec_of(TraceFormat::kVidur);
  spec.limit = 10;
  CHECK(read(spec, ten_rows() + "garbage\n").size() == 10);
  spec.limit.reset();
  spec.window_until = Seconds(9);
  CHECK(read(spec, ten_rows() + "garbage\n").size() == 9);
}

TEST_CASE("a selection that leaves nothing is an error", "[workloads][trace]") {
  auto spec = spec_of(TraceFormat::kVidur);
  spec.where = {"s.yaml", 3, 5};
  spec.offset = 10;
  CHECK(error_of([&] { read(spec, ten_rows()); }) ==
        "s.yaml:3:5: error: no request is left of trace 't.csv': 10 good rows were read; look at "
        "'offset' and 'window'");
  CHECK(error_of([&] { read(spec_of(TraceFormat::kVidur), kVidurHeader); }) ==
        "t.csv: error: no request is left of trace 't.csv': 0 good rows were read");
}

TEST_CASE("bad rows are skipped and counted when asked to", "[workloads][trace]") {
  auto spec = spec_of(TraceFormat::kVidur);
  spec.skip_bad_rows = true;
  const auto table = read_trace_text(spec, std::string(kVidurHeader) +
                                               "0,1,1\n"
                                               "1,x,1\n"  // not a number
                                               "2,3,3\n"
                                               "1.5,9,9\n"  // goes back
                                               "\n"         // blank between rows
                                               "2,4,4\n"
                                               "3,5\n"      // a field short
                                               "4,0,1\n");  // zero tokens
  CHECK(prompts_of(table) == std::vector<int>{1, 3, 4});
  CHECK(table.skipped_rows == 5);
}

TEST_CASE("a table of many rows is as long as its file", "[workloads][trace]") {
  const TemporaryFolder folder;
  std::string text = kVidurHeader;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + ",7,8\n";
  const auto table =
      read_trace(spec_of(TraceFormat::kVidur, folder.write_gzip("big.csv.gz", text)));
  REQUIRE(table.requests.size() == 200'000);
  CHECK(table.requests.back().arrival == TimePoint(199'999 * kSecond));
  // Reserved from the share of the file that was read, not by doubling.
  CHECK(table.requests.capacity() < 250'000);
}

TEST_CASE("a KV block has to divide the tokens of a prefix id", "[workloads][trace]") {
  CHECK_FALSE(prefix_ids_problem(512, 16));
  CHECK_FALSE(prefix_ids_problem(512, 512));
  CHECK_FALSE(prefix_ids_problem(0, 48));
  CHECK(prefix_ids_problem(512, 48) ==
        "is 48, but the prefix ids of the workload stand for 512 tokens each: a KV block must "
        "divide that");
  CHECK(prefix_ids_problem(512, 1024));
}
