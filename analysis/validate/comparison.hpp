// analysis/validate/comparison.hpp -- predicted beside measured, row by row, and what a group of
// rows adds up to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/validate/validation_case.hpp"

namespace headroom {

struct Comparison {
  std::string case_name, group, label, metric;
  std::int64_t line = 0;
  RowUse use = RowUse::kHeld;
  double measured = 0;
  std::optional<double> predicted;   // absent: excluded, or the run failed
  std::string why;                   // it is excluded, or the run failed
  std::optional<double> efficiency;  // the fitted number it was predicted with

  bool is_compared() const { return use != RowUse::kExcluded && predicted.has_value(); }
  double ratio() const { return *predicted / measured; }  // Pre: is_compared()
  double ape() const;                                     // |predicted - measured| / measured
};

// Of rows that are compared. APE: absolute percentage error, as a fraction.
struct ErrorStats {
  std::int64_t n = 0;
  double median_ape = 0, mean_ape = 0, p90_ape = 0;
  double bias = 0;  // mean of (predicted - measured) / measured
  // Of rows with predicted / measured in [1 / 1.35, 1.35].
  double within_1_35 = 0;
  // Rank correlation of predicted and measured among rows of one metric, mean over metrics weighted
  // by rows; absent when no metric has three rows with different values.
  std::optional<double> spearman;
};
ErrorStats error_stats(std::span<const Comparison> rows);
// The compared row of the largest APE, among those of one use or all; nullptr: none is compared.
const Comparison* worst_of(std::span<const Comparison> rows, std::optional<RowUse> use = {});

// Spearman's rank correlation, ties by mean rank; absent for fewer than three pairs or a constant
// side. Pre: equal lengths.
std::optional<double> rank_correlation(std::span<const double> a, std::span<const double> b);

struct Exclusion {
  std::string why;
  std::int64_t rows = 0;
};

struct GroupSummary {
  std::string group;
  ErrorStats all = {};
  ErrorStats fitted = {};             // rows that something was fitted on
  ErrorStats held = {};               // rows that nothing was fitted on
  std::vector<Comparison> rows;       // of the group, in the order given
  std::vector<Exclusion> exclusions;  // by reason, in order of first mention; failed runs too
  std::int64_t excluded = 0;
};
// In order of first mention.
std::vector<GroupSummary> summarize_groups(std::span<const Comparison> rows);

}  // namespace headroom
