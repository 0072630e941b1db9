#include "workloads/lengths/length_distribution.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/check.hpp"
#include "workloads/lengths/normal_quantile.hpp"

namespace headroom {
namespace {

constexpr double kMostTokens =
    1e9;  // as in a trace: the sum of prompt and output stays within 32 bits

// Of the normal distribution below a lognormal one: Var/mean^2 = exp(sigma^2) - 1, mean = exp(mu +
// sigma^2 / 2).
struct LogMoments {
  double mean, stddev;
};
LogMoments log_moments(double mean, double stddev) {
  const double variance = std::log1p((stddev / mean) * (stddev / mean));
  return {std::log(mean) - variance / 2, std::sqrt(variance)};
}

// Mean of P(k) ~ r^k on 1..n.
double truncated_geometric_mean(double r, double n) {
  const double tail = std::pow(r, n);
  return 1 / (1 - r) - n * tail / (1 - tail);
}

}  // namespace

LengthDistribution LengthDistribution::fixed(std::int32_t length) {
  return uniform(length, length);
}

LengthDistribution LengthDistribution::uniform(std::int32_t min, std::int32_t max) {
  HEADROOM_CHECK(min >= 1 && max >= min, "lengths from 1, min <= max, got ", min, " and ", max);
  LengthDistribution lengths;
  lengths.kind_ = min == max ? Kind::kFixed : Kind::kUniform;
  lengths.low_ = min;
  lengths.high_ = max;
  return lengths;
}

LengthDistribution LengthDistribution::lognormal(double mean, double stddev,
                                                 std::optional<std::int32_t> max) {
  LengthDistribution lengths;
  lengths.kind_ = Kind::kLognormal;
  const auto moments = log_moments(mean, stddev);
  lengths.log_mean_ = moments.mean;
  lengths.log_stddev_ = moments.stddev;
  lengths.high_ = max.value_or(static_cast<std::int32_t>(kMostTokens));
  lengths.probability_ = lognormal_probability(mean, stddev, lengths.high_);
  HEADROOM_CHECK(lengths.probability_ > 0, "a lognormal of mean ", mean, " has no length up to ",
                 lengths.high_);
  return lengths;
}

LengthDistribution LengthDistribution::maximum_entropy(double mean, std::int32_t max) {
  HEADROOM_CHECK(mean > 1 && mean < max && mean != (max + 1) / 2.0, "a mean between 1 and ", max,
                 " that is not the middle, got ", mean);
  LengthDistribution lengths;
  lengths.kind_ = Kind::kMaximumEntropy;
  lengths.falling_ = mean < (max + 1) / 2.0;
  const double wanted = lengths.falling_ ? mean : max + 1 - mean;
  double low = 0;
  double high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (truncated_geometric_mean(middle, max) < wanted ? low : high) = middle;
  }
  lengths.high_ = max;
  lengths.log_ratio_ = std::log(low);
  lengths.probability_ = -std::expm1(max * lengths.log_ratio_);
  return lengths;
}

LengthDistribution LengthDistribution::empirical(std::vector<std::int32_t> observed) {
  HEADROOM_CHECK(!observed.empty(), "at least one observed length");
  LengthDistribution lengths;
  lengths.kind_ = Kind::kEmpirical;
  lengths.observed_ = std::make_shared<const std::vector<std::int32_t>>(std::move(observed));
  return lengths;
}

std::int32_t LengthDistribution::draw(RandomStream& random) const {
  switch (kind_) {
    case Kind::kFixed:
      break;
    case Kind::kUniform:
      return static_cast<std::int32_t>(random.uniform_int(low_, high_));
    case Kind::kLognormal: {
      // A uniform number below P(length <= max) gives the same distribution as drawing until the
      // length is small enough.
      const double z = normal_quantile(random.uniform() * probability_);
      const double length = std::floor(std::exp(log_mean_ + log_stddev_ * z) + 0.5);
      return static_cast<std::int32_t>(std::clamp(length, 1.0, static_cast<double>(high_)));
    }
    case Kind::kMaximumEntropy: {
      // P(length <= k) = (1 - r^k) / (1 - r^max), inverted.
      const double drawn = std::ceil(std::log1p(-random.uniform() * probability_) / log_ratio_);
      const double length = falling_ ? drawn : high_ + 1 - drawn;
      return static_cast<std::int32_t>(std::clamp(length, 1.0, static_cast<double>(high_)));
    }
    case Kind::kEmpirical: {
      const auto last = static_cast<std::int64_t>(observed_->size()) - 1;
      return (*observed_)[static_cast<std::size_t>(random.uniform_int(0, last))];
    }
  }
  return low_;
}

double lognormal_probability(double mean, double stddev, std::int32_t max) {
  const auto moments = log_moments(mean, stddev);
  return normal_probability((std::log(max + 0.5) - moments.mean) / moments.stddev);
}

namespace {

constexpr NamedLengths kPrompts[] = {
    {"mtbench", "mean 77, max 418 (MoE-Lightning, arXiv 2411.11217)"},
    {"moe_lens_mtbench", "98 each (p of MoE-Lens, arXiv 2504.09345)"},
    {"moe_lens_rag", "926 each (p of MoE-Lens, arXiv 2504.09345)"},
    {"helm_synthetic_reasoning", "mean 242, max 256 (MoE-Lightning, arXiv 2411.11217)"},
    {"helm_summarization", "mean 1,693, max 1,984 (MoE-Lightning, arXiv 2411.11217)"}};

constexpr NamedLengths kOutputs[] = {
    {"aime24_deepseek_r1", "mean 9,293, deviation 5,782 (traces of arXiv 2512.02008)"},
    {"aime24_qwq_32b", "mean 13,297, deviation 7,643 (traces of arXiv 2512.02008)"}};

}  // namespace

std::span<const NamedLengths> named_prompt_lengths() { return kPrompts; }
std::span<const NamedLengths> named_output_lengths() { return kOutputs; }

std::optional<LengthDistribution> prompt_lengths_of(std::string_view dataset) {
  if (dataset == "mtbench") return LengthDistribution::maximum_entropy(77, 418);
  if (dataset == "moe_lens_mtbench") return LengthDistribution::fixed(98);
  if (dataset == "moe_lens_rag") return LengthDistribution::fixed(926);
  if (dataset == "helm_synthetic_reasoning") return LengthDistribution::maximum_entropy(242, 256);
  if (dataset == "helm_summarization") return LengthDistribution::maximum_entropy(1693, 1984);
  return std::nullopt;
}

std::optional<LengthDistribution> output_lengths_of(std::string_view dataset) {
  // Runs of at most 38,912 tokens, as the model's evaluation allows.
  if (dataset == "aime24_deepseek_r1") return LengthDistribution::lognormal(9293, 5782, 38912);
  if (dataset == "aime24_qwq_32b") return LengthDistribution::lognormal(13297, 7643, 38912);
  return std::nullopt;
}

}  // namespace headroom
