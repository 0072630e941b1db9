// sim/app/list_command.hpp -- `headroom list`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_list_command();

}  // namespace headroom
