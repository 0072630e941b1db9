// sim/app/optimize_command.hpp -- `headroom optimize`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_optimize_command();

}  // namespace headroom
