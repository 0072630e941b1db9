#include "tests/layering/layer_check.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace headroom::layering {
namespace {

namespace fs = std::filesystem;

std::set<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> words;
  for (std::string word; in >> word;) words.insert(word);
  return words;
}

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Depth-first; `open` holds the folders on the current path, where meeting one again is a cycle.
void close_over(const std::string& folder, const Rules& direct, std::set<std::string>& open,
                Rules& closed) {
  if (closed.may_include.contains(folder)) return;
  if (!open.insert(folder).second) throw std::runtime_error("the layers form a cycle at " + folder);
  const auto found = direct.may_include.find(folder);
  if (found == direct.may_include.end()) throw std::runtime_error("unknown layer " + folder);
  std::set<std::string> all = found->second;
  for (const auto& below : found->second) {
    close_over(below, direct, open, closed);
    const auto& more = closed.may_include.at(below);
    all.insert(more.begin(), more.end());
  }
  open.erase(folder);
  closed.may_include.emplace(folder, std::move(all));
}

// "sim/config" of "sim/config/node.hpp"; empty for a path that is not at least two folders deep.
std::string folder_of(const std::string& path) {
  const auto first = path.find('/');
  const auto second = first == std::string::npos ? first : path.find('/', first + 1);
  return second == std::string::npos ? "" : path.substr(0, second);
}

struct Include {
  std::string target;
  bool quoted = false;
};

std::optional<Include> include_of(const std::string& line) {
  const std::string text = trim(line);
  if (text.empty() || text[0] != '#') return std::nullopt;
  const std::string directive = trim(text.substr(1));
  if (!directive.starts_with("include")) return std::nullopt;
  const std::string rest = trim(directive.substr(7));
  if (rest.empty()) return std::nullopt;
  const bool quoted = rest[0] == '"';
  const auto end = rest.find(quoted ? '"' : '>', 1);
  return Include{rest.substr(1, end - 1), quoted};
}

// What is wrong with `include` standing in `folder`, or nothing.
std::string judge(const Include& include, const std::string& folder, const fs::path& root,
                  const Rules& rules) {
  for (const auto& [prefix, folders] : rules.only_in)
    if (include.target.starts_with(prefix) && !folders.contains(folder))
      return folder + " may not include " + include.target;
  if (!include.quoted || include.target.starts_with("generated/")) return "";
  const std::string target = folder_of(include.target);
  if (!rules.may_include.contains(target) || !fs::exists(root / include.target))
    return '"' + include.target + "\" is not a path from the repository root";
  if (target != folder && !rules.may_include.at(folder).contains(target))
    return folder + " may not include " + target + " (" + include.target + ')';
  return "";
}

// A name of the line that contains a word its folder does without.
std::string judge_words(const std::string& line, const std::string& folder, const Rules& rules) {
  const std::string code = line.substr(0, line.find("//"));
  for (const auto& [word, folders] : rules.never_in)
    if (folders.contains(folder) && code.find(word) != std::string::npos)
      return folder + " does without '" + word + "'";
  return "";
}

void check_source(const fs::path& file, const std::string& name, const fs::path& root,
                  const Rules& rules, std::vector<std::string>& found) {
  const std::string folder = folder_of(name);
  if (!rules.may_include.contains(folder)) {
    found.push_back(name + ":1: " + folder + " is not a layer");
    return;
  }
  std::ifstream in(file);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (const auto include = include_of(line))
      if (const auto problem = judge(*include, folder, root, rules); !problem.empty())
        found.push_back(name + ':' + std::to_string(number) + ": " + problem);
    if (const auto problem = judge_words(line, folder, rules); !problem.empty())
      found.push_back(name + ':' + std::to_string(number) + ": " + problem);
  }
  if (number > kMaxLines)
    found.push_back(name + ':' + std::to_string(number) + ": more than " +
                    std::to_string(kMaxLines) + " lines");
}

// The words between DEPS and SYSTEM_DEPS or the closing bracket are our libraries: sim_config is
// sim/config.
void check_link_line(const fs::path& file, const std::string& name, const Rules& rules,
                     std::vector<std::string>& found) {
  const std::string folder = folder_of(name);
  if (!rules.may_include.contains(folder)) return;
  std::ifstream in(file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto begin = text.find(" DEPS");
  if (begin == std::string::npos) return;
  std::string deps = text.substr(begin + 5);
  deps = deps.substr(0, std::min(deps.find("SYSTEM_DEPS"), deps.find(')')));
  for (std::string dep : words_of(deps)) {
    // The first one: policies_expert_cache is policies/expert_cache.
    if (const auto underscore = dep.find('_'); underscore != std::string::npos)
      dep[underscore] = '/';
    if (!rules.may_include.at(folder).contains(dep))
      found.push_back(name + ":1: " + folder + " may not link " + dep);
  }
}

}  // namespace

Rules parse_rules(std::istream& text) {
  Rules direct;
  for (std::string line; std::getline(text, line);) {
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto arrow = line.find("<-");
    const auto in = line.find(" in ");
    if (arrow != std::string::npos) {
      direct.may_include[trim(line.substr(0, arrow))] = words_of(line.substr(arrow + 2));
    } else if (line.starts_with("never ") && in != std::string::npos) {
      direct.never_in[trim(line.substr(6, in - 6))] = words_of(line.substr(in + 4));
    } else if (line.starts_with("only ") && in != std::string::npos) {
      direct.only_in[trim(line.substr(5, in - 5))] = words_of(line.substr(in + 4));
    } else {
      throw std::runtime_error("not a rule: " + line);
    }
  }
  Rules closed;
  closed.only_in = direct.only_in;
  closed.never_in = direct.never_in;
  std::set<std::string> open;
  for (const auto& [folder, below] : direct.may_include) close_over(folder, direct, open, closed);
  return closed;
}

std::vector<std::string> find_violations(const fs::path& root, const Rules& rules) {
  std::vector<fs::path> files;
  for (const char* top : {"sim", "hwmodels", "workloads", "policies", "analysis"})
    if (fs::exists(root / top))
      for (const auto& entry : fs::recursive_directory_iterator(root / top))
        if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> found;
  for (const auto& file : files) {
    const std::string name = fs::relative(file, root).generic_string();
    const auto extension = file.extension();
    if (extension == ".hpp" || extension == ".cpp") check_source(file, name, root, rules, found);
    if (file.filename() == "CMakeLists.txt") check_link_line(file, name, rules, found);
  }
  return found;
}

}  // namespace headroom::layering
