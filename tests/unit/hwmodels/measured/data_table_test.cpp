#include "hwmodels/measured/data_table.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace headroom {
namespace {

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("headroom_data_table_" + std::to_string(std::hash<std::string>{}(text)) + ".csv")) {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  DataTable read() const {
    return read_data_table(path_.string(), "data.csv", {"case.yaml", 3, 5});
  }

 private:
  std::filesystem::path path_;
};

TEST_CASE("a row is found by the line it stands on", "[validate]") {
  const DataTable table = TemporaryFile("model,note,value\nopt,\"a, b\",1\n\nllama,c,2\n").read();
  CHECK(table.column("value") == std::optional<std::size_t>(2));
  CHECK_FALSE(table.column("missing"));
  REQUIRE(table.rows.size() == 2);
  REQUIRE(table.at_line(2) != nullptr);
  CHECK(table.at_line(2)->fields[1] == "a, b");
  CHECK(table.at_line(3) == nullptr);  // empty
  CHECK(table.at_line(4)->fields[0] == "llama");
  CHECK(table.at_line(1) == nullptr);  // the header is no row
  CHECK(table.at_line(5) == nullptr);
}

TEST_CASE("a row with too few fields is named by its line", "[validate]") {
  CHECK_THROWS_WITH(TemporaryFile("a,b\n1,2\n3\n").read(),
                    "data.csv:3: error: has 1 fields, the header 2");
  CHECK_THROWS_WITH(TemporaryFile("a,b\n1,\"2\n").read(),
                    "data.csv:2: error: a quoted field does not end at a comma");
}

TEST_CASE("a file that is not there is an error where the case names it", "[validate]") {
  CHECK_THROWS_WITH(read_data_table("/nowhere/data.csv", "data.csv", {"case.yaml", 3, 5}),
                    Catch::StartsWith("case.yaml:3:5: error: "));
}

TEST_CASE("a star stands for any text", "[validate]") {
  CHECK(matches_pattern("1x T4 16GB", "1x*"));
  CHECK(matches_pattern("offload/deepspeed_t4", "offload*"));
  CHECK(matches_pattern("offload", "offload*"));
  CHECK(matches_pattern("abcabd", "*ab*d"));
  CHECK(matches_pattern("", "*"));
  CHECK_FALSE(matches_pattern("2x T4", "1x*"));
  CHECK_FALSE(matches_pattern("offload", "offload/*"));
  CHECK_FALSE(matches_pattern("vllm", "vll"));
}

}  // namespace
}  // namespace headroom
