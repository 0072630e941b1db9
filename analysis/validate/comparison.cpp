#include "analysis/validate/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "analysis/metrics/percentile.hpp"

namespace headroom {
namespace {

// 1 for the smallest; equal values share the mean of their ranks.
std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] < values[b] : a < b;
  });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double rank = static_cast<double>(first + 1 + end) / 2;
    for (; first < end; ++first) ranks[order[first]] = rank;
  }
  return ranks;
}

std::optional<double> rank_correlation_by_metric(std::span<const Comparison> rows) {
  struct Pairs {
    std::vector<double> predicted, measured;
  };
  std::map<std::string, Pairs> by_metric;
  for (const auto& row : rows) {
    if (!row.is_compared()) continue;
    auto& pairs = by_metric[row.metric];
    pairs.predicted.push_back(*row.predicted);
    pairs.measured.push_back(row.measured);
  }
  double sum = 0, weight = 0;
  for (const auto& [metric, pairs] : by_metric) {
    const auto correlation = rank_correlation(pairs.predicted, pairs.measured);
    if (!correlation) continue;
    const auto n = static_cast<double>(pairs.predicted.size());
    sum += n * *correlation;
    weight += n;
  }
  if (weight == 0) return std::nullopt;
  return sum / weight;
}

std::vector<Comparison> of_use(std::span<const Comparison> rows, RowUse use) {
  std::vector<Comparison> chosen;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(chosen),
               [use](const Comparison& row) { return row.use == use; });
  return chosen;
}

void count_exclusion(GroupSummary& summary, const std::string& why) {
  ++summary.excluded;
  for (auto& known : summary.exclusions)
    if (known.why == why) {
      ++known.rows;
      return;
    }
  summary.exclusions.push_back({why, 1});
}

}  // namespace

double Comparison::ape() const { return std::abs(*predicted - measured) / measured; }

std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b) {
  if (a.size() < 3) return std::nullopt;
  const auto ranks_a = ranks_of(a), ranks_b = ranks_of(b);
  const double mean = static_cast<double>(a.size() + 1) / 2;
  double product = 0, square_a = 0, square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += (ranks_a[i] - mean) * (ranks_b[i] - mean);
    square_a += (ranks_a[i] - mean) * (ranks_a[i] - mean);
    square_b += (ranks_b[i] - mean) * (ranks_b[i] - mean);
  }
  if (square_a == 0 || square_b == 0) return std::nullopt;
  return product / std::sqrt(square_a * square_b);
}

ErrorStats error_stats(std::span<const Comparison> rows) {
  ErrorStats stats;
  std::vector<double> errors;
  for (const auto& row : rows) {
    if (!row.is_compared()) continue;
    const double ratio = row.ratio();
    errors.push_back(row.ape());
    stats.bias += ratio - 1;
    if (ratio <= 1.35 && 1 / ratio <= 1.35) stats.within_1_35 += 1;
  }
  stats.n = static_cast<std::int64_t>(errors.size());
  const auto distribution = summarize(errors);
  if (!distribution) return stats;
  stats.median_ape = distribution->p50;
  stats.mean_ape = distribution->mean;
  stats.p90_ape = distribution->p90;
  stats.bias /= static_cast<double>(stats.n);
  stats.within_1_35 /= static_cast<double>(stats.n);
  stats.spearman = rank_correlation_by_metric(rows);
  return stats;
}

const Comparison* worst_of(std::span<const Comparison> rows, std::optional<RowUse> use) {
  const Comparison* worst = nullptr;
  for (const auto& row : rows)
    if (row.is_compared() && (!use || row.use == *use))
      if (worst == nullptr || row.ape() > worst->ape()) worst = &row;
  return worst;
}

std::vector<GroupSummary> summarize_groups(std::span<const Comparison> rows) {
  std::vector<GroupSummary> groups;
  for (const auto& row : rows) {
    auto found = std::find_if(groups.begin(), groups.end(),
                              [&](const GroupSummary& g) { return g.group == row.group; });
    if (found == groups.end()) {
      groups.push_back({.group = row.group, .rows = {}, .exclusions = {}});
      found = groups.end() - 1;
    }
    found->rows.push_back(row);
    if (!row.is_compared()) count_exclusion(*found, row.why);
  }
  for (auto& group : groups) {
    group.all = error_stats(group.rows);
    group.fitted = error_stats(of_use(group.rows, RowUse::kFit));
    group.held = error_stats(of_use(group.rows, RowUse::kHeld));
  }
  return groups;
}

}  // namespace headroom
