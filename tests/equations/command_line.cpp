#include "tests/equations/command_line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace headroom::equations {
namespace {

using Json = nlohmann::json;

std::string path_of(const std::string& scenario) {
  return std::string(HEADROOM_SOURCE_DIR) + "/tests/equations/" + scenario;
}

cli::Outcome outcome_of(std::vector<std::string> arguments, const Settings& settings) {
  for (const auto& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  return cli::Folder().headroom(arguments);
}

Json answer(std::vector<std::string> arguments, const Settings& settings) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const cli::Outcome outcome = outcome_of(std::move(arguments), settings);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out);
}

}  // namespace

LimitTable::LimitTable(const std::string& scenario, const Settings& settings) {
  const Json json = answer({"limits", path_of(scenario)}, settings);
  for (const auto& row : json.at("limits")) {
    Entry& entry = rows_[{row.at("name"), row.at("metric")}];
    entry.value = row.at("value");
    entry.bound_by = row.at("binding_resource");
    ++entry.rows;
  }
  for (const auto& row : json.at("capacity"))
    bytes_[{row.at("memory"), row.at("used_by")}] = row.at("bytes");
}

const LimitTable::Entry& LimitTable::entry(const std::string& name,
                                           const std::string& metric) const {
  INFO(name << ' ' << metric);
  const auto found = rows_.find({name, metric});
  REQUIRE(found != rows_.end());
  REQUIRE(found->second.rows == 1);
  return found->second;
}

double LimitTable::value(const std::string& name, const std::string& metric) const {
  return entry(name, metric).value;
}

std::string LimitTable::bound_by(const std::string& name, const std::string& metric) const {
  return entry(name, metric).bound_by;
}

double LimitTable::bytes(const std::string& memory, const std::string& used_by) const {
  INFO(memory << ' ' << used_by);
  const auto found = bytes_.find({memory, used_by});
  REQUIRE(found != bytes_.end());
  return found->second;
}

double output_tokens_per_s(const std::string& scenario, const Settings& settings) {
  const Json json = answer({"run", path_of(scenario), "--no-db"}, settings);
  REQUIRE(json.at("completed") == json.at("requests"));
  return json.at("throughput").at("output_tokens_per_s");
}

std::string refusal(const std::string& scenario, const Settings& settings) {
  const cli::Outcome outcome = outcome_of({"check", path_of(scenario)}, settings);
  REQUIRE(outcome.exit_code == 2);
  return outcome.err;
}

double bytes_per_weight(const Settings& settings, const std::string& op, double parameters) {
  const Json json =
      answer({"ops", "--model", "llama-3.1-8b", "--gpu", "h100-sxm", "--tokens", "1"}, settings);
  for (const auto& row : json.at("ops"))
    if (row.at("name") == op) return row.at("weight_bytes").get<double>() / parameters;
  FAIL("no operator " << op);
  return 0;
}

}  // namespace headroom::equations
