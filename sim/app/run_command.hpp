// sim/app/run_command.hpp -- `headroom run`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_run_command();

}  // namespace headroom
