#include "sim/app/limits_command.hpp"

#include <string>
#include <vector>

#include "analysis/limits/limits.hpp"
#include "sim/app/capacity_table.hpp"
#include "sim/app/json_output.hpp"
#include "sim/app/run_report.hpp"
#include "sim/app/scenario_options.hpp"
#include "sim/scenario/kv_capacity.hpp"

namespace headroom {
namespace {

class LimitsCommand final : public Command {
 public:
  std::string name() const override { return "limits"; }
  std::string summary() const override {
    return "what the hardware would allow, without simulating";
  }
  std::string example() const override { return "headroom limits scenarios/quickstart.yaml"; }
  void declare(OptionSet& options) override { scenario_.declare(options); }

  ExitCode execute() override {
    const Scenario scenario = scenario_.load();
    const RequestTable table = scenario.make_requests(scenario.seed);
    const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
    const KvCapacity memory = kv_capacity(scenario);
    const Limits limits = compute_limits({.model = model,
                                          .gpu = scenario.hardware.gpu,
                                          .serving = scenario.serving,
                                          .table = table,
                                          .replicas = scenario.hardware.replicas,
                                          .kv_blocks = memory.usable_blocks,
                                          .max_model_len = scenario.serving.max_model_len});
    std::vector<std::string> warnings;
    if (limits.work.impossible > 0)
      warnings.push_back(std::to_string(limits.work.impossible) +
                         " requests can never run here and do not count");
    print_all(scenario.name, limits, capacity_table(memory, limits.concurrent_sequences), warnings);
    return kExitDone;
  }

 private:
  void print_all(const std::string& name, const Limits& limits, const Table& capacity,
                 const std::vector<std::string>& warnings) const {
    switch (scenario_.output_format()) {
      case OutputFormat::kJson:
        return write_standard_output(limits_json(limits.rows, capacity, warnings));
      case OutputFormat::kCsv:
        return print(limits_table(limits.rows), OutputFormat::kCsv);
      case OutputFormat::kTable:
        break;
    }
    std::string text = name + "\n\n" + rendered_text(limits_table(limits.rows)) +
                       "\nmemory of one GPU\n\n" + rendered_text(capacity);
    for (const auto& warning : warnings) text += "\nwarning: " + warning + '\n';
    write_standard_output(text);
  }

  ScenarioOptions scenario_;
};

}  // namespace

std::unique_ptr<Command> make_limits_command() { return std::make_unique<LimitsCommand>(); }

}  // namespace headroom
