#include "sim/transformer/batch_summary.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

// Counts the pairs one by one: query at position p sees keys max(0, p - window + 1) .. p.
std::int64_t counted_pairs(std::int64_t prior, std::int64_t fresh, std::int64_t window) {
  std::int64_t pairs = 0;
  for (std::int64_t p = prior; p < prior + fresh; ++p)
    for (std::int64_t k = 0; k <= p; ++k) pairs += window == 0 || p - k < window ? 1 : 0;
  return pairs;
}

TEST_CASE("pairs of a row are those a loop over queries and keys counts", "[transformer]") {
  for (std::int64_t prior = 0; prior < 12; ++prior)
    for (std::int64_t fresh = 0; fresh < 12; ++fresh)
      for (const std::int64_t window : {0, 1, 2, 5, 11, 30}) {
        INFO("prior " << prior << " fresh " << fresh << " window " << window);
        CHECK(attention_pairs(prior, fresh, window) == counted_pairs(prior, fresh, window));
      }
}

TEST_CASE("a window of 4 limits what is read to the 3 tokens before the query", "[transformer]") {
  CHECK(attention_kv_read(10, 4) == 3);
  CHECK(attention_kv_read(2, 4) == 2);
  CHECK(attention_kv_read(10, 0) == 10);
}

}  // namespace
}  // namespace headroom
