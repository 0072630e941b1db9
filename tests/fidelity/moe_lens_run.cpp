#include "tests/fidelity/moe_lens_run.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace headroom::fidelity {
namespace {

using Json = nlohmann::json;

Json answer(std::vector<std::string> arguments, const std::string& scheduler,
            const MoeLensCase& what) {
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  for (const std::string& setting :
       // 46,702,792,704 parameters are 93.405585408 GB: over a link of 19.5 GB/s x 93.4056 / 94
       // they take as long as 94 GB over 19.5 GB/s.
       {std::string("hardware.node.pcie.bandwidth=19.376691 GB/s"),
        "workload.prompt_tokens=" + number(kPrompt),
        "workload.output_tokens=" + number(what.output_tokens),
        "workload.requests=" + number(what.requests),
        "serving.block_size=" + number(what.block_size),
        "serving.max_num_batched_tokens=" + number(what.tokens_per_pass),
        "serving.scheduler=" + scheduler}) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  arguments.insert(arguments.end(), {"--format", "json"});
  const auto outcome = cli::Folder().headroom(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out);
}

std::string scenario() {
  return std::string(HEADROOM_SOURCE_DIR) + "/scenarios/reproductions/moe_lens_mixtral_a40.yaml";
}

}  // namespace

double MoeLensRun::seconds_of(const std::string& prefix) const {
  double sum = 0;
  for (const auto& [category, seconds] : ledger_s)
    if (category.starts_with(prefix)) sum += seconds;
  return sum;
}

MoeLensRun run_moe_lens(const std::string& scheduler, const MoeLensCase& what) {
  const Json json = answer({"run", scenario(), "--no-db", "--record", "summary"}, scheduler, what);
  REQUIRE(json.at("completed") == what.requests);
  MoeLensRun run;
  run.makespan_s = json.at("makespan_s");
  run.total_tokens_per_s = json.at("throughput").at("total_tokens_per_s");
  run.passes = json.at("iterations");
  run.preemptions = json.at("preemptions");
  for (const auto& row : json.at("ledger"))
    run.ledger_s[row.at("category").get<std::string>()] += row.at("seconds").get<double>();
  return run;
}

double stage1_limit(const MoeLensCase& what) {
  const Json json = answer({"limits", scenario()}, "paced", what);
  for (const auto& row : json.at("limits"))
    if (row.at("name") == "moe_lens_stage1_g_passes" && row.at("metric") == "total_tokens_per_s")
      return row.at("value");
  FAIL("no limit of stage 1");
  return 0;
}

}  // namespace headroom::fidelity
