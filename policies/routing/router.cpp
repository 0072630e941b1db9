#include "policies/routing/router.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

class LeastOutstanding final : public Router {
 public:
  std::size_t route(const Request&, std::span<const ReplicaView> replicas) override {
    const auto least =
        std::min_element(replicas.begin(), replicas.end(), [](const auto& a, const auto& b) {
          return a.outstanding_requests < b.outstanding_requests;
        });
    return static_cast<std::size_t>(least - replicas.begin());
  }
};

class LeastTokens final : public Router {
 public:
  std::size_t route(const Request&, std::span<const ReplicaView> replicas) override {
    const auto least = std::min_element(
        replicas.begin(), replicas.end(),
        [](const auto& a, const auto& b) { return a.outstanding_tokens < b.outstanding_tokens; });
    return static_cast<std::size_t>(least - replicas.begin());
  }
};

class RoundRobin final : public Router {
 public:
  std::size_t route(const Request&, std::span<const ReplicaView> replicas) override {
    return next_++ % replicas.size();
  }

 private:
  std::size_t next_ = 0;
};

class Random final : public Router {
 public:
  explicit Random(std::uint64_t seed) : stream_(seed, "router") {}
  std::size_t route(const Request&, std::span<const ReplicaView> replicas) override {
    const auto last = static_cast<std::int64_t>(replicas.size()) - 1;
    return static_cast<std::size_t>(stream_.uniform_int(0, last));
  }

 private:
  RandomStream stream_;
};

using Maker = std::unique_ptr<Router> (*)(std::uint64_t seed);

const std::vector<std::pair<std::string, Maker>>& registry() {
  static const std::vector<std::pair<std::string, Maker>> routers{
      {"least_outstanding",
       [](std::uint64_t) -> std::unique_ptr<Router> {
         return std::make_unique<LeastOutstanding>();
       }},
      {"least_tokens",
       [](std::uint64_t) -> std::unique_ptr<Router> { return std::make_unique<LeastTokens>(); }},
      {"round_robin",
       [](std::uint64_t) -> std::unique_ptr<Router> { return std::make_unique<RoundRobin>(); }},
      {"random",
       [](std::uint64_t seed) -> std::unique_ptr<Router> {
         return std::make_unique<Random>(seed);
       }},
  };
  return routers;
}

}  // namespace

std::vector<std::string> router_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : registry()) names.push_back(name);
  return names;
}

RouterFactory router_factory(const std::string& name, std::uint64_t seed) {
  for (const auto& [known, maker] : registry())
    if (known == name) return [seed, maker = maker] { return maker(seed); };
  std::string names;
  for (const auto& known : router_names()) names += (names.empty() ? "" : ", ") + known;
  throw UserError("unknown router '" + name + "'; known: " + names);
}

}  // namespace headroom
