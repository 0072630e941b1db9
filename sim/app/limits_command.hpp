// sim/app/limits_command.hpp -- `headroom limits`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_limits_command();

}  // namespace headroom
