#include "sim/app/ops_report.hpp"

#include "sim/app/human_number.hpp"
#include "sim/app/json_output.hpp"

namespace headroom {
namespace {

Table rows_of(const OpsTable& ops) {
  Table table{{{"name"},
               {"count"},
               {"flops"},
               {"hbm_bytes"},
               {"comm_bytes"},
               {"arithmetic_intensity"},
               {"time_s"},
               {"bound"},
               {"weight_bytes"},
               {"kv_bytes"},
               {"activation_bytes"},
               {"window"},
               {"in_range"}},
              {}};
  for (const auto& op : ops.rows)
    table.rows.push_back({op.name, op.count, op.flops, op.hbm_bytes, op.comm_bytes,
                          op.hbm_bytes > 0 ? Cell{op.arithmetic_intensity} : Cell{}, op.time_s,
                          op.bound, op.weight_bytes, op.kv_bytes, op.activation_bytes,
                          op.window > 0 ? Cell{op.window} : Cell{},
                          std::string(op.in_range ? "yes" : "no")});
  return table;
}

}  // namespace

void print_ops(const OpsTable& ops, OutputFormat format) {
  if (format == OutputFormat::kJson) return write_standard_output(ops_json(ops));
  const Table table = rows_of(ops);
  if (format == OutputFormat::kCsv) return print(table, format);
  write_standard_output(rendered_text(table) + "\nper instance on one rank; the iteration takes " +
                        human_time(ops.iteration_s) + " (sum of count x time_s)\n");
}

}  // namespace headroom
