#include "workloads/arrival/request_mix.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace headroom;

namespace {

LengthSpec lengths(LengthDistribution distribution, LengthRole role) {
  return {std::move(distribution), role, std::nullopt};
}

RequestClass request_class(const std::string& name, double share, std::int32_t prompt,
                           LengthDistribution output) {
  RequestClass result;
  result.name = name;
  result.share = share;
  result.lengths.prompt = lengths(LengthDistribution::fixed(prompt), LengthRole::kPrompt);
  result.lengths.output = lengths(std::move(output), LengthRole::kOutput);
  return result;
}

RequestMix two_classes() {
  RequestMix mix;
  mix.requests = 100'000;
  mix.classes = {request_class("chat", 0.7, 100, LengthDistribution::uniform(1, 9)),
                 request_class("batch", 0.3, 2000, LengthDistribution::fixed(5))};
  mix.classes[1].priority = 3;
  return mix;
}

}  // namespace

TEST_CASE("classes have their share, lengths and priority", "[workloads][arrival]") {
  const auto table = draw_requests(two_classes(), 1);
  REQUIRE(table.classes == std::vector<std::string>{"chat", "batch"});
  std::int64_t batch = 0;
  std::int64_t wrong = 0;
  for (const auto& request : table.requests) {
    batch += request.class_id;
    wrong +=
        request.class_id == 1
            ? request.prompt_tokens != 2000 || request.output_tokens != 5 || request.priority != 3
            : request.prompt_tokens != 100 || request.output_tokens > 9 || request.priority != 0;
  }
  CHECK(wrong == 0);
  CHECK(static_cast<double>(batch) / 100'000 ==
        Approx(0.3).margin(0.006));  // 4 * sqrt(0.21/100000)
}

TEST_CASE("changing one quantity leaves the draws of the others as they were",
          "[workloads][arrival]") {
  auto mix = two_classes();
  mix.requests = 1000;
  mix.arrivals.kind = ArrivalKind::kPoisson;
  mix.arrivals.rate = PerSecond(1);
  const auto before = draw_requests(mix, 3);
  mix.classes[1].lengths.output =
      lengths(LengthDistribution::uniform(1, 1000), LengthRole::kOutput);
  mix.shared_prefix = SharedPrefix{4, 64, {}};
  const auto after = draw_requests(mix, 3);
  for (std::size_t i = 0; i < 1000; ++i) {
    REQUIRE(before.requests[i].arrival == after.requests[i].arrival);
    REQUIRE(before.requests[i].class_id == after.requests[i].class_id);
    REQUIRE(before.requests[i].prompt_tokens == after.requests[i].prompt_tokens);
    if (before.requests[i].class_id == 0)
      REQUIRE(before.requests[i].output_tokens == after.requests[i].output_tokens);
  }
}

TEST_CASE("a shared prefix is one id of its group and then ids of nobody else",
          "[workloads][arrival]") {
  RequestMix mix;
  mix.requests = 1000;
  mix.classes = {request_class("long", 0.5, 2500, LengthDistribution::fixed(1)),
                 request_class("short", 0.5, 300, LengthDistribution::fixed(1))};
  mix.shared_prefix = SharedPrefix{2, 1000, {}};
  const auto table = draw_requests(mix, 1);
  CHECK(table.hash_block_tokens == 1000);
  std::set<std::uint64_t> groups;
  std::set<std::uint64_t> own;
  std::size_t own_count = 0;
  for (const auto& request : table.requests) {
    // ceil(2500/1000) = 3 ids, the last of which covers 500 tokens; a prompt of 300 tokens lies
    // within the prefix.
    REQUIRE(request.hash_count == (request.prompt_tokens == 2500 ? 3U : 1U));
    groups.insert(table.hash_ids[request.hash_offset]);
    for (std::uint32_t i = 1; i < request.hash_count; ++i, ++own_count)
      own.insert(table.hash_ids[request.hash_offset + i]);
  }
  CHECK(groups == std::set<std::uint64_t>{0, 1});
  CHECK(own.size() == own_count);
  CHECK(*own.begin() >= 2);
}

TEST_CASE("a closed loop passes on its number of clients", "[workloads][arrival]") {
  auto mix = two_classes();
  mix.arrivals = {.kind = ArrivalKind::kClosedLoop, .max_concurrency = 64};
  CHECK(draw_requests(mix, 1).max_concurrency == 64);
}
