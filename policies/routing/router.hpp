// policies/routing/router.hpp -- which replica gets a request. Ties go to the lowest replica index.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/serving/request.hpp"

namespace headroom {

struct ReplicaView {
  std::int64_t outstanding_requests = 0;  // routed there and not yet finished
  std::int64_t outstanding_tokens = 0;    // their prompt and output tokens still to be computed
};

class Router {
 public:
  virtual ~Router() = default;
  // Called once per request, in arrival order. Returns an index into `replicas`, which is never
  // empty.
  virtual std::size_t route(const Request& request, std::span<const ReplicaView> replicas) = 0;
};

using RouterFactory = std::function<std::unique_ptr<Router>()>;
// `serving.router: NAME`: "least_outstanding" (requests), "least_tokens", "round_robin", "random"
// (its own stream of `seed`). Throws UserError naming the known ones when `name` is not one.
RouterFactory router_factory(const std::string& name, std::uint64_t seed);
std::vector<std::string> router_names();

}  // namespace headroom
