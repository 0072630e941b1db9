#include "sim/app/calibrate_command.hpp"

#include <cmath>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "analysis/calibrate/data_files.hpp"
#include "analysis/calibrate/fit_report.hpp"
#include "analysis/calibrate/kernel_set.hpp"
#include "hwmodels/calibration/calibration.hpp"
#include "hwmodels/catalog/catalog.hpp"
#include "sim/app/output_file.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

Cell text_or_none(const std::string& text) { return text.empty() ? Cell{} : Cell{text}; }
Cell percent(double share) {
  constexpr double kTenths = 1000;
  return std::round(share * kTenths) / (kTenths / 100);
}

void add_ape(std::vector<Cell>& row, const std::optional<Ape>& ape) {
  row.push_back(ape ? percent(ape->median) : Cell{});
  row.push_back(ape ? percent(ape->p90) : Cell{});
}

Table error_table(const std::vector<GroupError>& errors) {
  Table table;
  for (const char* name :
       {"group", "gpu", "source", "band", "n", "median_ape_pct", "p90_ape_pct", "bias_pct",
        "shape_out_median_pct", "shape_out_p90_pct", "die_out_median_pct", "die_out_p90_pct",
        "worst_pct", "worst_row", "l2_resident", "at_host_floor"})
    table.columns.push_back({name});
  for (const auto& error : errors) {
    std::vector<Cell> row{error.group, text_or_none(error.gpu), text_or_none(error.source),
                          error.band, error.rows};
    add_ape(row, error.in_sample);
    row.push_back(percent(error.bias));
    add_ape(row, error.shape_out);
    add_ape(row, error.die_out);
    row.push_back(percent(error.worst));
    row.push_back(error.worst_row);
    row.push_back(error.l2_resident);
    row.push_back(error.at_floor);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table exclusion_table(const std::vector<ExcludedRows>& exclusions) {
  Table table;
  for (const char* name : {"group", "reason", "rows", "of", "their_median_pct", "their_p90_pct",
                           "with_them_median_pct", "with_them_p90_pct"})
    table.columns.push_back({name});
  for (const auto& one : exclusions) {
    std::vector<Cell> row{one.group, one.reason, one.rows, one.of};
    add_ape(row, one.excluded);
    add_ape(row, one.with_them);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table parameter_table(const std::vector<SetFit>& fits) {
  Table table{{{"group"}, {"free_parameters"}, {"boards"}}, {}};
  for (const auto& fit : fits) {
    std::string boards;
    for (const auto& board : fit.boards) boards += (boards.empty() ? "" : " ") + board.gpu->name;
    table.rows.push_back({fit.kernel + ' ' + fit.type + ' ' + fit.generation,
                          std::int64_t{fit.free_parameters}, boards});
  }
  return table;
}

// What a new fit starts from: the GPU's own calibration, one of its die, or the generic one.
const Calibration* calibration_near(const GpuSpec& gpu) {
  if (const auto* own = find_calibration(gpu.name)) return own;
  for (const auto& name : calibration_names())
    if (const auto* one = find_calibration(name); one->die == die_of(gpu)) return one;
  return find_calibration("generic");
}

void write_file(const std::string& path, const Calibration& calibration) {
  OutputFile file(path);
  file.stream() << calibration_yaml(calibration);
  file.finish();
}

class CalibrateCommand final : public Command {
 public:
  std::string name() const override { return "calibrate"; }
  std::string summary() const override {
    return "kernel models fitted to measured times, with their errors where they were not fitted";
  }
  std::string example() const override {
    return "headroom calibrate --gpu h100-sxm --data my_kernels.csv --out h100.calibration.yaml\n"
           "  headroom calibrate --all --data ../shared/data --out hwmodels/calibration/data";
  }

  void declare(OptionSet& options) override {
    options.text("--gpu", "NAME", gpu_, "the GPU that was measured, of 'headroom list gpus'");
    options.text("--data", "PATH", data_,
                 "a CSV file in one of the published layouts or with m,n,k,type,time_us; with "
                 "--all the data folder");
    options.text("--out", "PATH", out_, "the calibration to write; with --all a folder of them");
    options.toggle("--all", all_, "fit every GPU of the data folder, and one for all others");
    options.text("--model", "NAME", model_, "for layouts that name layers: of which model");
    options.count("--tp", 1, 1024, tensor_, "for the same: of how many ranks; default 1");
    options.text("--date", "DATE", date_, "stands in the file; default: that of the models");
    options.toggle("--exclusions", exclusions_, "print the rows that no fit saw instead");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    if (data_.empty()) throw UserError("error: --data is needed: what was measured");
    if (all_ == !gpu_.empty()) throw UserError("error: either --gpu NAME or --all is needed");
    const LayerMeasurements rows =
        all_ ? read_data_files(gemm_data_files(data_))
             : read_users_file(data_, gpu_, model_, static_cast<int>(tensor_.value_or(1)));
    SetOptions options;
    if (!all_) options.prior = calibration_near(*find_gpu(gpu_));
    std::vector<SetFit> fits = fit_all(rows.gemm, options);
    auto elementwise = fit_all(rows.elementwise, options);
    fits.insert(fits.end(), std::make_move_iterator(elementwise.begin()),
                std::make_move_iterator(elementwise.end()));
    if (fits.empty()) throw UserError("error: no row of " + data_ + " can be fitted");
    if (!out_.empty()) write(calibrations_of(fits, date_));
    report(fits);
    return kExitDone;
  }

 private:
  void write(const std::vector<Calibration>& calibrations) const {
    if (!all_) {
      write_file(out_, calibrations.front());
      return;
    }
    std::error_code failed;
    std::filesystem::create_directories(out_, failed);
    if (failed) throw UserError("error: --out " + out_ + ": " + failed.message());
    for (const auto& calibration : calibrations)
      write_file((std::filesystem::path(out_) / (calibration.gpu + ".yaml")).string(), calibration);
  }

  void report(const std::vector<SetFit>& fits) const {
    auto errors = errors_by_board(fits);
    const auto pooled = all_ ? pooled_gemm_errors(fits) : std::vector<GroupError>();
    const auto format = output_format_from_name(format_);
    if (exclusions_) {
      print(exclusion_table(exclusions(fits)), format);
      return;
    }
    if (format != OutputFormat::kTable) {
      errors.insert(errors.end(), pooled.begin(), pooled.end());
      print(error_table(errors), format);
      return;
    }
    std::string text = rendered_text(error_table(errors));
    if (!pooled.empty())
      text += "\nGEMMs and linear layers of aiconfigurator, LLMCompass and Vidur together\n" +
              rendered_text(error_table(pooled));
    const auto excluded = exclusions(fits);
    if (!excluded.empty())
      text += "\nRows that no fit saw\n" + rendered_text(exclusion_table(excluded));
    text += "\nFree parameters of the architecture that has most boards\n" +
            rendered_text(parameter_table(fits));
    write_standard_output(text);
  }

  std::string gpu_, data_, out_, model_, format_ = "table", date_ = std::string(kModelDate);
  std::optional<std::int64_t> tensor_;
  bool all_ = false, exclusions_ = false;
};

}  // namespace

std::unique_ptr<Command> make_calibrate_command() { return std::make_unique<CalibrateCommand>(); }

}  // namespace headroom
