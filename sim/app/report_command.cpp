#include "sim/app/report_command.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "analysis/queries/run_query.hpp"
#include "analysis/report/chosen_runs.hpp"
#include "analysis/report/latency_quantiles.hpp"
#include "analysis/report/read_runs.hpp"
#include "analysis/report/report_page.hpp"
#include "analysis/report/resource_use.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/ledger_words.hpp"
#include "sim/app/output_file.hpp"
#include "sim/app/simulated_again.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/app/stored_run.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kDefaultSeries = 8;
constexpr std::int64_t kMostSeries = 100;
// Series that the file holds cost nothing but space, some 5 kB each.
constexpr std::size_t kMostStoredSeries = 200;

bool is_select(const std::string& text) { return text.find_first_of(" \t\n") != std::string::npos; }

class ReportCommand final : public Command {
 public:
  std::string name() const override { return "report"; }
  std::string summary() const override {
    return "pictures of the runs in a results file, as one self-contained HTML page";
  }
  std::string example() const override {
    return "headroom report results.sqlite --out report.html\n"
           "  headroom report results.sqlite --runs quickstart --title 'Chat on H100'\n"
           "  headroom report results.sqlite --runs 'SELECT run_id FROM run_metric WHERE "
           "slo_attainment > 0.9'";
  }

  void declare(OptionSet& options) override {
    options.required_argument("DATABASE", database_, "a results file");
    options.text("--out", "FILE", out_, "the page to write (default: report.html)");
    options.text_list("--runs", "RUNS", runs_,
                      "ids or names, with commas between them, or a SELECT whose first column is "
                      "the id; may be given many times (default: all)");
    options.text("--title", "TEXT", title_, "heading of the page");
    options.count("--series", 0, kMostSeries, series_,
                  "for so many runs that recorded no time series, the best ones first, simulate "
                  "again (default: 8)");
    options.text_list("--files-from", "FOLDER", folders_,
                      "where to look for files that scenarios name by relative paths");
  }

  ExitCode execute() override {
    ReportData data = read();
    simulate_missing(data);
    OutputFile file(out_);
    const std::string page = report_page(data, title_, ledger_words);
    file.stream() << page;
    file.finish();
    write_standard_output(summary_of(data, page.size()));
    return kExitDone;
  }

 private:
  std::vector<std::int64_t> selected(Database& database) const {
    if (runs_.empty()) return report_runs(database);
    std::vector<std::int64_t> run_ids;
    const auto add = [&](std::int64_t run_id) {
      if (std::find(run_ids.begin(), run_ids.end(), run_id) == run_ids.end())
        run_ids.push_back(run_id);
    };
    for (const auto& given : runs_) {
      if (is_select(given)) {
        for (const auto& row : run_query(database_, given).rows) {
          const auto* run_id = row.empty() ? nullptr : std::get_if<std::int64_t>(&row.front());
          if (run_id == nullptr)
            throw UserError("error: option --runs: the first column of the SELECT is no run id");
          add(*run_id);
        }
        continue;
      }
      std::istringstream references(given);
      for (std::string reference; std::getline(references, reference, ',');)
        add(find_stored_run(database, reference).run_id);
    }
    return run_ids;
  }

  // With the time series that the file holds.
  ReportData read() const {
    Database database(database_, OpenMode::kRead);
    ReportData data = read_runs(database, selected(database));
    std::size_t with_series = 0;
    for (auto& run : data.runs) {
      if (with_series == kMostStoredSeries) break;
      run.use = use_series(read_resource_use(database, run.run_id), run.makespan_s);
      if (!run.use.empty()) ++with_series;
    }
    return data;
  }

  void simulate_missing(ReportData& data) const {
    std::vector<std::size_t> places;
    const auto most = static_cast<std::size_t>(series_.value_or(kDefaultSeries));
    for (const std::size_t r : chosen_runs(data, most))
      if (data.runs[r].use.empty()) places.push_back(r);
    if (places.empty()) return;
    std::vector<std::int64_t> run_ids;
    for (const std::size_t r : places) run_ids.push_back(data.runs[r].run_id);
    auto again = simulate_again(database_, run_ids, folders_, kMostUseBins);
    for (std::size_t i = 0; i < places.size(); ++i) {
      ReportRun& run = data.runs[places[i]];
      if (!again[i].problem.empty()) {
        std::cerr << "report: no time series of run " << run.run_id << ": " << again[i].problem
                  << '\n';
        continue;
      }
      run.use = use_series(again[i].resource_use, run.makespan_s);
      put_latencies(std::move(again[i].latencies), run.latencies);
    }
  }

  std::string summary_of(const ReportData& data, std::size_t bytes) const {
    const auto with_series = std::count_if(data.runs.begin(), data.runs.end(),
                                           [](const ReportRun& run) { return !run.use.empty(); });
    const auto count = static_cast<std::int64_t>(data.runs.size());
    return out_ + ": " + human_count(count) + (count == 1 ? " run, " : " runs, ") +
           human_count(with_series) + " with time series; " +
           human_bytes(static_cast<double>(bytes)) + '\n';
  }

  std::string database_, out_ = "report.html", title_ = "Headroom report";
  std::vector<std::string> runs_, folders_;
  std::optional<std::int64_t> series_;
};

}  // namespace

std::unique_ptr<Command> make_report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace headroom
