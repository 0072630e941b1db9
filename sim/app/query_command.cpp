#include "sim/app/query_command.hpp"

#include <string>
#include <vector>

#include "analysis/queries/named_queries.hpp"
#include "analysis/queries/run_query.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/app/stored_run.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

class QueryCommand final : public Command {
 public:
  std::string name() const override { return "query"; }
  std::string summary() const override {
    return "ask a results file: a named query or SQL, read-only";
  }
  std::string example() const override {
    return "headroom query results.sqlite summary\n"
           "  headroom query results.sqlite worst-requests --param rows=5 --format csv\n"
           "  headroom query sweep.sqlite pareto --param x=price_per_hour --param "
           "y=slo_attainment\n"
           "  headroom query results.sqlite 'SELECT name, ttft_p99_s FROM run JOIN run_metric "
           "USING (run_id)'\n"
           "  headroom list queries";
  }

  void declare(OptionSet& options) override {
    options.required_argument("DATABASE", database_, "a results file");
    options.required_argument("QUERY", query_,
                              "a named query (headroom list queries) or one SELECT statement");
    options.text_list("--param", "NAME=VALUE", parameters_,
                      "value of a :name in the query; may be given many times");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    std::vector<QueryArgument> arguments;
    for (const auto& parameter : parameters_) {
      const auto equals = parameter.find('=');
      if (equals == std::string::npos || equals == 0)
        throw UserError("error: option --param: '" + parameter + "' is not NAME=VALUE");
      arguments.push_back({parameter.substr(0, equals), parameter.substr(equals + 1)});
    }
    if (find_named_query(query_) != nullptr) find_runs(arguments);
    print(run_query(database_, query_, arguments), output_format_from_name(format_));
    return kExitDone;
  }

 private:
  // A named query takes a run by its id; a user may say its name.
  void find_runs(std::vector<QueryArgument>& arguments) const {
    for (QueryArgument& argument : arguments) {
      if (argument.name != "run") continue;
      Database database(database_, OpenMode::kRead);
      argument.value = std::to_string(find_stored_run(database, argument.value).run_id);
    }
  }

  std::string database_, query_, format_ = "table";
  std::vector<std::string> parameters_;
};

}  // namespace

std::unique_ptr<Command> make_query_command() { return std::make_unique<QueryCommand>(); }

}  // namespace headroom
