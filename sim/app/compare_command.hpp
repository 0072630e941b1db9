// sim/app/compare_command.hpp -- `headroom compare`: what is different between two recorded runs.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_compare_command();

}  // namespace headroom
