#include "sim/sweep/document_text.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

std::string flow_again(const std::string& yaml) { return flow_text(parse_config(yaml, "x.yaml")); }

TEST_CASE("values keep their spelling and texts that need quotes get them", "[sweep]") {
  CHECK(flow_again("4 /s") == "4 /s");
  CHECK(flow_again("-0.5") == "-0.5");
  CHECK(flow_again("'64'") == "\"64\"");
  CHECK(flow_again("a: [1, true, ~]") == "{a: [1, true, null]}");
  CHECK(flow_again("${HEADROOM_DATA}/x.csv") == "\"${HEADROOM_DATA}/x.csv\"");
  CHECK(flow_again("\"two\\nlines, \\\"quoted\\\"\"") == "\"two\\nlines, \\\"quoted\\\"\"");
  CHECK(flow_again("a: {}\nb: []") == "{a: {}, b: []}");
}

TEST_CASE("the text of a document parses to the same document", "[sweep]") {
  const std::string yaml =
      "name: \"a: b\"\nhardware:\n  gpu: {base: h100-sxm, hbm_bandwidth: 4 TB/s}\n"
      "list:\n  - {x: 1}\n  - 'null'\nempty: {}\nnothing: ~\n";
  const Node document = parse_config(yaml, "x.yaml");
  const std::string text = block_text(document);
  CHECK(text ==
        "name: \"a: b\"\nhardware:\n  gpu:\n    base: h100-sxm\n    hbm_bandwidth: 4 TB/s\n"
        "list: [{x: 1}, \"null\"]\nempty: {}\nnothing: null\n");
  CHECK(block_text(parse_config(text, "y.yaml")) == text);
}

}  // namespace
}  // namespace headroom
