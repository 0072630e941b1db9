#include "workloads/trace/trace_config.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/config/node.hpp"
#include "trace_files.hpp"

using namespace headroom;

namespace {

// Reads a whole trace map in `folder`; the diagnostics as text, or "".
std::string problems_of(const TemporaryFolder& folder, const std::string& yaml,
                        TraceUse use = TraceUse::kReplay, TraceSpec* result = nullptr) {
  return error_of([&] {
    const Node root = parse_config(yaml, "s.yaml");
    ReadContext context;
    context.base_directory = folder.path("");
    MapReader reader(root, "trace", context);
    const TraceSpec spec = trace_from_config(reader, use);
    reader.finish();
    context.diagnostics.throw_if_any();
    if (result != nullptr) *result = spec;
  });
}

void write_vidur(const TemporaryFolder& folder) {
  folder.write("v.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0,1,1\n");
}

}  // namespace

TEST_CASE("a trace map is read with its options", "[workloads][trace]") {
  const TemporaryFolder folder;
  write_vidur(folder);
  TraceSpec spec;
  REQUIRE(
      problems_of(
          folder,
          "{format: vidur, path: v.csv, on_bad_row: skip, offset: 5, limit: 7, rate_scale: 1.5,\n"
          " window: {from: 1 s, until: 2 min}, rebase: true}",
          TraceUse::kReplay, &spec) == "");
  CHECK(spec.format == TraceFormat::kVidur);
  CHECK(spec.shown_as == "v.csv");
  CHECK(spec.skip_bad_rows);
  CHECK(spec.offset == 5);
  CHECK(spec.limit == 7);
  CHECK(spec.rate_scale == 1.5);
  CHECK(spec.window_from == Seconds(1));
  CHECK(spec.window_until == Seconds(120));
  CHECK(spec.rebase);
  CHECK(read_trace([&] {
          auto plain = spec;
          plain.offset = 0;
          plain.window_from.reset();
          return plain;
        }())
            .requests.size() == 1);
}

TEST_CASE("a column map names the columns of any CSV", "[workloads][trace]") {
  const TemporaryFolder folder;
  folder.write("x.csv", "t,in,out\n1,2,3\n");
  TraceSpec spec;
  REQUIRE(problems_of(folder,
                      "{format: csv, path: x.csv, columns: {arrival: {column: t, unit: ms}, "
                      "prompt_tokens: in, output_tokens: out}}",
                      TraceUse::kReplay, &spec) == "");
  const auto table = read_trace(spec);
  CHECK(table.requests[0].arrival == TimePoint(1'000'000));
  CHECK(table.requests[0].prompt_tokens == 2);
  CHECK(problems_of(folder,
                    "{format: csv, path: x.csv, columns: {prompt_tokens: in, output_tokens: out}}",
                    TraceUse::kLengths) == "");
}

TEST_CASE("mistakes in a trace map are reported at their place", "[workloads][trace]") {
  const TemporaryFolder folder;
  write_vidur(folder);
  CHECK_THAT(problems_of(folder, "{format: vidurr, path: v.csv}"),
             Catch::StartsWith("s.yaml:1:10: error: ") && Catch::Contains("did you mean 'vidur'?"));
  CHECK_THAT(problems_of(folder, "{path: v.csv}"), Catch::Contains("missing key 'trace.format'"));
  CHECK_THAT(problems_of(folder, "{format: vidur, path: none.csv}"),
             Catch::StartsWith("s.yaml:1:23: error: "));
  CHECK_THAT(problems_of(folder, "{format: csv, path: v.csv}"),
             Catch::Contains("missing key 'trace.columns'"));
  CHECK_THAT(problems_of(folder, "{format: vidur, path: v.csv, columns: {prompt_tokens: x}}"),
             Catch::Equals("s.yaml:1:39: error: 'trace.columns' goes with format csv only"));
  CHECK_THAT(problems_of(folder, "{format: vidur, path: v.csv, window: {}}"),
             Catch::Contains("needs 'from', 'until' or both"));
  CHECK_THAT(problems_of(folder, "{format: vidur, path: v.csv, window: {from: 2 s, until: 1 s}}"),
             Catch::Equals("s.yaml:1:57: error: 'trace.window.until' must be later than 'from'"));
  CHECK_THAT(problems_of(folder, "{format: vidur, path: v.csv, rate_scale: 0}"),
             Catch::StartsWith("s.yaml:1:42: error: "));
  CHECK_THAT(problems_of(folder, "{format: vidur, path: v.csv, limit: 0}"),
             Catch::StartsWith("s.yaml:1:37: error: "));
  CHECK_THAT(problems_of(folder, "{format: vidur, path: v.csv, on_bad_row: ignore}"),
             Catch::StartsWith("s.yaml:1:42: error: "));
  CHECK_THAT(
      problems_of(folder, "{format: azure, path: v.csv}"),
      Catch::Contains("v.csv:1: error: no column 'TIMESTAMP'; the header has: 'arrived_at'"));
  CHECK_THAT(
      problems_of(folder, "{format: azure, path: v.csv, rebase: false}"),
      Catch::Contains("s.yaml:1:38: error: 'trace.rebase' cannot be false for format azure"));
}

TEST_CASE("keys about arrivals make no sense where only lengths are used", "[workloads][trace]") {
  const TemporaryFolder folder;
  write_vidur(folder);
  CHECK_THAT(problems_of(folder, "{format: vidur, path: v.csv, rate_scale: 2}", TraceUse::kLengths),
             Catch::Equals("s.yaml:1:42: error: 'trace.rate_scale' is about the arrivals of the "
                           "trace, of which only the "
                           "lengths are used here"));
}

TEST_CASE("every mistake is reported at once", "[workloads][trace]") {
  const TemporaryFolder folder;
  write_vidur(folder);
  const auto text = problems_of(
      folder, "{format: vidur, path: v.csv, limit: -1, offset: x, rate_scale: fast, oops: 1}");
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);  // four lines
}
