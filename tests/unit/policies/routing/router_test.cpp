#include "policies/routing/router.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::vector<std::size_t> route(Router& router, const std::vector<ReplicaView>& replicas,
                               int requests) {
  std::vector<std::size_t> chosen;
  for (int i = 0; i < requests; ++i) chosen.push_back(router.route(Request{}, replicas));
  return chosen;
}

using Chosen = std::vector<std::size_t>;

TEST_CASE("least_outstanding counts requests and breaks ties by the lowest index",
          "[policies][routing]") {
  const auto router = router_factory("least_outstanding", 1)();
  CHECK(route(*router, {{3, 10}, {1, 900}, {1, 5}}, 2) == Chosen{1, 1});
  CHECK(route(*router, {{0, 10}, {0, 0}}, 1) == Chosen{0});
}

TEST_CASE("least_tokens counts tokens", "[policies][routing]") {
  const auto router = router_factory("least_tokens", 1)();
  CHECK(route(*router, {{3, 10}, {1, 900}, {1, 5}}, 1) == Chosen{2});
  CHECK(route(*router, {{3, 7}, {1, 7}}, 1) == Chosen{0});
}

TEST_CASE("round_robin goes round, whatever is outstanding", "[policies][routing]") {
  const auto router = router_factory("round_robin", 1)();
  CHECK(route(*router, {{9, 9}, {0, 0}, {0, 0}}, 5) == Chosen{0, 1, 2, 0, 1});
}

TEST_CASE("random depends on the seed alone and reaches every replica evenly",
          "[policies][routing]") {
  const std::vector<ReplicaView> replicas(4);
  const auto first = router_factory("random", 7)();
  const auto again = router_factory("random", 7)();
  const auto other = router_factory("random", 8)();
  const Chosen chosen = route(*first, replicas, 4000);
  CHECK(chosen == route(*again, replicas, 4000));
  CHECK(chosen != route(*other, replicas, 4000));
  // 1000 each, standard deviation sqrt(4000 * 1/4 * 3/4) = 27.
  for (std::size_t replica = 0; replica < 4; ++replica) {
    const auto count = std::count(chosen.begin(), chosen.end(), replica);
    CHECK(std::abs(count - 1000) < 5 * 27);
  }
}

TEST_CASE("an unknown router is refused with the known ones", "[policies][routing]") {
  CHECK_THROWS_AS(router_factory("fastest", 1), UserError);
  CHECK_THROWS_WITH(
      router_factory("fastest", 1),
      "unknown router 'fastest'; known: least_outstanding, least_tokens, round_robin, random");
}

}  // namespace
}  // namespace headroom
