// tests/layering/layer_check.hpp -- reads the sources as text and finds what the linker cannot: an
// #include against the layers, a library used outside its one place, a word where it has no
// business, a file that has grown too long.
#pragma once

#include <filesystem>
#include <istream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace headroom::layering {

struct Rules {
  std::map<std::string, std::set<std::string>>
      may_include;                                       // folder -> folders, closed transitively
  std::map<std::string, std::set<std::string>> only_in;  // prefix of a library include -> folders
  // Part of a name -> folders in whose code, comments aside, no name has it.
  std::map<std::string, std::set<std::string>> never_in;
};

// The format of layers.txt. Throws std::runtime_error for a line it does not understand, an unknown
// folder after an arrow, or layers that form a cycle.
Rules parse_rules(std::istream& text);

// Violations as "file:line: what", ordered by file; empty when all is well. Looks at every .hpp and
// .cpp below the folders sim, hwmodels, workloads, policies and analysis of `root`, and at the DEPS
// of their CMakeLists.txt.
std::vector<std::string> find_violations(const std::filesystem::path& root, const Rules& rules);

inline constexpr int kMaxLines = 400;

}  // namespace headroom::layering
