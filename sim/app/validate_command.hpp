// sim/app/validate_command.hpp -- `headroom validate`: every case simulated and held against what
// was measured.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_validate_command();

}  // namespace headroom
