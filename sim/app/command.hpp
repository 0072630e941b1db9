// sim/app/command.hpp -- one verb of the command line. A new one is a class, a source file and a
// line in commands.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/app/exit_code.hpp"
#include "sim/app/option_set.hpp"

namespace headroom {

class Command {
 public:
  virtual ~Command() = default;
  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;  // one line for `headroom --help`
  virtual std::string example() const = 0;  // one or more command lines that work as they stand
  virtual void declare(OptionSet& options) = 0;
  // Runs once, after the options have their values. Throws UserError, ConfigError or InternalError.
  virtual ExitCode execute() = 0;
};

// In the order the help lists them.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace headroom
