// sim/app/query_command.hpp -- `headroom query`.
#pragma once

#include <memory>

#include "sim/app/command.hpp"

namespace headroom {

std::unique_ptr<Command> make_query_command();

}  // namespace headroom
