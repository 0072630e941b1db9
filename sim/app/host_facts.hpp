// sim/app/host_facts.hpp -- wall-clock facts of this process: run_host, and nowhere else.
#pragma once

#include <chrono>

#include "sim/record/run_record.hpp"

namespace headroom {

// Wall time since `started`; CPU time and peak memory of the whole process, its start included.
HostFacts host_facts(std::chrono::system_clock::time_point started);

}  // namespace headroom
