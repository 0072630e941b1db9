#include "sim/app/merge_command.hpp"

#include <string>
#include <vector>

#include "sim/app/human_number.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/record/database.hpp"
#include "sim/record/merge.hpp"
#include "sim/record/table.hpp"

namespace headroom {
namespace {

class MergeCommand final : public Command {
 public:
  std::string name() const override { return "merge"; }
  std::string summary() const override {
    return "bring the runs of several results files into one, each once";
  }
  std::string example() const override {
    return "headroom merge sweep.sqlite part1.sqlite part2.sqlite part3.sqlite";
  }

  void declare(OptionSet& options) override {
    options.required_argument("OUT", into_, "results file, created or added to");
    options.required_arguments("IN", inputs_, "results files; they are not changed");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    // All of them can be read before the first is merged.
    for (const auto& input : inputs_) Database(input, OpenMode::kRead);
    Database into(into_, OpenMode::kWrite);
    Table table;
    table.columns = {{"file"}, {"added"}, {"replaced"}, {"already_there"}};
    for (const auto& input : inputs_) {
      const MergeCounts counts = merge_results(into, input);
      table.rows.push_back({input, counts.added, counts.replaced, counts.known});
      stop_if_interrupted();
    }
    print(table, output_format_from_name(format_));
    return kExitDone;
  }

 private:
  std::string into_, format_ = "table";
  std::vector<std::string> inputs_;
};

}  // namespace

std::unique_ptr<Command> make_merge_command() { return std::make_unique<MergeCommand>(); }

}  // namespace headroom
