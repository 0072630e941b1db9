// sim/app/ops_command.hpp -- `headroom ops`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_ops_command();

}  // namespace headroom
