#include "sim/app/child_processes.hpp"

#include <algorithm>

#include "sim/app/child_pool.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::string unwrap(const ChildResult& result) {
  switch (result.kind) {
    case ChildResult::Kind::kDone:
      return result.text;
    case ChildResult::Kind::kUserError:
      throw UserError(result.text);
    case ChildResult::Kind::kOutOfMemory:
      throw UserError("error: " + result.text);
    case ChildResult::Kind::kInterrupted:
      throw Interrupted();
    case ChildResult::Kind::kUnfinished:
      throw Unfinished(result.text);
    case ChildResult::Kind::kOutOfTime:
    case ChildResult::Kind::kDied:
    case ChildResult::Kind::kBug:
      break;
  }
  throw InternalError(result.text);
}

}  // namespace

std::vector<std::string> run_in_children(int count, int jobs,
                                         const std::function<std::string(int)>& work) {
  std::vector<std::string> results(static_cast<std::size_t>(count));
  ChildPool pool(std::min(count, jobs),
                 [&](std::string_view request) { return work(std::stoi(std::string(request))); });
  int next = 0;
  while (next < count || !pool.is_idle()) {
    for (; next < count && pool.has_free_lane(); ++next) pool.start(next, std::to_string(next));
    const auto finished = pool.wait(std::chrono::milliseconds(200));
    stop_if_interrupted();
    if (finished) results[static_cast<std::size_t>(finished->ticket)] = unwrap(finished->result);
  }
  return results;
}

}  // namespace headroom
