#include <algorithm>
#include <catch2/catch.hpp>

#include "scenario_texts.hpp"

using namespace headroom;

namespace {
std::string origin_of_price(const Scenario& scenario) {
  const auto found = std::find_if(scenario.keys.begin(), scenario.keys.end(), [](const auto& key) {
    return key.key == "hardware.price_per_hour";
  });
  return found == scenario.keys.end() ? "" : found->origin;
}
}  // namespace

TEST_CASE("a price is given per replica", "[scenario][price]") {
  const Scenario scenario = load(kBase, {"hardware.price_per_hour=2.5 USD/h"});
  CHECK(scenario.hardware.price_per_hour == UsdPerHour(2.5));
}

TEST_CASE("a price of the catalogue is a dated list price with its source", "[scenario][price]") {
  const Scenario scenario = load(kBase);
  CHECK(scenario.hardware.price_per_hour == UsdPerHour(5.1207));
  const std::string origin = origin_of_price(scenario);
  CHECK(origin.find("list price of 2024") != std::string::npos);
  CHECK(origin.find("low confidence") != std::string::npos);
}

TEST_CASE("a card that nobody has priced has no price", "[scenario][price]") {
  const Scenario scenario = load(kBase, {"hardware.gpu=rtx-4090"});
  CHECK(!scenario.hardware.price_per_hour);
  CHECK(origin_of_price(scenario).empty());
}

TEST_CASE("a price is more than nothing and in dollars", "[scenario][price]") {
  CHECK(problems(kBase, {"hardware.price_per_hour=0 USD/h"}).find("must be more than 0 USD/h") !=
        std::string::npos);
  CHECK(problems(kBase, {"hardware.price_per_hour=3"}).find("needs a unit, such as '2.5 USD/h'") !=
        std::string::npos);
  CHECK(problems(kBase, {"hardware.price_per_hour=3 EUR/h"})
            .find("unknown unit 'EUR/h'; valid units: USD/h") != std::string::npos);
}

TEST_CASE("a resolved scenario keeps its price", "[scenario][price]") {
  const Scenario scenario = load(kBase);
  const Scenario again = load_scenario_text(scenario.text, "again.yaml");
  CHECK(again.hardware.price_per_hour == scenario.hardware.price_per_hour);
  CHECK(again.text == scenario.text);
}

TEST_CASE("a node has no list price", "[scenario][price]") {
  const std::string node =
      "model: opt-30b\n"
      "hardware:\n"
      "  gpu: t4\n"
      "  node: {cpu: epyc-9355, dram: {capacity: 200 GB}}\n"
      "system: {name: layer_streaming}\n"
      "serving: {max_model_len: 200}\n"
      "workload: {arrivals: {process: all_at_once}, prompt_tokens: 100, output_tokens: 10, "
      "requests: 2}\n";
  CHECK(!load(node).hardware.price_per_hour);
  CHECK(load(node, {"hardware.price_per_hour=1 USD/h"}).hardware.price_per_hour == UsdPerHour(1));
}
