// sim/app/merge_command.hpp -- `headroom merge`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_merge_command();

}  // namespace headroom
