// sim/app/report_command.hpp -- `headroom report`.
#pragma once

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_report_command();

}  // namespace headroom
