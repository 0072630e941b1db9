#include "sim/config/node.hpp"

#include <catch2/catch.hpp>

using namespace headroom;

namespace {
std::string problem_of(const std::string& text) {
  try {
    parse_config(text, "f.yaml");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}
}  // namespace

TEST_CASE("a document is a tree in which keys and values know their positions", "[config][node]") {
  const Node root = parse_config("a: 1\nb:\n  c: [x, \"2\"]\n  d: {e: ~}\n", "f.yaml");
  REQUIRE(root.is_map());
  REQUIRE(root.entries.size() == 2);
  CHECK(root.entries[0].where.line == 1);
  CHECK(root.entries[0].where.column == 1);
  CHECK(root.find("a")->text == "1");
  CHECK(root.find("a")->where.column == 4);
  const Node* c = root.find("b")->find("c");
  REQUIRE(c->is_list());
  CHECK(c->where.line == 3);
  CHECK(c->where.column == 6);
  CHECK_FALSE(c->items[0].quoted);
  CHECK(c->items[1].quoted);
  CHECK(c->items[1].where.column == 10);
  CHECK(root.find("b")->find("d")->find("e")->is_null());
  CHECK(root.find("nothing") == nullptr);
}

TEST_CASE("JSON is read by the same parser", "[config][node]") {
  const Node root =
      parse_config("{\"hidden_size\": 4096, \"rope\": null,\n \"list\": [1, 2]}", "config.json");
  CHECK(root.find("hidden_size")->text == "4096");
  CHECK(root.find("rope")->is_null());
  CHECK(root.find("list")->items.size() == 2);
  CHECK(root.entries[2].where.line == 2);
}

TEST_CASE("what yaml-cpp lets pass is refused with its position", "[config][node]") {
  CHECK(problem_of("a: 1\nb: 2\na: 3\n") == "f.yaml:3:1: error: duplicate key 'a'");
  CHECK(problem_of("a: {b: 1, b: 2}\n") == "f.yaml:1:11: error: duplicate key 'b'");
  CHECK(problem_of("a: 1\n---\nb: 2\n") ==
        "f.yaml:3:1: error: a second document: one file holds one scenario");
  CHECK(problem_of("") == "f.yaml: error: the file is empty");
  CHECK(problem_of("# only a comment\n") == "f.yaml: error: the file is empty");
  CHECK(problem_of("a: &x [1]\nb: 2\n") ==
        "f.yaml:1:4: error: anchors are not supported; write the value again");
  CHECK(problem_of("a: !!python/object 1\n").find("f.yaml:1:4: error: tags are not supported") ==
        0);
  CHECK(problem_of("[a, b]: 1\n") ==
        "f.yaml:1:1: error: a key must be a name, not a list or a map; is a bracket not closed?");
  CHECK(problem_of("a: [1\n").find("f.yaml:2:1: error: not valid YAML: ") == 0);
  CHECK(problem_of("a: b: c\n").find("f.yaml:1:5: error: not valid YAML: ") == 0);
  CHECK(problem_of("a: \"x\n") == "f.yaml:1:4: error: not valid YAML: a quote that is not closed");
  CHECK(problem_of("a: 'x\n") == "f.yaml:1:4: error: not valid YAML: a quote that is not closed");
  CHECK(problem_of("\ta: 1\n").find("f.yaml:1:3: error: not valid YAML: ") == 0);
}

TEST_CASE("what is wrong with JSON is called by its name", "[config][node]") {
  const auto json_problem = [](const std::string& text) -> std::string {
    try {
      parse_config(text, "c.json", ConfigSyntax::kJson);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(json_problem("a: [1\n").find("c.json:2:1: error: not valid JSON: ") == 0);
  CHECK(json_problem("a: \"x\n") ==
        "c.json:1:4: error: not valid JSON: a quote that is not closed");
  CHECK(json_problem("{}\n---\n{}\n") ==
        "c.json:3:1: error: a second document: a config.json holds one object");
}

TEST_CASE("an alias bomb is refused before it is expanded", "[config][node]") {
  CHECK(problem_of("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n") ==
        "f.yaml:1:4: error: anchors are not supported; write the value again");
}

TEST_CASE("binary and broken text is refused at the byte", "[config][node]") {
  CHECK(problem_of(std::string("a: 1\nb: \x80\n")) ==
        "f.yaml:2:4: error: not valid UTF-8: is this a text file?");
  CHECK(problem_of(std::string("a: \xC0\xAF\n")) ==
        "f.yaml:1:4: error: not valid UTF-8: is this a text file?");
  CHECK(problem_of(std::string("a: \xED\xA0\x80\n")) ==
        "f.yaml:1:4: error: not valid UTF-8: is this a text file?");
  CHECK(problem_of(std::string("a: b\0c\n", 7)) ==
        "f.yaml:1:5: error: a control character: is this a text file?");
  CHECK(parse_config("a: \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\n", "f.yaml").find("a")->text ==
        "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST_CASE("size and depth are bounded", "[config][node]") {
  CHECK(problem_of(std::string(kMaxConfigBytes + 1, 'a')) ==
        "f.yaml: error: larger than 1048576 bytes: not a configuration file");
  const std::string deep = "a: " + std::string(100, '[') + std::string(100, ']') + "\n";
  // The map is level 1, so the 64th bracket is the first too many: column 3 + 64.
  CHECK(problem_of(deep) == "f.yaml:1:67: error: nested more than 64 levels deep");
  CHECK(problem_of(std::string(100000, '[')).find("f.yaml:1:") == 0);
  CHECK(problem_of(std::string(100000, '{')).find("f.yaml:1:") == 0);
}

TEST_CASE("a file that cannot be read is an error that names it", "[config][node]") {
  const auto read = [](const std::string& path) {
    try {
      parse_config_file(path);
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(read("no/such.yaml") == "no/such.yaml: error: no such file");
  CHECK(read(HEADROOM_SOURCE_DIR) ==
        std::string(HEADROOM_SOURCE_DIR) + ": error: not a regular file");
}
