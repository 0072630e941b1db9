#include "analysis/compare/stored_keys.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

struct Expected {
  const char *key, *value, *origin;
};

TEST_CASE("stored keys have their dotted names and values and origins", "[compare]") {
  const auto keys = stored_keys(
      "name: quickstart            # q.yaml:3:7\n"
      "hardware:\n"
      "  gpu:\n"
      "    base: h100-sxm  # --set hardware.gpu\n"
      "note: \"a # b \\\" # c\"  # default\n"
      "list:\n"
      "  -\n"
      "    tokens: 5 # q.yaml:9:1\n"
      "plain: no-comment#here\n");
  const std::vector<Expected> expected{{"name", "quickstart", "q.yaml:3:7"},
                                       {"hardware.gpu.base", "h100-sxm", "--set hardware.gpu"},
                                       {"note", "a # b \" # c", "default"},
                                       {"list[0].tokens", "5", "q.yaml:9:1"},
                                       {"plain", "no-comment#here", ""}};
  REQUIRE(keys.size() == expected.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CHECK(keys[i].key == expected[i].key);
    CHECK(keys[i].value == expected[i].value);
    CHECK(keys[i].origin == expected[i].origin);
  }
}

}  // namespace
}  // namespace headroom
