// sim/app/check_command.hpp -- `headroom check`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_check_command();

}  // namespace headroom
