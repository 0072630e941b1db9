// sim/app/interrupt.hpp -- Ctrl-C as a flag that a run looks at, so that it can leave nothing
// behind.
#pragma once

#include <stdexcept>

namespace headroom {

// From here on SIGINT and SIGTERM set the flag; a second one ends the process at once. Also ignores
// SIGPIPE: a reader that goes away is seen where we write.
void catch_interrupts();
bool interrupted();

// The run ended because of the flag: exit 130.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted; nothing was recorded") {}
};
// Throws Interrupted when the flag is set.
void stop_if_interrupted();

// The scenario deadlocked or hit its time limit: exit 3, nothing is recorded.
class Unfinished : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace headroom
