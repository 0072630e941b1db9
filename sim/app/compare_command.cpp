#include "sim/app/compare_command.hpp"

#include <array>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "analysis/compare/run_comparison.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/app/stored_run.hpp"
#include "sim/record/render.hpp"

namespace headroom {
namespace {

// One side of the comparison.
struct Side {
  Side(const std::string& path, const std::string& reference,
       const std::vector<std::string>& folders)
      : database(path, OpenMode::kRead),
        run(find_stored_run(database, reference)),
        keys(stored_scenario_keys(database, run.run_id, folders)) {}

  Database database;
  StoredRun run;
  std::vector<ResolvedKey> keys;
};

// "8736814296894997238 (quickstart, seed 1)"
std::string title(const Side& side) {
  return std::to_string(side.run.run_id) + " (" + side.run.name + ", seed " +
         std::to_string(side.run.seed) +
         (side.run.repeat > 0 ? ", repeat " + std::to_string(side.run.repeat) : "") +
         (side.run.status == "failed" ? ", failed: " + side.run.reason : "") + ')';
}

struct Section {
  const char* name;
  const char* heading;
  const Table RunComparison::*table;
};
constexpr std::array<Section, 4> kSections{
    {{"scenario", "what is different in the scenario", &RunComparison::scenario},
     {"metrics", "in the result", &RunComparison::metrics},
     {"ledger", "where the time of a device went", &RunComparison::ledger},
     {"limits", "in what the hardware allows", &RunComparison::limits}}};

// Where a value comes from may be told at length; a terminal has its width. CSV and JSON have all.
Table with_short_origins(Table scenario) {
  constexpr std::size_t kWidth = 40;
  for (auto& row : scenario.rows)
    for (std::size_t column = 3; column < row.size(); ++column)
      if (auto* origin = std::get_if<std::string>(&row[column]); origin && origin->size() > kWidth)
        *origin = origin->substr(0, kWidth - 3) + "...";
  return scenario;
}

std::string text_of(RunComparison comparison, const Side& a, const Side& b) {
  comparison.scenario = with_short_origins(std::move(comparison.scenario));
  std::string text = "a: run " + title(a) + "\nb: run " + title(b) + '\n';
  if (a.run.code_version != b.run.code_version)
    text += "recorded by different code versions: a by " + a.run.code_version + ", b by " +
            b.run.code_version + '\n';
  for (const Section& section : kSections) {
    const Table& table = comparison.*section.table;
    text += '\n' + std::string(section.heading) +
            (table.rows.empty() ? ": nothing\n" : "\n" + rendered_text(table));
  }
  return text;
}

std::string json_of(const RunComparison& comparison, const Side& a, const Side& b) {
  std::string text = "{";
  for (const auto& [name, side] : {std::pair("a", &a), std::pair("b", &b)}) {
    const StoredRun& run = side->run;
    text +=
        std::string(name[0] == 'a' ? "" : ",") + "\n\"" + name + "\": {\"run_id\": \"" +
        std::to_string(run.run_id) + "\", \"name\": " + json_quoted(run.name) + ", \"seed\": \"" +
        std::to_string(run.seed) + "\", \"repeat\": " + std::to_string(run.repeat) +
        ", \"code_version\": " + json_quoted(run.code_version) +
        ", \"status\": " + json_quoted(run.status) + ", \"reason\": " + json_quoted(run.reason) +
        ", \"database\": " + json_quoted(side->database.path()) + '}';
  }
  for (const Section& section : kSections) {
    std::ostringstream rows;
    render_json(comparison.*section.table, rows);
    std::string array = rows.str();
    array.pop_back();  // its line break
    text += ",\n\"" + std::string(section.name) + "\": " + array;
  }
  return text + "\n}\n";
}

// One table for all sections: what a section does not have is empty.
Table flat(const RunComparison& comparison) {
  Table all{
      {{"section"}, {"name"}, {"a"}, {"b"}, {"difference"}, {"ratio"}, {"note_a"}, {"note_b"}}, {}};
  for (const auto& row : comparison.scenario.rows)
    all.rows.push_back({std::string("scenario"), row[0], row[1], row[2], {}, {}, row[3], row[4]});
  for (const auto& row : comparison.metrics.rows)
    all.rows.push_back({std::string("metrics"), row[0], row[1], row[2], row[3], row[4], {}, {}});
  for (const auto& row : comparison.ledger.rows)
    all.rows.push_back({std::string("ledger"), row[0], row[1], row[2], row[3], {}, {}, {}});
  for (const auto& row : comparison.limits.rows)
    all.rows.push_back({std::string("limits"),
                        std::get<std::string>(row[0]) + ' ' + std::get<std::string>(row[1]),
                        row[3],
                        row[4],
                        {},
                        row[5],
                        row[6],
                        row[7]});
  return all;
}

class CompareCommand final : public Command {
 public:
  std::string name() const override { return "compare"; }
  std::string summary() const override {
    return "two recorded runs: what changed in the scenario, the result, and where the time went";
  }
  std::string example() const override {
    return "headroom compare results.sqlite 'quickstart' latest\n"
           "  headroom compare results.sqlite 873681 35727 --format json\n"
           "  headroom compare yesterday.sqlite quickstart quickstart --other today.sqlite";
  }

  void declare(OptionSet& options) override {
    options.required_argument("DATABASE", database_, "a results file");
    options.required_argument("RUN_A", a_, "a run id, a name, how one begins, or 'latest'");
    options.required_argument("RUN_B", b_, "likewise");
    options.text("--other", "FILE", other_, "the results file that RUN_B is in");
    options.toggle("--all", all_, "also what is equal");
    options.text_list("--files-from", "FOLDER", folders_,
                      "where to look for files that scenarios name by relative paths");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    Side a(database_, a_, folders_);
    Side b(other_.empty() ? database_ : other_, b_, folders_);
    const RunComparison comparison =
        compare_runs({a.database, a.run.run_id, a.keys}, {b.database, b.run.run_id, b.keys}, all_);
    switch (output_format_from_name(format_)) {
      case OutputFormat::kTable:
        write_standard_output(text_of(comparison, a, b));
        break;
      case OutputFormat::kJson:
        write_standard_output(json_of(comparison, a, b));
        break;
      case OutputFormat::kCsv:
        print(flat(comparison), OutputFormat::kCsv);
        break;
    }
    return kExitDone;
  }

 private:
  std::string database_, a_, b_, other_, format_ = "table";
  bool all_ = false;
  std::vector<std::string> folders_;
};

}  // namespace

std::unique_ptr<Command> make_compare_command() { return std::make_unique<CompareCommand>(); }

}  // namespace headroom
