#include "sim/app/limits_command.hpp"

#include <functional>
#include <string>
#include <vector>

#include "analysis/limits/limits.hpp"
#include "analysis/limits/offload_limits.hpp"
#include "analysis/limits/offload_rows.hpp"
#include "sim/app/capacity_table.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/json_output.hpp"
#include "sim/app/run_report.hpp"
#include "sim/app/scenario_options.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {
namespace {

// Where every row has a unit of its own: the number as people read it.
Table readable_table(const std::vector<LimitRow>& rows,
                     const std::function<bool(const LimitRow&)>& belongs) {
  Table table{{{"name"}, {"metric"}, {"value"}, {"bound by"}, {"source"}}, {}};
  for (const auto& row : rows)
    if (belongs(row))
      table.rows.push_back({row.name, row.metric, human_with_unit(row.value, row.unit),
                            row.binding_resource, row.source});
  return table;
}

Table readable_capacity(Table capacity) {
  for (auto& row : capacity.rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto* value = std::get_if<double>(&row[i]);
      if (value == nullptr) continue;
      if (capacity.columns[i].name == "bytes")
        row[i] = human_bytes(*value);
      else if (capacity.columns[i].name == "fraction")
        row[i] = human_percent(*value);
    }
  return capacity;
}

// "pcie_h2d until 41 GB/s, then gpu_compute".
std::string advice_text(const std::vector<LimitRow>& rows) {
  std::string text;
  for (const auto& row : rows)
    if (is_advice(row))
      text += "  " + std::string(row.name == "then_grow" ? "then " : "") + row.metric + " until " +
              human_with_unit(row.value, row.unit) + ", then " + row.binding_resource + " (" +
              row.source + ")\n";
  return text.empty() ? "  nothing by itself\n" : text;
}

std::string published_text(const std::vector<LimitRow>& rows) {
  const Table table = readable_table(rows, is_published_model);
  return table.rows.empty() ? "" : "\npublished models, for comparison\n\n" + rendered_text(table);
}

std::string offload_text(const Limits& limits) {
  return "no schedule of this system is faster\n\n" +
         rendered_text(readable_table(
             limits.rows,
             [](const LimitRow& row) { return !is_advice(row) && !is_published_model(row); })) +
         "\nwhat must grow, and until when\n\n" + advice_text(limits.rows) +
         published_text(limits.rows) + "\nmemory of the node\n\n";
}

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
    LimitsInput input{.model = model,
                      .gpu = scenario.hardware.gpu,
                      .serving = scenario.serving,
                      .table = table,
                      .replicas = scenario.hardware.replicas,
                      .kv_blocks = 0,
                      .max_model_len = scenario.serving.max_model_len};
    if (scenario.offload) {
      const OffloadCapacity memory = offload_capacity(scenario);
      input.kv_blocks = memory.kv_blocks;
      const Limits limits =
          compute_offload_limits({input, scenario.offload->node, scenario.offload->system});
      print_all(scenario.name + "\n\n" + offload_text(limits), limits,
                capacity_table(memory, limits.concurrent_sequences));
    } else {
      const KvCapacity memory = kv_capacity(scenario);
      input.kv_blocks = memory.usable_blocks;
      const Limits limits = compute_limits(input);
      print_all(scenario.name + "\n\n" + rendered_text(limits_table(limits.rows)) +
                    "\nmemory of one GPU\n\n",
                limits, capacity_table(memory, limits.concurrent_sequences));
    }
    return kExitDone;
  }

 private:
  void print_all(std::string text, const Limits& limits, const Table& capacity) const {
    std::vector<std::string> warnings;
    if (limits.work.impossible > 0)
      warnings.push_back(std::to_string(limits.work.impossible) +
                         " requests can never run here and do not count");
    switch (scenario_.output_format()) {
      case OutputFormat::kJson:
        return write_standard_output(limits_json(limits.rows, capacity, warnings));
      case OutputFormat::kCsv:
        return print(limits_table(limits.rows), OutputFormat::kCsv);
      case OutputFormat::kTable:
        break;
    }
    text += rendered_text(readable_capacity(capacity));
    for (const auto& warning : warnings) text += "\nwarning: " + warning + '\n';
    write_standard_output(text);
  }

  ScenarioOptions scenario_;
};

}  // namespace

std::unique_ptr<Command> make_limits_command() { return std::make_unique<LimitsCommand>(); }

}  // namespace headroom
