// tests/cli/bad_input_cases.hpp -- wrong inputs, one of each kind, and what a user must be told
// about each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/cli/process.hpp"

namespace headroom::cli {

struct BadInput {
  std::string what;  // the kind of mistake
  std::vector<std::string> arguments;
  std::string message;  // part of what stderr must say, position included where there is one
  std::function<void(const Folder&)> files = [](const Folder&) {};
  std::size_t problems = 1;  // several where one mistake leaves several things missing
};

std::vector<BadInput> bad_scenarios();
std::vector<BadInput> bad_offload_scenarios();
std::vector<BadInput> bad_model_configs();
std::vector<BadInput> bad_traces();
std::vector<BadInput> bad_command_lines();
std::vector<BadInput> bad_databases();

}  // namespace headroom::cli
