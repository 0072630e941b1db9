#include "analysis/timeline/trace_writer.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "sim/base/random.hpp"

namespace headroom {
namespace {

TEST_CASE("times are microseconds with as many decimals as they need", "[timeline]") {
  CHECK(trace_microseconds(0) == "0");
  CHECK(trace_microseconds(1'000) == "1");
  CHECK(trace_microseconds(1'500) == "1.500");
  CHECK(trace_microseconds(7) == "0.007");
  CHECK(trace_microseconds(123'456'789'001) == "123456789.001");
}

TEST_CASE("a reader that cuts to whole nanoseconds gets the nanosecond that was meant",
          "[timeline]") {
  RandomStream random(1, "times");
  for (int i = 0; i < 100'000; ++i) {
    // Up to an hour and a half.
    const auto ns = static_cast<std::int64_t>(random.uniform() * 5e12);
    const double microseconds = std::strtod(trace_microseconds(ns).c_str(), nullptr);
    REQUIRE(static_cast<std::int64_t>(microseconds * 1000.0) == ns);
    // And one that does not cut is off by a tenth of a nanosecond at most, plus a double's step.
    REQUIRE(std::abs(microseconds - static_cast<double>(ns) / 1000.0) <= 1.1e-3);
  }
}

TEST_CASE("events are written in the object format with their metadata behind them", "[timeline]") {
  std::ostringstream out;
  TraceWriter trace(out);
  trace.slice({1, 2}, "a \"b\"", "gpu", TimePoint{1'000}, Duration{500},
              {{"layer", std::int64_t{3}}});
  trace.counter(1, "running", TimePoint{2'000}, {{"sequences", std::int64_t{4}}});
  trace.begin({1, 2}, "queued", "request", 17, TimePoint{0});
  trace.end({1, 2}, "queued", "request", 17, TimePoint{5});
  CHECK(trace.events() == 4);
  trace.finish("{\"x\": 1}");
  CHECK(
      out.str() ==
      "{\"displayTimeUnit\": \"ms\",\n\"traceEvents\": [\n"
      "{\"ph\": \"X\", \"pid\": 1, \"tid\": 2, \"name\": \"a \\\"b\\\"\", \"cat\": \"gpu\", "
      "\"ts\": 1, "
      "\"dur\": 0.500, \"args\": {\"layer\": 3}},\n"
      "{\"ph\": \"C\", \"pid\": 1, \"tid\": 1, \"name\": \"running\", \"ts\": 2, \"args\": "
      "{\"sequences\": 4}},\n"
      "{\"ph\": \"b\", \"pid\": 1, \"tid\": 2, \"name\": \"queued\", \"cat\": \"request\", \"id\": "
      "\"17\", \"ts\": 0},\n"
      "{\"ph\": \"e\", \"pid\": 1, \"tid\": 2, \"name\": \"queued\", \"cat\": \"request\", \"id\": "
      "\"17\", \"ts\": 0.005}\n],\n\"otherData\": {\"x\": 1}\n}\n");
}

}  // namespace
}  // namespace headroom
