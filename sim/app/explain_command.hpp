// sim/app/explain_command.hpp -- `headroom explain`: which resource of a scenario is worth buying.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_explain_command();

}  // namespace headroom
