#include "workloads/routing/upcoming_use.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

using namespace headroom;

TEST_CASE("the next use is the first token that visits the expert", "[workloads][routing]") {
  const RoutingShape shape{.layers = 2, .experts = 8, .experts_per_token = 2};
  const auto router = make_drawn_router(shape, {1.5, 0.2, 4});
  UpcomingUse upcoming(*router);
  std::vector<std::int32_t> chosen(2);
  const auto brute = [&](std::int64_t layer, std::int32_t expert, std::uint64_t token) {
    while (true) {
      router->experts_of(token, layer, chosen);
      if (std::find(chosen.begin(), chosen.end(), expert) != chosen.end()) return token;
      ++token;
    }
  };
  // Steps of one token, then a prompt of some thousands.
  for (const std::uint64_t token : {0, 1, 2, 3, 900, 1500, 7000, 7001})
    for (std::int64_t layer = 0; layer < 2; ++layer)
      for (std::int32_t expert = 0; expert < 8; ++expert)
        REQUIRE(upcoming.next(layer, expert, token) == brute(layer, expert, token));
}

TEST_CASE("an expert that nobody visits within sight is never used", "[workloads][routing]") {
  const RoutingShape shape{.layers = 1, .experts = 8, .experts_per_token = 1};
  const auto router = make_drawn_router(shape, {20, 0, 4});  // rank 2 has 1e-6
  UpcomingUse upcoming(*router);
  int used = 0;
  for (std::int32_t expert = 0; expert < 8; ++expert)
    used += upcoming.next(0, expert, 0) != UpcomingUse::kNever ? 1 : 0;
  REQUIRE(used == 1);
}
