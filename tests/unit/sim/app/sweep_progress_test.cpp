#include "sim/app/sweep_progress.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

TEST_CASE("a sweep says how far it is and how fast it goes", "[app]") {
  SweepCounts counts;
  counts.runs = 1000;
  CHECK(progress_line(counts, 0.5) == "[------------------------]  0 of 1,000 runs");
  counts.known = 400;
  CHECK(progress_line(counts, 0.5) == "[#########---------------]  400 of 1,000 runs");
  counts.finished = 90;
  counts.failed = 10;
  // 100 runs in 8 s are 12.5 a second; 500 more take 40 s. 500 of 1,000 are 12 of 24.
  CHECK(progress_line(counts, 8) ==
        "[############------------]  500 of 1,000 runs  12.5 runs/s  40 s left  10 failed");
}

}  // namespace
}  // namespace headroom
