#include "sim/app/calibrate_command.hpp"
#include "sim/app/check_command.hpp"
#include "sim/app/command.hpp"
#include "sim/app/compare_command.hpp"
#include "sim/app/explain_command.hpp"
#include "sim/app/limits_command.hpp"
#include "sim/app/list_command.hpp"
#include "sim/app/merge_command.hpp"
#include "sim/app/ops_command.hpp"
#include "sim/app/optimize_command.hpp"
#include "sim/app/query_command.hpp"
#include "sim/app/report_command.hpp"
#include "sim/app/run_command.hpp"
#include "sim/app/sweep_command.hpp"
#include "sim/app/timeline_command.hpp"
#include "sim/app/validate_command.hpp"

namespace headroom {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_run_command());
  commands.push_back(make_sweep_command());
  commands.push_back(make_merge_command());
  commands.push_back(make_limits_command());
  commands.push_back(make_ops_command());
  commands.push_back(make_optimize_command());
  commands.push_back(make_explain_command());
  commands.push_back(make_check_command());
  commands.push_back(make_list_command());
  commands.push_back(make_compare_command());
  commands.push_back(make_query_command());
  commands.push_back(make_report_command());
  commands.push_back(make_timeline_command());
  commands.push_back(make_validate_command());
  commands.push_back(make_calibrate_command());
  return commands;
}

}  // namespace headroom
