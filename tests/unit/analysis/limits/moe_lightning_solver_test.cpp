#include "analysis/limits/moe_lightning_solver.hpp"

#include <catch2/catch.hpp>

#include "analysis/limits/hrm.hpp"

using namespace headroom;
using namespace headroom::moe_lightning;

namespace {

// L 4, h1 2, h2 3, 2 heads of 1 over 1 KV head, 2 experts of which 1: experts of a layer 6 x 2 x 3
// x 2 = 72 B, attention of all layers (4 x 4 + 4 x 2 x 1) x 4 = 96 B.
const Model kModel{4, 2, 3, 2, 1, 1, 2, 1};
const Machine kMachine{1000, 10000, 10, 100, 1000, 50, 200};
const Lengths kLengths{3, 5};

}  // namespace

TEST_CASE("a layer takes as long as its link, GPU or CPU", "[limits][moe_lightning]") {
  const Prediction p = predict(kModel, kMachine, kLengths, {2, 3, 0.25});
  // 72 x 0.75 B over 10 B/s.
  CHECK(p.link_s == Approx(5.4));
  // 3 x max(6 x 2 x 2 x 3 x 1 / 1000, (2 x 2 x 2 + 2 x 2 x 3 + 72) / 100).
  CHECK(p.gpu_s == Approx(3 * 0.92));
  // 3 x max(2 x 8 x 2 x 4 / 200, (4 x 2 x 2 + 4 x 2 x 8) / 50).
  CHECK(p.cpu_s == Approx(3 * 1.6));
  CHECK(p.layer_s == Approx(5.4));
  // 6 sequences x 5 / (5.4 x 4 x 4).
  CHECK(p.output_tokens_per_s == Approx(30 / 86.4));
}

TEST_CASE("memory is what the released optimizer counts", "[limits][moe_lightning]") {
  const Prediction p = predict(kModel, kMachine, kLengths, {2, 3, 0.25});
  CHECK(p.attention_bytes == 96);
  CHECK(p.weight_bytes == 4 * 72 + 96);
  // 96 + 72 + max(4 x 2 x 6, 4 x 3 x 2 x 2 + 2 x 3 x 2 x 6 + 8 x 3 x 1 x 2) = 168 + 168.
  CHECK(p.gpu_home == Approx(336));
  CHECK(p.gpu_weight_buffers == Approx(2 * 54));
  // 2.4 x (2 x 1 x 2 x 3 + 3 x 2 x 1 x 3 x 3) = 2.4 x 66.
  CHECK(p.gpu_workspace == Approx(158.4));
  CHECK(p.gpu_peak == Approx(336 + 108 + 158.4));
  // 288 x 0.75 + 4 x 8 x 1 x 6 x 4 + 2 x 2 x 6 x 3 + 108.
  CHECK(p.cpu_peak == Approx(216 + 768 + 72 + 108));
  CHECK(p.fits);
}

TEST_CASE("the most weights that fit fill the GPU", "[limits][moe_lightning]") {
  // Without weights 96 + 168 + 144 + 158.4 = 566.4 of 860; a unit of the share adds 72 x (4 - 2).
  const auto policy = with_most_weights(kModel, kMachine, kLengths, {2, 3, 0});
  REQUIRE(policy);
  CHECK(policy->weights_on_gpu == 1.0);
  Machine small = kMachine;
  small.gpu_memory = 700;
  const auto some = with_most_weights(kModel, small, kLengths, {2, 3, 0});
  REQUIRE(some);
  CHECK(some->weights_on_gpu == Approx((0.86 * 700 - 566.4) / 144));
  small.gpu_memory = 600;
  CHECK_FALSE(with_most_weights(kModel, small, kLengths, {2, 3, 0}));
  small = kMachine;
  small.cpu_memory = 1000;
  CHECK_FALSE(with_most_weights(kModel, small, kLengths, {2, 3, 0}));
}

TEST_CASE("no policy of the search beats the one it returns", "[limits][moe_lightning]") {
  const auto best = search(kModel, kMachine, kLengths);
  REQUIRE(best);
  CHECK(best->prediction.fits);
  for (std::int64_t size = 1; size <= 4; ++size)
    for (std::int64_t count = 1; count <= 3; ++count) {
      const auto policy = with_most_weights(kModel, kMachine, kLengths, {size, count, 0});
      if (!policy) continue;
      CHECK(predict(kModel, kMachine, kLengths, *policy).output_tokens_per_s <=
            best->prediction.output_tokens_per_s);
    }
  Machine none = kMachine;
  none.gpu_memory = 1;
  CHECK_FALSE(search(kModel, none, kLengths));
}

TEST_CASE("turning points of the hierarchical roofline are where its roofs meet", "[limits][hrm]") {
  const hrm::Processor cpu{100, 20}, gpu{1000, 200};
  // 10 B/s of link: the CPU's 100 FLOP/s are reached at 10 FLOP per byte.
  const double p1 = hrm::turning_point_cpu(cpu, 10);
  CHECK(p1 == 10);
  CHECK(hrm::fed_rate(gpu, 10, 100, p1) == hrm::local_rate(cpu, p1));
  CHECK(hrm::turning_point_cpu(cpu, 20) == 0);
  // At 3 FLOP per byte of its own memory the GPU does 600; at 100 its peak.
  CHECK(hrm::turning_point_gpu(gpu, 10, 3) == 60);
  CHECK(hrm::turning_point_gpu(gpu, 10, 100) == 100);
  CHECK(hrm::balance_point(gpu, 10, 3) == 60);
  CHECK(hrm::fed_rate(gpu, 10, 3, 60) == 600);
  CHECK(hrm::fed_rate(gpu, 10, 3, 30) == 300);
}
