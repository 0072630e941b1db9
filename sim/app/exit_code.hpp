// sim/app/exit_code.hpp -- what the process tells its caller.
#pragma once

namespace headroom {

enum ExitCode : int {
  kExitDone = 0,
  kExitOurBug = 1,         // InternalError; the message asks to report it
  kExitUserError = 2,      // the scenario, a file, a flag, the database, or a disk that is full
  kExitUnfinished = 3,     // the scenario deadlocked or hit its time limit; nothing is recorded
  kExitInterrupted = 130,  // Ctrl-C; nothing is recorded
};

}  // namespace headroom
