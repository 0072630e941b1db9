// The headroom binary: parses the command line, runs one command, and turns whatever goes wrong
// into an exit code and a message on stderr. Nothing is decided here.
#include <iostream>
#include <new>
#include <string>

#include "sim/app/command.hpp"
#include "sim/app/command_line.hpp"
#include "sim/app/exit_code.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

void complain(const std::string& message) {
  const bool says_so = message.find("error: ") != std::string::npos;
  std::cerr << (says_so ? "" : "error: ") << message << std::endl;
}

ExitCode run(int argc, const char* const* argv) {
  Invocation invocation = parse_command_line(argc, argv, all_commands());
  if (invocation.command) return invocation.command->execute();
  write_standard_output(invocation.text);
  return kExitDone;
}

ExitCode run_and_report(int argc, const char* const* argv) {
  try {
    return run(argc, argv);
  } catch (const UserError& error) {
    complain(error.what());
    return kExitUserError;
  } catch (const Interrupted& error) {
    complain(error.what());
    return kExitInterrupted;
  } catch (const Unfinished& error) {
    complain(error.what());
    return kExitUnfinished;
  } catch (const std::bad_alloc&) {
    complain("not enough memory for this scenario; 'workload.limit' and 'record' make it smaller");
    return kExitUserError;
  } catch (const std::exception& error) {
    complain(std::string(error.what()) +
             "\nThis is a bug in headroom. Please report it with the command line, the scenario "
             "and 'headroom --version'.");
    return kExitOurBug;
  }
}

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  headroom::catch_interrupts();
  return headroom::run_and_report(argc, argv);
}
