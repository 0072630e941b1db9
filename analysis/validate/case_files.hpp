// analysis/validate/case_files.hpp -- the cases that come with the program (the YAML files below
// analysis/validate/cases, embedded in the binary) and those of a user's folder.
#pragma once

#include <string>
#include <vector>

namespace headroom {

struct CaseFile {
  std::string path;  // as shown in messages: "analysis/validate/cases/offload/vllm_a5000.yaml"
  std::string text;
};

std::vector<CaseFile> embedded_case_files();  // by path
// Every *.yaml below a folder, by path. Throws UserError when it is no folder or has none.
std::vector<CaseFile> case_files_below(const std::string& folder);

}  // namespace headroom
