// sim/app/child_processes.hpp -- runs pieces of work in processes of their own: SimGrid allows one
// engine per process, ever.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace headroom {

// work(i) for i in [0, count), each in a forked child, at most `jobs` at once; what they return, in
// order of i, whatever the order they end in. An exception of a child is thrown here as the same
// kind of exception, after the other children have been ended; one that dies otherwise is an
// InternalError. Pre: no thread, no SimGrid engine and no database connection exists.
std::vector<std::string> run_in_children(int count, int jobs,
                                         const std::function<std::string(int)>& work);

}  // namespace headroom
