#include "sim/engine/event_queue.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <utility>
#include <vector>

#include "sim/base/random.hpp"

namespace headroom {
namespace {

struct Nobody : EventHandler {
  void on_event(std::uint64_t) override {}
};

std::vector<std::uint64_t> tokens_in_order(EventQueue& queue) {
  std::vector<std::uint64_t> tokens;
  while (queue.next_date() != kNever) tokens.push_back(queue.take().token);
  return tokens;
}

TEST_CASE("an empty queue has no next date") {
  const EventQueue queue;
  CHECK(queue.next_date() == kNever);
  CHECK(queue.size() == 0);
}

TEST_CASE("events leave by date and then in order of creation") {
  EventQueue queue;
  Nobody nobody;
  for (const auto& [date, token] : {std::pair{5, 1}, {3, 2}, {5, 3}, {1, 4}, {3, 5}})
    queue.add(TimePoint(date), nobody, static_cast<std::uint64_t>(token));
  CHECK(queue.next_date() == TimePoint(1));
  // Date 1: 4. Date 3: 2 was created before 5. Date 5: 1 before 3.
  CHECK(tokens_in_order(queue) == std::vector<std::uint64_t>{4, 2, 5, 1, 3});
}

TEST_CASE("a reserved event keeps its place in the order of creation") {
  EventQueue queue;
  Nobody nobody;
  const EventId early = queue.reserve(nobody, 1);
  queue.add(TimePoint(7), nobody, 2);
  CHECK(queue.size() == 1);
  queue.schedule(early, TimePoint(7));
  CHECK(tokens_in_order(queue) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("an id is not mistaken for a later event in the same place") {
  EventQueue queue;
  Nobody nobody;
  const EventId first = queue.add(TimePoint(1), nobody, 1);
  queue.take();
  const EventId second = queue.add(TimePoint(2), nobody, 2);
  CHECK(first != second);
  CHECK_FALSE(queue.cancel(first));
  CHECK_FALSE(queue.cancel(0));
  CHECK_FALSE(queue.cancel(~EventId{0}));
  CHECK(queue.size() == 1);
  CHECK(queue.cancel(second));
  CHECK(queue.next_date() == kNever);
}

TEST_CASE("cancelling and re-scheduling for ever takes no more memory") {
  EventQueue queue;
  Nobody nobody;
  queue.add(TimePoint(0), nobody, 0);
  EventId pending = queue.add(TimePoint(1), nobody, 1);
  for (int i = 2; i < 100'000; ++i) {
    REQUIRE(queue.cancel(pending));
    pending = queue.add(TimePoint(i), nobody, 1);
  }
  CHECK(queue.size() == 2);
  // Cancelled entries go when there are more than 64 and more of them than of the live.
  CHECK(queue.heap_entries() < 100);
}

TEST_CASE("random additions and cancellations leave in the order of a sorted map") {
  EventQueue queue;
  Nobody nobody;
  RandomStream random(1, "queue");
  std::map<std::pair<std::int64_t, EventId>, std::uint64_t> expected;
  std::vector<std::pair<std::int64_t, EventId>> all;
  for (std::uint64_t step = 0; step < 50'000; ++step) {
    const double choice = random.uniform();
    if (choice < 0.5 || expected.empty()) {
      const std::int64_t date = random.uniform_int(0, 1000);
      const EventId id = queue.add(TimePoint(date), nobody, step);
      expected[{date, id}] = step;
      all.emplace_back(date, id);
    } else if (choice < 0.75) {
      const auto& key = all[static_cast<std::size_t>(
          random.uniform_int(0, static_cast<std::int64_t>(all.size()) - 1))];
      REQUIRE(queue.cancel(key.second) == (expected.erase(key) == 1));
    } else {
      REQUIRE(queue.next_date() == TimePoint(expected.begin()->first.first));
      REQUIRE(queue.take().token == expected.begin()->second);
      expected.erase(expected.begin());
    }
    REQUIRE(queue.size() == expected.size());
  }
  CHECK(expected.size() > 1000);
}

}  // namespace
}  // namespace headroom
