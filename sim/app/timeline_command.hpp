// sim/app/timeline_command.hpp -- `headroom timeline`: a recorded run, simulated once more and
// written down step by step.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_timeline_command();

}  // namespace headroom
