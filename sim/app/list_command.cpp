#include "sim/app/list_command.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hwmodels/catalog/catalog.hpp"
#include "sim/app/listings.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"

namespace headroom {
namespace {

class ListCommand final : public Command {
 public:
  std::string name() const override { return "list"; }
  std::string summary() const override {
    return "what there is to choose from: GPUs, models, policies, ...";
  }
  std::string example() const override {
    return "headroom list gpus\n  headroom list gpus h100-sxm      # every number of one, with its "
           "source";
  }

  void declare(OptionSet& options) override {
    std::string kinds;
    for (const auto& listing : listings()) kinds += (kinds.empty() ? "" : ", ") + listing.name;
    options.optional_argument("WHAT", what_, kinds);
    options.optional_argument(
        "NAME", one_, "one of them, in full (gpus, cpus, ssds, nics, models, calibrations)");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    print(table(), output_format_from_name(format_));
    return kExitDone;
  }

 private:
  Table table() const {
    if (what_.empty()) return table_of_listings();
    std::vector<std::string> names;
    for (const auto& listing : listings()) {
      if (listing.name == what_) {
        if (one_.empty()) return listing.all();
        if (!listing.one) throw UserError("error: 'headroom list " + what_ + "' takes no name");
        return listing.one(one_);
      }
      names.push_back(listing.name);
    }
    throw UserError("error: nothing is called '" + what_ + "' to list" +
                    suggest(what_, names, "names"));
  }

  static Table table_of_listings() {
    Table table{{{"what"}, {"contents"}}, {}};
    for (const auto& listing : listings()) table.rows.push_back({listing.name, listing.contents});
    return table;
  }

  std::string what_, one_, format_ = "table";
};

}  // namespace

std::unique_ptr<Command> make_list_command() { return std::make_unique<ListCommand>(); }

}  // namespace headroom
