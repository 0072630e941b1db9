#include "workloads/lengths/length_distribution.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "workloads/lengths/normal_quantile.hpp"

using namespace headroom;

namespace {

constexpr int kDraws =
    200'000;  // a mean is known to 1/447 of the standard deviation; tolerances are four times that

struct Sample {
  double mean = 0, stddev = 0;
  std::int32_t least = 0, most = 0;
  std::vector<std::int32_t> values;
};

Sample sample(const LengthDistribution& lengths) {
  RandomStream random(7, "test");
  Sample result;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    result.values.push_back(lengths.draw(random));
    sum += result.values.back();
    squares += static_cast<double>(result.values.back()) * result.values.back();
  }
  result.mean = sum / kDraws;
  result.stddev = std::sqrt(squares / kDraws - result.mean * result.mean);
  const auto [least, most] = std::minmax_element(result.values.begin(), result.values.end());
  result.least = *least;
  result.most = *most;
  return result;
}

double share(const Sample& drawn, std::int32_t from, std::int32_t to) {
  const auto inside = std::count_if(drawn.values.begin(), drawn.values.end(),
                                    [&](auto v) { return v >= from && v <= to; });
  return static_cast<double>(inside) / kDraws;
}

}  // namespace

TEST_CASE("normal quantiles are those of the tables", "[workloads][lengths]") {
  // Abramowitz and Stegun, table 26.5, and R's qnorm for the far tail.
  CHECK(normal_quantile(0.5) == 0.0);
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-14));
  CHECK(normal_quantile(0.05) == Approx(-1.6448536269514722).epsilon(1e-14));
  CHECK(normal_quantile(1e-10) == Approx(-6.361340902404056).epsilon(1e-13));
  CHECK(normal_quantile(1e-300) == Approx(-37.0471).epsilon(1e-5));
  for (const double p : {1e-12, 1e-4, 0.07, 0.3, 0.8, 0.9999})
    CHECK(normal_probability(normal_quantile(p)) == Approx(p).epsilon(1e-12));
}

TEST_CASE("a fixed length is always the same", "[workloads][lengths]") {
  const auto drawn = sample(LengthDistribution::fixed(256));
  CHECK(drawn.least == 256);
  CHECK(drawn.most == 256);
}

TEST_CASE("uniform lengths are equally likely and include both ends", "[workloads][lengths]") {
  const auto drawn = sample(LengthDistribution::uniform(3, 6));
  CHECK(drawn.least == 3);
  CHECK(drawn.most == 6);
  // A share of 1/4 has the standard error sqrt(0.25 * 0.75 / 200000) = 0.00097.
  for (int value = 3; value <= 6; ++value)
    CHECK(share(drawn, value, value) == Approx(0.25).margin(0.004));
}

TEST_CASE("a lognormal has the mean and deviation of the lengths themselves",
          "[workloads][lengths]") {
  const auto drawn = sample(LengthDistribution::lognormal(1024, 800, std::nullopt));
  CHECK(drawn.mean == Approx(1024).margin(7.2));  // 4 * 800 / 447
  CHECK(drawn.stddev ==
        Approx(800).epsilon(0.02));  // kurtosis 20: the standard error of the deviation is 0.5 %
  CHECK(drawn.least >= 1);
}

TEST_CASE("a lognormal with a maximum is the one drawn again beyond it", "[workloads][lengths]") {
  const auto drawn = sample(LengthDistribution::lognormal(100, 100, 150));
  CHECK(drawn.most == 150);
  // sigma^2 = ln 2 = 0.69315, sigma = 0.83255, mu = ln 100 - sigma^2/2 = 4.25860; lengths below
  // 150.5 round to 150 or less: a = (ln 150.5 - mu)/sigma = 0.90729; E[x | x < 150.5] = 100 Phi(a -
  // sigma)/Phi(a) = 100 * 0.52979/0.81788 = 64.78.
  CHECK(drawn.mean == Approx(64.78).margin(0.35));
  // Clamping instead of drawing again would put 1 - 0.81788 = 18 % at the maximum.
  CHECK(share(drawn, 150, 150) < 0.01);
}

TEST_CASE("short lognormal lengths become at least one token", "[workloads][lengths]") {
  CHECK(sample(LengthDistribution::lognormal(1, 5, std::nullopt)).least == 1);
}

TEST_CASE("maximum entropy has the mean and a constant ratio between neighbours",
          "[workloads][lengths]") {
  const auto drawn = sample(LengthDistribution::maximum_entropy(77, 418));
  CHECK(drawn.mean == Approx(77).margin(0.65));  // deviation about 73: 4 * 73 / 447
  CHECK(drawn.least == 1);
  CHECK(drawn.most <= 418);
  // Mean = 1/(1-r) - 418 r^418/(1 - r^418) = 77 at 1/(1-r) = 79.05: 79.05 - 2.05. So ln r =
  // -0.012731 and P(1..100)/P(101..200) = r^-100 = 3.572.
  CHECK(share(drawn, 1, 100) / share(drawn, 101, 200) == Approx(3.572).epsilon(0.02));
}

TEST_CASE("empirical lengths are those observed as often as they were", "[workloads][lengths]") {
  const auto drawn = sample(LengthDistribution::empirical({10, 20, 20, 50}));
  CHECK(share(drawn, 10, 10) == Approx(0.25).margin(0.004));
  CHECK(share(drawn, 20, 20) == Approx(0.5).margin(0.0045));
  CHECK(share(drawn, 50, 50) == Approx(0.25).margin(0.004));
}

TEST_CASE("the named prompt sets keep their published mean and maximum", "[workloads][lengths]") {
  const auto mtbench = prompt_lengths_of("mtbench");
  REQUIRE(mtbench);
  CHECK(sample(*mtbench).mean == Approx(77).margin(0.65));
  const auto moe_lens = prompt_lengths_of("moe_lens_mtbench");
  REQUIRE(moe_lens);
  CHECK(sample(*moe_lens).mean == 98);
  // A mean above the middle: lengths crowd below the maximum, 256 - 242 = 14 below it on average.
  const auto reasoning = sample(*prompt_lengths_of("helm_synthetic_reasoning"));
  CHECK(reasoning.mean == Approx(242).margin(0.13));  // deviation about 14.5: 4 * 14.5 / 447
  CHECK(reasoning.most == 256);
  CHECK(share(reasoning, 250, 256) > share(reasoning, 236, 242));
  const auto summaries = sample(*prompt_lengths_of("helm_summarization"));
  CHECK(summaries.mean == Approx(1693).margin(2.6));  // deviation about 290
  CHECK(summaries.most <= 1984);
  CHECK_FALSE(prompt_lengths_of("sharegpt"));
  for (const auto& named : named_prompt_lengths()) CHECK(prompt_lengths_of(named.name));
}

TEST_CASE("the named output sets keep their published mean", "[workloads][lengths]") {
  // Deviation 5,782: 4 * 5782 / 447 = 52; the cut at 38,912 takes 0.6 % of 9,293 at most.
  CHECK(sample(*output_lengths_of("aime24_deepseek_r1")).mean == Approx(9293).margin(110));
  CHECK_FALSE(output_lengths_of("mtbench"));
  for (const auto& named : named_output_lengths()) CHECK(output_lengths_of(named.name));
}
