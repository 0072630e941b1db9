// sim/app/command_line.hpp -- from argv to a command that is ready to execute.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/app/command.hpp"

namespace headroom {

// Either a command, or a text that was asked for (--help, --version) and goes to stdout.
struct Invocation {
  std::unique_ptr<Command> command;
  std::string text;
};

// Throws UserError, with a suggestion where a command or a flag is nearly right.
Invocation parse_command_line(int argc, const char* const* argv,
                              std::vector<std::unique_ptr<Command>> commands);

}  // namespace headroom
