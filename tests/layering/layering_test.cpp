#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/layering/layer_check.hpp"

namespace headroom::layering {
namespace {

namespace fs = std::filesystem;
using Violations = std::vector<std::string>;

const fs::path kSource = HEADROOM_SOURCE_DIR;

Rules shipped_rules() {
  std::ifstream in(kSource / "tests/layering/layers.txt");
  REQUIRE(in);
  return parse_rules(in);
}

// A small source tree on disk that goes away with the test.
class Tree {
 public:
  Tree() {
    std::string pattern = (fs::temp_directory_path() / "headroom-layering-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  ~Tree() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  Violations violations() const { return find_violations(root_, shipped_rules()); }

 private:
  fs::path root_;
};

std::string joined(const Violations& violations) {
  std::string text;
  for (const auto& violation : violations) text += violation + '\n';
  return text;
}

TEST_CASE("no source of ours includes against the layers", "[layering]") {
  const auto violations = find_violations(kSource, shipped_rules());
  INFO(joined(violations));
  REQUIRE(violations.empty());
}

TEST_CASE("the check really reads the sources", "[layering]") {
  // With no library allowed anywhere the real tree must be full of violations.
  std::istringstream nothing("only sqlite3 in nowhere\n");
  auto rules = shipped_rules();
  rules.only_in = parse_rules(nothing).only_in;
  rules.only_in["string"] = {"nowhere"};
  REQUIRE(find_violations(kSource, rules).size() > 20);
}

TEST_CASE("an include of a higher layer is found with its line", "[layering]") {
  Tree tree;
  tree.write("sim/config/node.hpp", "#pragma once\n");
  tree.write("sim/base/bad.hpp",
             "#pragma once\n#include <string>\n#  include \"sim/config/node.hpp\"\n");
  REQUIRE(
      tree.violations() ==
      Violations{"sim/base/bad.hpp:3: sim/base may not include sim/config (sim/config/node.hpp)"});
}

TEST_CASE("an include along the arrows is allowed also when it skips a layer", "[layering]") {
  Tree tree;
  tree.write("sim/base/units.hpp", "#pragma once\n");
  tree.write("sim/scenario/scenario.hpp", "#include \"sim/base/units.hpp\"\n");
  tree.write("sim/app/main.cpp", "#include \"sim/base/units.hpp\"\n#include <CLI/CLI.hpp>\n");
  REQUIRE(tree.violations().empty());
}

TEST_CASE("a library outside its one place is found", "[layering]") {
  Tree tree;
  tree.write("sim/serving/a.cpp", "#include <yaml-cpp/yaml.h>\n");
  tree.write("workloads/trace/b.cpp", "#include <sqlite3.h>\n#include <zlib.h>\n");
  REQUIRE(tree.violations() ==
          Violations{"sim/serving/a.cpp:1: sim/serving may not include yaml-cpp/yaml.h",
                     "workloads/trace/b.cpp:1: workloads/trace may not include sqlite3.h"});
}

TEST_CASE("an include that does not start at the repository root is found", "[layering]") {
  Tree tree;
  tree.write("sim/base/units.hpp", "#pragma once\n");
  tree.write("sim/base/a.cpp", "#include \"units.hpp\"\n");
  REQUIRE(tree.violations() ==
          Violations{"sim/base/a.cpp:1: \"units.hpp\" is not a path from the repository root"});
}

TEST_CASE("a folder that no layer names is found", "[layering]") {
  Tree tree;
  tree.write("sim/utils/a.cpp", "\n");
  REQUIRE(tree.violations() == Violations{"sim/utils/a.cpp:1: sim/utils is not a layer"});
}

TEST_CASE("an execution system that knows a rate or a duration is found", "[layering]") {
  Tree tree;
  tree.write("policies/execution/bad.cpp",
             "auto wait = packet / node.pcie.bandwidth;\n"
             "Bytes packet;  // at the bandwidth of PCIe, the comment may say\n"
             "Duration pause;\n");
  tree.write("sim/engine/good.cpp", "Duration wait = to_duration(bytes / link.bandwidth);\n");
  REQUIRE(tree.violations() ==
          Violations{"policies/execution/bad.cpp:1: policies/execution does without 'bandwidth'",
                     "policies/execution/bad.cpp:3: policies/execution does without 'Duration'"});
}

TEST_CASE("an execution system may not include cost models or the engine", "[layering]") {
  for (const std::string folder :
       {"hwmodels/compute", "sim/engine", "sim/runtime", "sim/platform", "analysis/limits"}) {
    Tree tree;
    tree.write(folder + "/it.hpp", "#pragma once\n");
    tree.write("policies/execution/bad.cpp", "#include \"" + folder + "/it.hpp\"\n");
    REQUIRE(tree.violations() ==
            Violations{"policies/execution/bad.cpp:1: policies/execution may not include " +
                       folder + " (" + folder + "/it.hpp)"});
  }
}

TEST_CASE("a file of 401 lines is found and one of 400 is not", "[layering]") {
  Tree tree;
  tree.write("sim/base/long.cpp", std::string(401, '\n'));
  tree.write("sim/base/just_right.cpp", std::string(400, '\n'));
  REQUIRE(tree.violations() == Violations{"sim/base/long.cpp:401: more than 400 lines"});
}

TEST_CASE("a link against the arrows is found", "[layering]") {
  Tree tree;
  tree.write("sim/record/CMakeLists.txt",
             "headroom_library(sim_record SOURCES a.cpp DEPS sim_base sim_scenario SYSTEM_DEPS "
             "SQLite::SQLite3)\n");
  REQUIRE(tree.violations() ==
          Violations{"sim/record/CMakeLists.txt:1: sim/record may not link sim/scenario"});
}

TEST_CASE("layers that form a cycle are refused", "[layering]") {
  std::istringstream cycle("a <- b\nb <- c\nc <- a\n");
  REQUIRE_THROWS_WITH(parse_rules(cycle), Catch::Contains("form a cycle"));
  std::istringstream unknown("a <- b\n");
  REQUIRE_THROWS_WITH(parse_rules(unknown), Catch::Contains("unknown layer b"));
}

}  // namespace
}  // namespace headroom::layering
