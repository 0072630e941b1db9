// Every kind of broken row and file, with the position and the text of its message.
#include <catch2/catch.hpp>
#include <vector>

#include "trace_files.hpp"

using namespace headroom;

namespace {

struct BadRow {
  TraceFormat format;
  const char* text;     // what follows the header and one good row
  const char* problem;  // "LINE:COLUMN: error: ..." of the only diagnostic
};

std::string header_and_good_row(TraceFormat format) {
  switch (format) {
    case TraceFormat::kAzure:
      return "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n";
    case TraceFormat::kMooncake:  // no header: a blank-free pair of good rows keeps the line
                                  // numbers alike
      return "{\"timestamp\":5,\"input_length\":1,\"output_length\":1,\"hash_ids\":[1]}\n"
             "{\"timestamp\":5,\"input_length\":1,\"output_length\":1,\"hash_ids\":[1]}\n";
    case TraceFormat::kVidur:
      return "arrived_at,num_prefill_tokens,num_decode_tokens\n5,1,1\n";
    case TraceFormat::kBurstGpt:
      return "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,m,1,1,2,API "
             "log\n";
    case TraceFormat::kLlmServingSim:
      return "{\"input_toks\":1,\"output_toks\":1,\"arrival_time_ns\":5}\n{\"input_toks\":1,"
             "\"output_toks\":1,\"arrival_time_ns\":5}\n";
    case TraceFormat::kCsv:
      return "t,p,o,c,r\n5,1,1,a,0\n";
  }
  return "";
}

TraceSpec bad_spec(TraceFormat format) {
  TraceSpec spec = spec_of(format);
  if (format == TraceFormat::kCsv) spec.columns = {"t", TimeUnit::kSeconds, "p", "o", "c", "r"};
  return spec;
}

constexpr auto kVidur = TraceFormat::kVidur;
constexpr auto kMooncake = TraceFormat::kMooncake;

// In the long Mooncake rows: 1 + 14 + 17 + 18 characters before "hash_ids": (11), so its value
// starts at column 62.
const std::vector<BadRow> kBadRows{
    {kVidur, "6,-5,1", "3:3: error: 'num_prefill_tokens' is '-5'; it must not be negative"},
    {kVidur, "6,0,1", "3:3: error: 'num_prefill_tokens' is '0'; it must be at least 1"},
    {kVidur, "6,1,0", "3:5: error: 'num_decode_tokens' is '0'; it must be at least 1"},
    {kVidur, "6,1,many", "3:5: error: 'num_decode_tokens' is 'many', which is not a number"},
    {kVidur, "6,1,nan", "3:5: error: 'num_decode_tokens' is 'nan', which is not a number"},
    {kVidur, "6,1,2.5", "3:5: error: 'num_decode_tokens' is '2.5', which is not a whole number"},
    {kVidur, "6,,1", "3:3: error: 'num_prefill_tokens' is empty"},
    {kVidur, "6,99999999999,1",
     "3:3: error: 'num_prefill_tokens' is '99999999999', which is more than 1000000000"},
    {kVidur, "6,99999999999999999999999,1",
     "3:3: error: 'num_prefill_tokens' is '99999999999999999999999', which is more than "
     "1000000000"},
    {kVidur, "-6,1,1", "3:1: error: 'arrived_at' is '-6'; it must not be negative"},
    {kVidur, "NaN,1,1", "3:1: error: 'arrived_at' is 'NaN', which is not a number"},
    {kVidur, "inf,1,1", "3:1: error: 'arrived_at' is 'inf', which is not a number"},
    {kVidur, "1e30,1,1", "3:1: error: 'arrived_at' is '1e30', which is too large"},
    {kVidur, "400000000,1,1",
     "3: error: the arrival lies more than ten years after time 0; if these are dates, give "
     "'rebase: true'"},
    {kVidur, "4.5,1,1",
     "3: error: the arrival lies 0.500000000 s before that of the row above; rows must be in order "
     "of arrival"},
    {kVidur, "6,1", "3: error: the row has 2 fields, the header 3"},
    {kVidur, "6,1,1,1", "3: error: the row has 4 fields, the header 3"},
    {kVidur, "6,1,\"1", "3: error: a quote is not closed, or followed by more than a comma"},
    {kVidur, "\n6,1,1", "3: error: a blank line between rows"},
    {kVidur, "\x01\x02\xff,1,1", "3:1: error: 'arrived_at' is '...', which is not a number"},
    {TraceFormat::kAzure, "6.5,1,1",
     "3:1: error: 'TIMESTAMP' is '6.5', which is no date-time such as '2023-11-16 "
     "18:15:46.6805900'"},
    {TraceFormat::kAzure, "2023-11-31 18:15:46,1,1",
     "3:1: error: 'TIMESTAMP' is '2023-11-31 18:15:46', which is no date-time such as '2023-11-16 "
     "18:15:46.6805900'"},
    {TraceFormat::kBurstGpt, "6,m,0,1,1,x",
     "3:5: error: 'Request tokens' is '0'; it must be at least 1"},
    {TraceFormat::kCsv, "6,1,1,,0", "3:7: error: 'c' is empty"},
    {TraceFormat::kCsv, "6,1,1,a,high",
     "3:9: error: 'r' is 'high'; it must be a whole number from -32767 to 32767"},
    {TraceFormat::kCsv, "6,1,1,a,--4",
     "3:9: error: 'r' is '--4'; it must be a whole number from -32767 to 32767"},
    {kMooncake, "6", "3:1: error: the row is no JSON object"},
    {kMooncake, "{}",
     "3: error: the row has no 'timestamp', 'input_length', 'output_length', 'hash_ids'"},
    {kMooncake, "{\"timestamp\":6,\"input_length\":1,\"output_length\":1,\"hash_ids\":[1]",
     "3:65: error: expected ',' or '}': broken or cut-off JSON"},
    {kMooncake, "{\"timestamp\":6,\"input_length\":513,\"output_length\":1,\"hash_ids\":[1]}",
     "3: error: there are 1 'hash_ids' for 513 prompt tokens; one per 512 makes 2"},
    {kMooncake, "{\"timestamp\":6,\"input_length\":1,\"output_length\":1,\"hash_ids\":[]}",
     "3: error: there are 0 'hash_ids' for 1 prompt tokens; one per 512 makes 1"},
    {kMooncake, "{\"timestamp\":6,\"input_length\":1,\"output_length\":1,\"hash_ids\":[-1]}",
     "3:63: error: 'hash_ids' holds something that is not a whole number of at most 64 bits"},
    {kMooncake, "{\"timestamp\":6,\"input_length\":1,\"output_length\":1,\"hash_ids\":7}",
     "3:62: error: 'hash_ids' is not a list"},
    {kMooncake, "{\"timestamp\":\"6\",\"input_length\":1,\"output_length\":1,\"hash_ids\":[1]}",
     "3:14: error: 'timestamp' is not a number"},
    {kMooncake, "{\"timestamp\":6,\"timestamp\":7}", "3:28: error: 'timestamp' appears twice"},
    {kMooncake, "{\"timestamp\":6,\"input_length\":1,\"output_length\":1,\"hash_ids\":[1]} x",
     "3:67: error: more text after the JSON object"},
    {TraceFormat::kLlmServingSim, "{\"session_id\":1,\"arrival_time_ns\":6,\"sub_requests\":[]}",
     "3:52: error: the row has 'sub_requests': rows that stand for several dependent calls cannot "
     "be replayed"},
};

}  // namespace

TEST_CASE("each kind of broken row is one message with its line and column", "[workloads][trace]") {
  for (const auto& bad : kBadRows) {
    const std::string text = header_and_good_row(bad.format) + bad.text + "\n";
    CHECK(error_of([&] { read_trace_text(bad_spec(bad.format), text); }) ==
          std::string("t.csv:") + bad.problem);
    // The same row is skipped on request, and the good ones stay.
    auto skipping = bad_spec(bad.format);
    skipping.skip_bad_rows = true;
    INFO(bad.text);
    CHECK(read_trace_text(skipping, text).skipped_rows == 1);
  }
}

TEST_CASE("the first ten broken rows are reported at once", "[workloads][trace]") {
  std::string text = "arrived_at,num_prefill_tokens,num_decode_tokens\n";
  for (int i = 0; i < 50; ++i) text += "x,1,1\n";
  try {
    read_trace_text(spec_of(TraceFormat::kVidur), text);
    FAIL("no error");
  } catch (const ConfigError& error) {
    REQUIRE(error.diagnostics().size() == 10);
    CHECK(error.diagnostics()[9].where.line == 11);
  }
}

TEST_CASE("a header without the columns of its format lists what is there", "[workloads][trace]") {
  const auto problem = [](TraceFormat format, std::string_view text) {
    return error_of([&] { read_trace_text(bad_spec(format), text); });
  };
  CHECK(problem(TraceFormat::kAzure, "TIMESTAMP,ContextToken,GeneratedTokens\n") ==
        "t.csv:1: error: no column 'ContextTokens'; the header has: 'TIMESTAMP', 'ContextToken', "
        "'GeneratedTokens'");
  CHECK(problem(TraceFormat::kCsv, "p;o\n") ==
        "t.csv:1: error: no column 't'; the header has: 'p;o'; without arrivals in the file the "
        "workload needs 'arrivals'\n"
        "t.csv:1: error: no column 'p'; the header has: 'p;o'\n"
        "t.csv:1: error: no column 'o'; the header has: 'p;o'\n"
        "t.csv:1: error: no column 'c'; the header has: 'p;o'\n"
        "t.csv:1: error: no column 'r'; the header has: 'p;o'");
  CHECK(problem(TraceFormat::kCsv, "t,p,o,c,r,p\n") ==
        "t.csv:1: error: column 'p' appears twice in the header");
  CHECK(problem(TraceFormat::kVidur, std::string_view("\x7f"
                                                      "ELF\x02\x01\0\0",
                                                      8)) ==
        "t.csv:1: error: the first line is no CSV header: '.ELF....'");
  CHECK(problem(TraceFormat::kVidur, "") == "t.csv:1: error: the file is empty");
  CHECK(problem(TraceFormat::kVidur, "5,1,1\n") ==
        "t.csv:1: error: no column 'arrived_at'; the header has: '5', '1', '1'; without arrivals "
        "in the file the workload "
        "needs 'arrivals'\n"
        "t.csv:1: error: no column 'num_prefill_tokens'; the header has: '5', '1', '1'\n"
        "t.csv:1: error: no column 'num_decode_tokens'; the header has: '5', '1', '1'");
}

TEST_CASE("a class column with too many values is no class column", "[workloads][trace]") {
  std::string text = "t,p,o,c,r\n";
  for (int i = 0; i <= 1000; ++i) text += "1,1,1,user" + std::to_string(i) + ",0\n";
  CHECK(error_of([&] { read_trace_text(bad_spec(TraceFormat::kCsv), text); }) ==
        "t.csv:1002:7: error: more than 1000 different classes in 'c'");
}

TEST_CASE("a truncated file is an error even when bad rows are skipped", "[workloads][trace]") {
  const TemporaryFolder folder;
  std::string text = "arrived_at,num_prefill_tokens,num_decode_tokens\n";
  for (int i = 0; i < 1000; ++i)
    text += std::to_string(i) + "," + std::to_string(i * 7919 % 1000 + 1) + ",5\n";
  const std::string whole = text_of(folder.write_gzip("t.csv.gz", text));
  auto spec =
      spec_of(TraceFormat::kVidur, folder.write("cut.csv.gz", whole.substr(0, whole.size() / 2)));
  spec.skip_bad_rows = true;
  CHECK_THAT(error_of([&] { read_trace(spec); }),
             Catch::Contains("the gzip stream ends too early: the file is truncated"));
}
