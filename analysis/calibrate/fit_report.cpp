#include "analysis/calibrate/fit_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace headroom {
namespace {

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = std::min(values.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// Ratios predicted / measured, collected.
class Ratios {
 public:
  void add(double ratio) {
    if (ratio > 0) ratios_.push_back(ratio);
  }
  void add(const Ratios& others) {
    ratios_.insert(ratios_.end(), others.ratios_.begin(), others.ratios_.end());
  }
  std::optional<Ape> ape() const {
    if (ratios_.empty()) return std::nullopt;
    std::vector<double> errors;
    for (const double ratio : ratios_) errors.push_back(std::fabs(ratio - 1));
    return Ape{quantile(errors, 0.5), quantile(errors, 0.9)};
  }
  double bias() const { return ratios_.empty() ? 0 : quantile(ratios_, 0.5) - 1; }
  double measured_over_predicted(double share) const {
    std::vector<double> inverse;
    for (const double ratio : ratios_) inverse.push_back(1 / ratio);
    return inverse.empty() ? 1 : quantile(inverse, share);
  }
  bool empty() const { return ratios_.empty(); }

 private:
  std::vector<double> ratios_;
};

std::string name_of(const SetFit& fit) {
  return fit.kernel + ' ' + fit.type + ' ' + fit.generation;
}

// "" when the row counts.
std::string why_excluded(const PredictedRow& row) {
  if (!row.from->excluded.empty()) return row.from->source + ": " + row.from->excluded;
  if (row.from->timing == Timing::kEvent) return row.from->source + ": timed with its launch";
  return "";
}

bool counts(const PredictedRow& row) {
  return row.from->excluded.empty() && row.from->timing == Timing::kKernel;
}

// Errors being collected for one group.
struct Collected {
  GroupError error;
  Ratios in_sample, shape_out, die_out;

  void add(const PredictedRow& row) {
    ++error.rows;
    error.l2_resident += row.from->l2_resident;
    error.at_floor += row.at_floor;
    in_sample.add(row.in_sample);
    shape_out.add(row.shape_out);
    die_out.add(row.die_out);
    const double off = std::fabs(row.in_sample - 1);
    if (off <= error.worst) return;
    error.worst = off;
    error.worst_row = row.from->file + ':' + std::to_string(row.from->line);
  }
  GroupError finished() const {
    GroupError done = error;
    done.in_sample = in_sample.ape().value_or(Ape{});
    done.bias = in_sample.bias();
    done.shape_out = shape_out.ape();
    done.die_out = die_out.ape();
    return done;
  }
};

FitQuality quality_of(const SetFit& fit, const std::string& gpu, const std::string& date) {
  FitQuality quality;
  quality.date = date;
  Ratios in_sample, shape_out, die_out, kernels_in, kernels_shape, kernels_die;
  std::set<std::string> sources;
  for (const auto& row : fit.rows) {
    if (!counts(row) || (!gpu.empty() && row.from->gpu != gpu)) continue;
    ++quality.rows;
    sources.insert(row.from->source);
    in_sample.add(row.in_sample);
    shape_out.add(row.shape_out);
    die_out.add(row.die_out);
    if (row.at_floor) continue;  // the host's spread is not the kernel's
    kernels_in.add(row.in_sample);
    kernels_shape.add(row.shape_out);
    kernels_die.add(row.die_out);
  }
  quality.data.assign(sources.begin(), sources.end());
  const Ape ape = in_sample.ape().value_or(Ape{});
  quality.median_ape = ape.median;
  quality.p90_ape = ape.p90;
  quality.bias = in_sample.bias();
  if (const auto out = shape_out.ape()) {
    quality.left_out_median_ape = out->median;
    quality.left_out_p90_ape = out->p90;
  }
  if (const auto out = die_out.ape()) {
    quality.other_die_median_ape = out->median;
    quality.other_die_p90_ape = out->p90;
  }
  // An unmeasured board is as uncertain as a die that was left out.
  const Ratios& spread = gpu.empty() && !kernels_die.empty() ? kernels_die
                         : !kernels_shape.empty()            ? kernels_shape
                                                             : kernels_in;
  quality.residual_p10 = spread.measured_over_predicted(0.1);
  quality.residual_p90 = spread.measured_over_predicted(0.9);
  return quality;
}

// The sources of the pooled group.
constexpr std::array<std::string_view, 3> kPooled{"aiconfigurator", "llmcompass", "vidur"};

bool is_pooled(const PredictedRow& row) {
  return counts(row) &&
         std::find(kPooled.begin(), kPooled.end(), row.from->source) != kPooled.end();
}

}  // namespace

std::vector<Calibration> calibrations_of(const std::vector<SetFit>& fits, const std::string& date) {
  std::map<std::string, Calibration> boards;
  Calibration generic;
  generic.gpu = "generic";
  for (const auto& fit : fits) {
    for (const auto& board : fit.boards) {
      Calibration& of_board = boards[board.gpu->name];
      of_board.gpu = board.gpu->name;
      of_board.die = die_of(*board.gpu);
      of_board.kernels.push_back({fit.kernel, fit.type, fit.generation, board.params,
                                  quality_of(fit, board.gpu->name, date), board.range});
    }
    generic.kernels.push_back(
        {fit.kernel, fit.type, fit.generation, fit.generic, quality_of(fit, "", date), fit.range});
  }
  std::vector<Calibration> all;
  for (auto& [name, calibration] : boards) all.push_back(std::move(calibration));
  all.push_back(std::move(generic));
  return all;
}

std::vector<GroupError> errors_by_board(const std::vector<SetFit>& fits) {
  std::vector<GroupError> errors;
  for (const auto& fit : fits) {
    std::map<std::tuple<std::string, std::string, std::string>, Collected> groups;
    for (const auto& row : fit.rows) {
      if (!counts(row)) continue;
      Collected& group = groups[{row.from->gpu, row.from->source, std::string(row.band)}];
      group.error.group = name_of(fit);
      group.error.gpu = row.from->gpu;
      group.error.source = row.from->source;
      group.error.band = row.band;
      group.add(row);
    }
    for (const auto& [key, group] : groups) errors.push_back(group.finished());
  }
  return errors;
}

std::vector<GroupError> pooled_gemm_errors(const std::vector<SetFit>& fits) {
  struct Pool {
    std::string name;
    std::function<bool(const PredictedRow&)> holds;
  };
  const std::array<Pool, 3> pools{
      {{"all rows", [](const PredictedRow&) { return true; }},
       {"weights not in the L2", [](const PredictedRow& row) { return !row.from->l2_resident; }},
       {"kernel slower than host", [](const PredictedRow& row) { return !row.at_floor; }}}};
  std::vector<GroupError> errors;
  for (const auto& pool : pools) {
    std::map<std::string, Collected> bands;
    for (const auto& fit : fits) {
      if (fit.kernel != "gemm") continue;
      for (const auto& row : fit.rows)
        if (is_pooled(row) && pool.holds(row)) bands[std::string(row.band)].add(row);
    }
    for (auto& [band, group] : bands) {
      group.error.group = pool.name;
      group.error.band = band;
      errors.push_back(group.finished());
    }
  }
  return errors;
}

std::vector<ExcludedRows> exclusions(const std::vector<SetFit>& fits) {
  std::vector<ExcludedRows> result;
  for (const auto& fit : fits) {
    std::map<std::string, Ratios> by_reason;
    std::map<std::string, std::int64_t> rows;
    Ratios counted;
    for (const auto& row : fit.rows) {
      const std::string reason = why_excluded(row);
      if (reason.empty()) {
        counted.add(row.in_sample);
        continue;
      }
      by_reason[reason].add(row.in_sample);
      ++rows[reason];
    }
    for (const auto& [reason, ratios] : by_reason) {
      Ratios with_them = counted;
      with_them.add(ratios);
      result.push_back({name_of(fit), reason, rows.at(reason),
                        static_cast<std::int64_t>(fit.rows.size()), ratios.ape(), with_them.ape()});
    }
  }
  return result;
}

}  // namespace headroom
