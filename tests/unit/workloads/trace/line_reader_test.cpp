#include "workloads/trace/line_reader.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "trace_files.hpp"

using namespace headroom;

namespace {

std::vector<std::string> lines_of(LineReader reader) {
  std::vector<std::string> lines;
  std::string_view line;
  while (reader.next(line)) lines.emplace_back(line);
  return lines;
}
std::vector<std::string> lines_of_file(const std::string& path) {
  return lines_of(LineReader(path, "t.csv", {}));
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("line ends of both kinds, a byte order mark and a missing last end do not show",
          "[workloads][trace]") {
  CHECK(lines_of(LineReader::of_text("\xEF\xBB\xBF"
                                     "a,b\r\n1,2\n\n3,4",
                                     "t")) == Lines{"a,b", "1,2", "", "3,4"});
  CHECK(lines_of(LineReader::of_text("a\n", "t")) == Lines{"a"});
  CHECK(lines_of(LineReader::of_text("", "t")) == Lines{});
}

TEST_CASE("gzip and plain files give the same lines whatever their size", "[workloads][trace]") {
  const TemporaryFolder folder;
  std::string text;
  Lines expected;
  for (int i = 0; i < 100'000; ++i) {  // 690 kB: several buffers
    expected.push_back(std::to_string(i) + ",x");
    text += expected.back() + "\n";
  }
  // Longer than the first buffer, so that it has to grow.
  expected.push_back(std::string(1'000'000, 'y'));
  text += expected.back();
  CHECK((lines_of_file(folder.write("a.csv", text)) == expected));
  CHECK((lines_of_file(folder.write_gzip("a.csv.gz", text)) == expected));
}

TEST_CASE("a gzip file that is cut off or damaged is an error with its line",
          "[workloads][trace]") {
  const TemporaryFolder folder;
  const std::string whole = text_of(folder.write_gzip("a.gz", "one\ntwo\nthree\n"));
  const auto cut = folder.write("cut.gz", whole.substr(0, whole.size() - 10));
  CHECK_THAT(error_of([&] { lines_of_file(cut); }),
             Catch::Contains("t.csv:") &&
                 Catch::Contains("the gzip stream ends too early: the file is truncated"));
  std::string damaged = whole;
  damaged[whole.size() - 7] =
      static_cast<char>(damaged[whole.size() - 7] ^ 0x55);  // in the checksum
  CHECK_THAT(error_of([&] { lines_of_file(folder.write("bad.gz", damaged)); }),
             Catch::Contains("t.csv:") && Catch::Contains("the gzip stream is damaged"));
}

TEST_CASE("what cannot be opened is an error at the place that named it", "[workloads][trace]") {
  const TemporaryFolder folder;
  const SourcePosition asked{"s.yaml", 7, 9};
  const auto open = [&](const std::string& path) {
    return error_of([&] { LineReader(path, "t.csv", asked); });
  };
  CHECK(open(folder.path("none")) ==
        "s.yaml:7:9: error: cannot read trace 't.csv': No such file or directory");
  CHECK(open(folder.path("")) == "s.yaml:7:9: error: cannot read trace 't.csv': it is a directory");
  CHECK(open("/dev/null") ==
        "s.yaml:7:9: error: cannot read trace 't.csv': it is not a regular file");
  CHECK(open(folder.write("empty", "")) ==
        "s.yaml:7:9: error: cannot read trace 't.csv': the file is empty");
  CHECK(error_of([&] { LineReader(folder.path("none"), "t.csv", {}); }) ==
        "t.csv: error: cannot read trace 't.csv': No such file or directory");
}

TEST_CASE("a line without an end is refused before it fills the memory", "[workloads][trace]") {
  const TemporaryFolder folder;
  const auto path = folder.write_gzip("long.gz", "head\n" + std::string(kMaxLineBytes + 1000, 'x'));
  CHECK(error_of([&] { lines_of_file(path); }) ==
        "t.csv:2: error: the line is longer than 16 MiB: not a trace");
}
