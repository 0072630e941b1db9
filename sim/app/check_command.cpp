#include "sim/app/check_command.hpp"

#include "sim/app/scenario_options.hpp"
#include "sim/app/standard_output.hpp"

namespace headroom {
namespace {

class CheckCommand final : public Command {
 public:
  std::string name() const override { return "check"; }
  std::string summary() const override {
    return "validate a scenario and show every value with its origin";
  }
  std::string example() const override {
    return "headroom check scenarios/quickstart.yaml --set serving.max_num_seqs=64";
  }
  void declare(OptionSet& options) override { scenario_.declare(options); }

  ExitCode execute() override {
    const Scenario scenario = scenario_.load();
    Table table{{{"key"}, {"value"}, {"origin"}}, {}};
    for (const auto& key : scenario.keys) table.rows.push_back({key.key, key.value, key.origin});
    print(table, scenario_.output_format());
    return kExitDone;
  }

 private:
  ScenarioOptions scenario_;
};

}  // namespace

std::unique_ptr<Command> make_check_command() { return std::make_unique<CheckCommand>(); }

}  // namespace headroom
