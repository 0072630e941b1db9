// workloads/lengths/length_distribution.hpp -- how many tokens a prompt or an answer has, as a
// distribution to draw from. Every drawn length is at least 1.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/base/random.hpp"

namespace headroom {

class LengthDistribution {
 public:
  static LengthDistribution fixed(std::int32_t length);
  // Every whole number in [min, max] is equally likely.
  static LengthDistribution uniform(std::int32_t min, std::int32_t max);
  // `mean` and `stddev` are those of the lengths before the three things that move them a little:
  // rounding to the nearest whole number, 0 becoming 1, and drawing again what is more than `max`.
  // Pre: both positive; P(length <= max) > 0.
  static LengthDistribution lognormal(double mean, double stddev, std::optional<std::int32_t> max);
  // Whole numbers 1..max with the mean given and the largest entropy there is under it: P(k)
  // proportional to r^k. It is what to assume when a mean and a maximum are all that is published.
  // Pre: 1 < mean < max, and not the (max + 1) / 2 of a uniform distribution.
  static LengthDistribution maximum_entropy(double mean, std::int32_t max);
  // One of the lengths observed, each as likely as any other (drawn with replacement). Pre: not
  // empty.
  static LengthDistribution empirical(std::vector<std::int32_t> observed);

  std::int32_t draw(RandomStream& random) const;

 private:
  enum class Kind { kFixed, kUniform, kLognormal, kMaximumEntropy, kEmpirical };
  Kind kind_ = Kind::kFixed;
  std::int32_t low_ = 1, high_ = 1;
  double log_mean_ = 0, log_stddev_ = 0;
  double log_ratio_ = 0;      // ln r, of the lengths or, where r > 1, of max + 1 - length
  bool falling_ = true;       // r < 1
  double probability_ = 1.0;  // below the cut of the underlying distribution
  std::shared_ptr<const std::vector<std::int32_t>> observed_;
};

// P(length <= max) of the lognormal above, after rounding; for refusing a `max` that leaves nothing
// to draw.
double lognormal_probability(double mean, double stddev, std::int32_t max);

// Lengths of public data sets of which only summary numbers are published; the shape is our
// assumption: maximum entropy where mean and maximum are known, fixed where one number is,
// lognormal where a deviation is.
struct NamedLengths {
  std::string_view name;
  std::string_view what;  // numbers and their source
};
std::span<const NamedLengths> named_prompt_lengths();
std::span<const NamedLengths> named_output_lengths();
std::optional<LengthDistribution> prompt_lengths_of(std::string_view dataset);
std::optional<LengthDistribution> output_lengths_of(std::string_view dataset);

}  // namespace headroom
