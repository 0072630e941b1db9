// tests/simulation/kernel/in_child.hpp -- runs a simulation in a child process, because a process
// has one kernel only.
#pragma once

#include <functional>

#include "tests/simulation/kernel/recorder.hpp"

namespace headroom::test {

// What `simulate` returned in the child. Throws std::runtime_error if the child did not end well.
Calls in_child(const std::function<Calls()>& simulate);

}  // namespace headroom::test
