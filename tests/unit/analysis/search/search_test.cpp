#include "analysis/search/search.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace headroom {
namespace {

const std::vector<Objective> kRateAndLatency{{"rate", true}, {"latency", false}};

struct Given {
  std::vector<double> estimate;   // empty: refused
  std::vector<double> simulated;  // empty: the run fails
};

struct Outcome {
  std::vector<SearchEntry> entries;
  std::vector<std::size_t> simulated;  // in the order asked for
};

Outcome searched(const std::vector<Given>& given, std::size_t most,
                 const std::vector<Objective>& objectives = kRateAndLatency) {
  Outcome outcome;
  SearchTasks tasks;
  tasks.judge = [&](std::size_t candidate) -> SearchTasks::Judgement {
    if (given[candidate].estimate.empty()) return {{}, "too large"};
    return {Estimate{given[candidate].estimate, "pcie"}, ""};
  };
  tasks.simulate = [&](const std::vector<std::size_t>& chosen) {
    outcome.simulated = chosen;
    std::vector<SearchTasks::Attempt> attempts;
    for (const auto candidate : chosen) {
      const auto& values = given[candidate].simulated;
      attempts.push_back(values.empty() ? SearchTasks::Attempt{{}, "deadlock"}
                                        : SearchTasks::Attempt{values, ""});
    }
    return attempts;
  };
  outcome.entries = search(given.size(), objectives, tasks, most);
  return outcome;
}

std::vector<std::size_t> order_of(const std::vector<SearchEntry>& entries) {
  std::vector<std::size_t> order;
  for (const auto& entry : entries) order.push_back(entry.candidate);
  return order;
}

using Candidates = std::vector<std::size_t>;

TEST_CASE("the start and the best estimates are simulated", "[search]") {
  const Outcome found =
      searched({{{1, 1}, {1, 1}}, {{5, 1}, {5, 1}}, {{3, 1}, {3, 1}}, {{4, 1}, {4, 1}}}, 3);
  CHECK(found.simulated == Candidates{0, 1, 3});
  CHECK(order_of(found.entries) == Candidates{1, 3, 0, 2});
  CHECK(found.entries[0].fate == Fate::kFront);
  CHECK(found.entries[1].fate == Fate::kDominated);
  CHECK(found.entries[1].lost_to == 1u);
  CHECK(found.entries[3].fate == Fate::kRankedLower);
  CHECK(found.entries[3].lost_to == 1u);
}

TEST_CASE("some of the simulated are spread over the front of the estimates", "[search]") {
  // Rate and latency fall together, and not by half: all seven are the front. Of five, the start is
  // one, and a quarter of the other four is the far end.
  std::vector<Given> given;
  for (double i = 14; i > 7; --i) given.push_back({{i, i}, {i, i}});
  const Outcome found = searched(given, 5);
  CHECK(found.simulated == Candidates{0, 1, 2, 3, 6});
  for (std::size_t i = 0; i < 5; ++i) CHECK(found.entries[i].fate == Fate::kFront);
}

TEST_CASE("the front is not followed beyond half of the best", "[search]") {
  // 8, 4 and 1 are the front; 1 is quick and of no use.
  const Outcome found = searched({{{8, 9}, {8, 9}},
                                  {{7, 9}, {7, 9}},
                                  {{6, 9}, {6, 9}},
                                  {{5, 9}, {5, 9}},
                                  {{4, 2}, {4, 2}},
                                  {{1, 1}, {1, 1}}},
                                 5);
  CHECK(found.simulated == Candidates{0, 1, 2, 3, 4});
}

TEST_CASE("what is refused or fails is kept with its reason and never wins", "[search]") {
  const Outcome found = searched({{{}, {9, 9}}, {{3, 1}, {}}, {{2, 1}, {2, 1}}}, 2);
  CHECK(found.simulated == Candidates{1, 2});
  CHECK(order_of(found.entries) == Candidates{2, 1, 0});
  CHECK(found.entries[1].fate == Fate::kFailed);
  CHECK(found.entries[1].reason == "deadlock");
  CHECK(found.entries[2].fate == Fate::kRefused);
  CHECK(found.entries[2].reason == "too large");
  CHECK_FALSE(found.entries[2].estimate.has_value());
}

TEST_CASE("nothing that fits means nothing simulated", "[search]") {
  const Outcome found = searched({{{}, {}}, {{}, {}}}, 4);
  CHECK(found.simulated.empty());
  CHECK(found.entries[0].fate == Fate::kRefused);
}

TEST_CASE("of equal results the first is the front and ties keep the order of candidates",
          "[search]") {
  const Outcome found =
      searched({{{2, 1}, {2, 1}}, {{2, 1}, {2, 1}}, {{2, 1}, {2, 1}}, {{2, 1}, {2, 1}}}, 3);
  CHECK(found.simulated == Candidates{0, 1, 2});
  CHECK(order_of(found.entries) == Candidates{0, 1, 2, 3});
  CHECK(found.entries[1].fate == Fate::kDominated);
  CHECK(found.entries[1].lost_to == 0u);
}

TEST_CASE("an objective can be one to minimise", "[search]") {
  const Outcome found = searched({{{3}, {3}}, {{1}, {1}}, {{2}, {2}}}, 2, {{"cost", false}});
  CHECK(found.simulated == Candidates{0, 1});
  CHECK(order_of(found.entries) == Candidates{1, 0, 2});
}

}  // namespace
}  // namespace headroom
