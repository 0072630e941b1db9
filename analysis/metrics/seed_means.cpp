#include "analysis/metrics/seed_means.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <variant>

#include "sim/base/check.hpp"
#include "sim/record/metric_columns.hpp"

namespace headroom {
namespace {

std::optional<double> number(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  return std::nullopt;
}

SeedMean summarize(const std::string& metric, const std::vector<double>& values) {
  SeedMean result{metric, static_cast<std::int64_t>(values.size()), 0.0, std::nullopt};
  const auto n = static_cast<double>(values.size());
  for (const double value : values) result.mean += value / n;
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.half_width = student_t_975(result.runs - 1) * std::sqrt(squares / (n - 1) / n);
  return result;
}

}  // namespace

std::vector<SeedMean> means_over_seeds(std::span<const RunMetrics> runs) {
  std::vector<std::string> names;
  std::vector<std::vector<double>> values;
  for (const RunMetrics& run : runs) {
    const std::vector<NamedMetric> columns = metric_columns(run);
    values.resize(columns.size());
    names.resize(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      names[i] = columns[i].name;
      if (const auto value = number(columns[i].value)) values[i].push_back(*value);
    }
  }
  std::vector<SeedMean> means;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!values[i].empty()) means.push_back(summarize(names[i], values[i]));
  return means;
}

double student_t_975(std::int64_t degrees_of_freedom) {
  HEADROOM_CHECK(degrees_of_freedom >= 1, "at least one degree of freedom, got ",
                 degrees_of_freedom);
  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2.
  static constexpr std::array<double, 30> kTable = {
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
      2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
      2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (degrees_of_freedom <= static_cast<std::int64_t>(kTable.size()))
    return kTable[static_cast<std::size_t>(degrees_of_freedom - 1)];
  // Cornish-Fisher expansion about the normal quantile (Abramowitz, Stegun, 26.7.5), within 1e-5
  // from here on.
  constexpr double z = 1.959963985;
  const auto n = static_cast<double>(degrees_of_freedom);
  const double z3 = z * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * n * n);
}

}  // namespace headroom
