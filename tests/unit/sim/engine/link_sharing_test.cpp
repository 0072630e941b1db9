#include "sim/engine/link_sharing.hpp"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

namespace headroom {
namespace {

using Uses = std::vector<LinkUse>;
using Routes = std::vector<std::vector<GraphLinkIndex>>;
constexpr LinkUse kNo = LinkUse::kNeverFull;
constexpr LinkUse kOne = LinkUse::kOneAtATime;
constexpr LinkUse kYes = LinkUse::kShared;

// One slot for each entry: its stream and its routes.
Uses uses(const std::vector<double>& bandwidths,
          const std::vector<std::pair<StreamIndex, Routes>>& slots) {
  OpGraph graph;
  graph.streams = {"a", "b", "c"};
  graph.causes = {"any"};
  for (const double bandwidth : bandwidths)
    graph.links.push_back({"link" + std::to_string(graph.links.size()), BytesPerSecond(bandwidth)});
  for (const auto& [stream, routes] : slots) graph.slots.push_back({"slot", stream, 0, {}, routes});
  return classify_links(graph);
}

TEST_CASE("a link of one stream is one flow at a time unless an operation uses it twice") {
  CHECK(uses({10}, {{0, {{0}}}, {0, {{0}}}}) == Uses{kOne});
  CHECK(uses({10}, {{0, {{0}, {0}}}}) == Uses{kYes});
  CHECK(uses({10}, {{0, {{0}}}, {1, {{0}}}}) == Uses{kYes});
  CHECK(uses({10}, {}) == Uses{kNo});
}

TEST_CASE("a link that is wider than all that can come is never full") {
  // 4 + 6 = 10 through links 1 and 2.
  CHECK(uses({10, 4, 6}, {{0, {{0, 1}}}, {1, {{0, 2}}}}) == Uses{kNo, kOne, kOne});
  CHECK(uses({9, 4, 6}, {{0, {{0, 1}}}, {1, {{0, 2}}}}) == Uses{kYes, kOne, kOne});
  // What comes without another link on its way has no limit.
  CHECK(uses({100, 4}, {{0, {{0, 1}}}, {1, {{0}}}}) == Uses{kYes, kOne});
}

TEST_CASE("parts of an operation count side by side and operations of a stream do not") {
  // 4 + 5 of one operation.
  CHECK(uses({8, 4, 5}, {{0, {{0, 1}, {0, 2}}}}) == Uses{kYes, kOne, kOne});
  CHECK(uses({9, 4, 5}, {{0, {{0, 1}, {0, 2}}}}) == Uses{kNo, kOne, kOne});
  // 4 or 5 of stream a, and 3 of stream b.
  CHECK(uses({8, 4, 5, 3}, {{0, {{0, 1}}}, {0, {{0, 2}}}, {1, {{0, 3}}}}) ==
        Uses{kNo, kOne, kOne, kOne});
  CHECK(uses({7, 4, 5, 3}, {{0, {{0, 1}}}, {0, {{0, 2}}}, {1, {{0, 3}}}}) ==
        Uses{kYes, kOne, kOne, kOne});
}

TEST_CASE("streams through one other link bring no more than that link") {
  // Both over link 1 of 6 bytes/s, not 12; stream c adds 4.
  CHECK(uses({10, 6, 4}, {{0, {{0, 1}}}, {1, {{0, 1}}}, {2, {{0, 2}}}}) == Uses{kNo, kYes, kOne});
  CHECK(uses({9, 6, 4}, {{0, {{0, 1}}}, {1, {{0, 1}}}, {2, {{0, 2}}}}) == Uses{kYes, kYes, kOne});
  // Not if some of stream b comes another way: then 6 + 6 + 4 is the bound.
  CHECK(uses({15, 6, 4, 6}, {{0, {{0, 1}}}, {1, {{0, 1}}}, {1, {{0, 3}}}, {2, {{0, 2}}}})[0] ==
        kYes);
  CHECK(uses({16, 6, 4, 6}, {{0, {{0, 1}}}, {1, {{0, 1}}}, {1, {{0, 3}}}, {2, {{0, 2}}}})[0] ==
        kNo);
}

TEST_CASE("links do not vouch for each other in a circle") {
  // Two streams over the same two links of 5: one of them must stay.
  CHECK(uses({5, 5}, {{0, {{0, 1}}}, {1, {{0, 1}}}}) == Uses{kNo, kYes});
  // Of three in a row the narrowest stays.
  CHECK(uses({5, 7, 6}, {{0, {{0, 1, 2}}}, {1, {{0, 1, 2}}}}) == Uses{kYes, kNo, kNo});
}

}  // namespace
}  // namespace headroom
