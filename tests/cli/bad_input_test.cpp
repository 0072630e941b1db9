#include <catch2/catch.hpp>

#include "tests/cli/bad_input_cases.hpp"

namespace headroom::cli {
namespace {

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Exit 2, nothing on stdout, and one message per problem that says what and where.
void check_all(const std::vector<BadInput>& inputs) {
  for (const auto& input : inputs) {
    Folder folder;
    input.files(folder);
    const Outcome outcome = folder.headroom(input.arguments);
    INFO(input.what << "\nstderr: " << outcome.err << "\nstdout: " << outcome.out
                    << "\nexpected: " << input.message);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find(input.message) != std::string::npos);
    CHECK(occurrences(outcome.err, "error: ") == input.problems);
  }
}

TEST_CASE("every kind of bad scenario is refused with its position", "[cli][bad]") {
  check_all(bad_scenarios());
}
TEST_CASE("every kind of bad node or system is refused with its position", "[cli][bad]") {
  check_all(bad_offload_scenarios());
}
TEST_CASE("every kind of bad config.json is refused with its position", "[cli][bad]") {
  check_all(bad_model_configs());
}
TEST_CASE("every kind of bad trace is refused with its line", "[cli][bad]") {
  check_all(bad_traces());
}
TEST_CASE("every kind of bad command line is refused", "[cli][bad]") {
  check_all(bad_command_lines());
}
TEST_CASE("every kind of bad database is refused", "[cli][bad]") { check_all(bad_databases()); }

TEST_CASE("at least forty kinds of bad input are tried", "[cli][bad]") {
  const auto kinds = bad_scenarios().size() + bad_model_configs().size() + bad_traces().size() +
                     bad_command_lines().size() + bad_databases().size();
  INFO(kinds << " kinds");
  REQUIRE(kinds >= 40);
}

TEST_CASE("all that is wrong with a scenario is reported at once in the order of the file",
          "[cli][bad]") {
  Folder folder;
  folder.write("bad.yaml",
               "name: x\nmodel: llama-3.1-8b\nhardware: {gpu: h100-sxm}\nserving: {block_sise: 16, "
               "max_num_seqs: many}\n"
               "workload: {arrivals: {process: all_at_once}, prompt_tokens: 10, output_tokens: 10, "
               "requests: 3}\nsede: 3\n");
  const Outcome outcome = folder.headroom({"check", "bad.yaml"});
  CHECK(outcome.exit_code == 2);
  const auto first = outcome.err.find("bad.yaml:4:11: error: unknown key 'block_sise'");
  const auto second = outcome.err.find("bad.yaml:4:41: error: ");
  const auto third = outcome.err.find("bad.yaml:6:1: error: unknown key 'sede'");
  INFO(outcome.err);
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
}

}  // namespace
}  // namespace headroom::cli
