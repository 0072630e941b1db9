// sim/app/sweep_command.hpp -- `headroom sweep`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_sweep_command();

}  // namespace headroom
