// sim/app/calibrate_command.hpp -- `headroom calibrate`: kernel models fitted to measured times.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_calibrate_command();

}  // namespace headroom
