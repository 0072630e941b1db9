#include "analysis/limits/limits.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/support/small_models.hpp"

using namespace headroom;

namespace {

// small-dense in bf16, read once for one token: 4 layers of qkv 64*(64+2*32), o 64*64, gate, up and
// down 3*64*192; 9 norms of 64; LM head 64*500; one row of the embedding.
constexpr double kWeights =
    2.0 * (4 * (64 * 128 + 64 * 64 + 3 * 64 * 192) + 9 * 64 + 64 * 500 + 64);
constexpr double kKvPerToken = 2.0 * (2 * 2 * 16) * 4;  // K and V, 2 heads of 16, 4 layers
constexpr double kBandwidth = 1e9;                      // of slow_gpu

struct Case {
  Case() : model(test::dense_model(), {}, {}), gpu(test::slow_gpu()) {
    serving.block_size = 4;
    serving.max_num_seqs = 8;
    serving.max_num_batched_tokens = 64;
  }
  void add(std::int32_t prompt, std::int32_t output, std::int64_t arrival_ns = 0) {
    Request r;
    r.prompt_tokens = prompt;
    r.output_tokens = output;
    r.arrival = TimePoint{arrival_ns};
    table.requests.push_back(r);
  }
  Limits limits() const {
    return compute_limits({model, gpu, serving, table, replicas, blocks, 1000});
  }
  LoweredModel model;
  GpuSpec gpu;
  ServingConfig serving;
  RequestTable table;
  std::int64_t replicas = 1, blocks = 10'000;
};

}  // namespace

TEST_CASE(
    "ideal reads weights once per token of the longest output and every KV byte at its context",
    "[limits]") {
  Case c;
  c.add(10, 3);
  // KV: 12 tokens written (the last output token's is not), 10 + 11 read.
  CHECK(c.limits().ideal_hbm_s ==
        Approx((3 * kWeights + 33 * kKvPerToken) / kBandwidth).epsilon(1e-12));
}

TEST_CASE("replicas share the work and each that is used takes one step at least", "[limits]") {
  Case c;
  c.replicas = 4;
  c.add(10, 3);
  c.add(10, 1);
  // 3 steps of the longest output and one on a second replica; the other two have no request.
  CHECK(c.limits().ideal_hbm_s ==
        Approx((4 * kWeights + (33 + 10) * kKvPerToken) / (4 * kBandwidth)).epsilon(1e-12));
}

TEST_CASE("max_num_seqs, the token budget and KV blocks each force more steps", "[limits]") {
  Case c;
  for (int i = 0; i < 40; ++i) c.add(8, 2);
  const double kv = 40 * (9 + 8) * kKvPerToken;
  // 80 output tokens, at most 8 in a step: 10 steps.
  CHECK(c.limits().capacity_hbm_s == Approx((10 * kWeights + kv) / kBandwidth).epsilon(1e-12));
  c.serving.max_num_seqs = 1000;
  c.serving.max_num_batched_tokens = 36;
  // 360 tokens are computed, at most 36 in a step: 10 steps; but those that only prefill need no LM
  // head.
  const double head = 2.0 * 64 * 500 + 0;
  const double sampling_steps = 80.0 / 36;
  CHECK(c.limits().capacity_hbm_s ==
        Approx((10 * (kWeights - head) + sampling_steps * head + kv) / kBandwidth).epsilon(1e-3));
  c.serving.max_num_batched_tokens = 100'000;
  c.blocks = 10;
  // Blocks held while a token comes out: 8/4 and 9/4 for each of 40 requests, 170 in all, 10 at a
  // time: 17 steps.
  CHECK(c.limits().capacity_hbm_s == Approx((17 * kWeights + kv) / kBandwidth).epsilon(1e-3));
}

TEST_CASE("the last request's own time counts in an open loop and not in a closed one",
          "[limits]") {
  Case c;
  c.add(10, 3, 0);
  c.add(10, 3, 5'000'000'000);
  const Limits open = c.limits();
  REQUIRE(open.offered_s);
  CHECK(*open.offered_s > 5.0 + 3 * kWeights / kBandwidth);
  CHECK(*open.offered_s < 5.0 + 4 * kWeights / kBandwidth);
  CHECK(open.binding_resource == "offered_load");
  CHECK(open.makespan_s == *open.offered_s);
  c.table.max_concurrency = 1;
  const Limits closed = c.limits();
  CHECK_FALSE(closed.offered_s);
  CHECK(closed.binding_resource == "hbm");
}

TEST_CASE("the attained fraction is limit over makespan and a run that beats its limit is our bug",
          "[limits]") {
  Case c;
  c.add(10, 3);
  const Limits limits = c.limits();
  CHECK(attained_fraction(limits, 2 * limits.makespan_s, 3) == Approx(0.5));
  CHECK(attained_fraction(limits, 0, 0) == 0);
  CHECK_THROWS_AS(attained_fraction(limits, 0.999 * limits.makespan_s, 3), InternalError);
}

TEST_CASE("a workload without a request that can run has no limits and no rows", "[limits]") {
  Case c;
  c.add(2000, 3);
  const Limits limits = c.limits();
  CHECK(limits.work.impossible == 1);
  CHECK(limits.makespan_s == 0);
  CHECK(limits.rows.empty());
}

TEST_CASE("saturation is a rate and does not depend on how many requests there are", "[limits]") {
  Case few, many;
  for (int i = 0; i < 16; ++i) few.add(8, 20);
  for (int i = 0; i < 1600; ++i) many.add(8, 20);
  REQUIRE(few.limits().saturation_requests_per_s);
  CHECK(*few.limits().saturation_requests_per_s ==
        Approx(*many.limits().saturation_requests_per_s).epsilon(1e-9));
}

TEST_CASE("a single token alone is bound by reading the weights", "[limits]") {
  Case c;
  c.add(1, 2);
  const auto rows = c.limits().rows;
  const auto alone = std::find_if(rows.begin(), rows.end(),
                                  [](const LimitRow& row) { return row.name == "alone"; });
  REQUIRE(alone != rows.end());
  CHECK(alone->metric == "ttft_s");
  CHECK(alone->binding_resource == "hbm");
}
