#include "sim/app/validate_command.hpp"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "analysis/validate/case_files.hpp"
#include "analysis/validate/case_plan.hpp"
#include "analysis/validate/validation_tables.hpp"
#include "hwmodels/measured/data_table.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/app/validate_report.hpp"
#include "sim/app/validate_runs.hpp"
#include "sim/base/check.hpp"
#include "sim/config/data_folder.hpp"

namespace headroom {
namespace {

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

Table fit_table(const std::vector<PlannedCase>& cases) {
  Table table;
  table.columns = {{"case"}, {"key"}, {"value"}, {"converged"}, {"in_file"}, {"fitted_rows"}};
  for (const auto& planned : cases) {
    const auto& efficiency = planned.validation.efficiency;
    std::string lines;
    for (const auto& row : planned.rows)
      if (row.use == RowUse::kFit)
        lines += (lines.empty() ? "line " : ", ") + std::to_string(row.line);
    if (!efficiency || lines.empty()) continue;
    const FitResult fit = fit_efficiency(planned);
    table.rows.push_back({planned.validation.name, efficiency->key, fit.efficiency,
                          std::string(fit.has_converged ? "yes" : "no"), efficiency->value, lines});
  }
  return table;
}

class ValidateCommand final : public Command {
 public:
  std::string name() const override { return "validate"; }
  std::string summary() const override {
    return "predictions beside published measurements, with their errors";
  }
  std::string example() const override {
    return "headroom validate\n"
           "  headroom validate --case 'offload*' --format csv\n"
           "  headroom validate --cases my_cases --data my_measurements\n"
           "  headroom validate --case offload/deepspeed_t4 --fit";
  }

  void declare(OptionSet& options) override {
    options.text("--data", "DIR", data_, "the folder that ${HEADROOM_DATA} stands for");
    options.text_list("--case", "PATTERN", patterns_,
                      "cases or groups to run ('*' is any text); may be given many times");
    options.text("--cases", "DIR", folder_, "cases (*.yaml) of this folder instead of our own");
    options.toggle("--fit", fit_,
                   "find the efficiency of each case on its fitted rows and print it, no more");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    if (!data_.empty()) ::setenv("HEADROOM_DATA", data_.c_str(), 1);  // children see it too
    const auto cases = planned_cases();
    for (const auto& one : skipped_)
      std::cerr << "warning: SKIPPED " << one.case_name << ": " << one.why << '\n';
    const auto format = output_format_from_name(format_);
    if (fit_) {
      print(fit_table(cases), format);
      return kExitDone;
    }
    const auto rows = compare_rows(cases);
    switch (format) {
      case OutputFormat::kJson:
        write_standard_output(validation_json(rows));
        break;
      case OutputFormat::kCsv:
        print(comparison_table(rows), OutputFormat::kCsv);
        break;
      case OutputFormat::kTable:
        write_standard_output(validation_text(rows, skipped_));
        break;
    }
    return kExitDone;
  }

 private:
  bool is_wanted(const ValidationCase& validation) const {
    if (patterns_.empty()) return true;
    for (const auto& pattern : patterns_)
      if (matches_pattern(validation.name, pattern) || matches_pattern(validation.group, pattern))
        return true;
    return false;
  }

  std::vector<ValidationCase> wanted_cases() const {
    std::vector<ValidationCase> wanted;
    std::string wrong;
    for (const auto& file : folder_.empty() ? embedded_case_files() : case_files_below(folder_)) {
      try {
        auto validation = read_validation_case(file.text, file.path);
        if (is_wanted(validation)) wanted.push_back(std::move(validation));
      } catch (const ConfigError& error) {
        wrong += (wrong.empty() ? "" : "\n") + std::string(error.what());
      }
    }
    if (!wrong.empty()) throw UserError(wrong);
    if (wanted.empty())
      throw UserError("error: no case matches --case " +
                      (patterns_.empty() ? "" : '\'' + patterns_.front() + '\''));
    return wanted;
  }

  // What is wrong with any case is reported; a case without its data is skipped.
  std::vector<PlannedCase> planned_cases() {
    std::vector<PlannedCase> planned;
    std::map<std::string, DataTable> tables;  // many cases look into one file
    std::string wrong;
    for (auto& validation : wanted_cases()) {
      const auto expanded = expand_data_folder(validation.data_file);
      if (!expanded.problem.empty() || !is_file(expanded.path)) {
        skipped_.push_back({validation.name, expanded.problem.empty()
                                                 ? "there is no file " + validation.data_file
                                                 : "its data " + expanded.problem});
        continue;
      }
      try {
        if (!tables.contains(validation.data_file))
          tables[validation.data_file] =
              read_data_table(expanded.path, validation.data_file, validation.data_where);
        auto rows = plan_case(validation, tables[validation.data_file]);
        planned.push_back({std::move(validation), std::move(rows)});
      } catch (const ConfigError& error) {
        wrong += (wrong.empty() ? "" : "\n") + std::string(error.what());
      }
    }
    if (!wrong.empty()) throw UserError(wrong);
    return planned;
  }

  std::string data_, folder_, format_ = "table";
  std::vector<std::string> patterns_;
  bool fit_ = false;
  std::vector<SkippedCase> skipped_;
};

}  // namespace

std::unique_ptr<Command> make_validate_command() { return std::make_unique<ValidateCommand>(); }

}  // namespace headroom
