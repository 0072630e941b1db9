#include "analysis/validate/case_files.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "analysis/validate/embedded.hpp"
#include "sim/base/check.hpp"
#include "sim/config/node.hpp"

namespace headroom {

std::vector<CaseFile> embedded_case_files() {
  std::vector<CaseFile> files;
  for (const auto& file : embedded_cases())
    files.push_back({"analysis/validate/cases/" + std::string(file.path), std::string(file.text)});
  return files;
}

std::vector<CaseFile> case_files_below(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code problem;
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator at(folder, problem), end; !problem && at != end;
       at.increment(problem))
    if (at->path().extension() == ".yaml") paths.push_back(at->path().string());
  if (problem)
    throw UserError("error: cannot read the folder '" + folder + "': " + problem.message());
  if (paths.empty()) throw UserError("error: there is no case (*.yaml) in '" + folder + "'");
  std::sort(paths.begin(), paths.end());
  std::vector<CaseFile> files;
  for (const auto& path : paths) files.push_back({path, read_config_file(path)});
  return files;
}

}  // namespace headroom
