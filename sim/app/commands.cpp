#include "sim/app/command.hpp"
#include "sim/app/list_command.hpp"

namespace headroom {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_list_command());
  return commands;
}

}  // namespace headroom
