#include "analysis/search/system_space.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "search_texts.hpp"

namespace headroom {
namespace {

TEST_CASE("batch sizes grow by about a half and end at the most there is", "[search]") {
  CHECK(batch_sizes(1) == std::vector<std::int64_t>{1});
  CHECK(batch_sizes(8) == std::vector<std::int64_t>{1, 2, 4, 8});
  CHECK(batch_sizes(40) == std::vector<std::int64_t>{1, 2, 4, 8, 12, 16, 24, 36, 40});
}

TEST_CASE("the scenario as it stands is the first candidate", "[search]") {
  for (const auto& text : {kSmallFlexgen, kSmallExperts, kSmallLens})
    CHECK(system_candidates(searched(text)).front().empty());
}

TEST_CASE("every candidate is a scenario that loads or says which memory is too small",
          "[search]") {
  for (const auto& text : {kSmallFlexgen, kSmallExperts, kSmallLens}) {
    int fitting = 0, unfit = 0;
    for (const auto& settings : system_candidates(searched(text))) {
      const Scenario scenario = searched(text, settings);
      if (scenario.unfit.empty()) {
        ++fitting;
        continue;
      }
      ++unfit;
      const std::string problem = unfit_memory(scenario);
      INFO(problem);
      CHECK((problem.starts_with("gpu: ") || problem.starts_with("dram: ")));
      CHECK(problem.find(" GB short of ") != std::string::npos);
    }
    CHECK(fitting >= 9);
    CHECK(unfit < fitting);
  }
}

TEST_CASE("a memory that is too small is told with what is missing", "[search]") {
  // OPT-6.7b in 16 bits: 32 layers of 402,849,792 B and 2 x 50272 x 4096 x 2 B of embeddings and
  // more; 10 GB of DRAM are short of it.
  const Scenario scenario = searched(kSmallFlexgen, {"hardware.node.dram.capacity=10 GB"});
  CHECK_THAT(unfit_memory(scenario),
             Catch::StartsWith("dram: ") && Catch::Contains(" GB short of 10 GB"));
}

TEST_CASE("the largest number of micro-batches that fits is a candidate", "[search]") {
  // 20 GB of DRAM hold 13.3 GB of weights and 46 sequences of 272 tokens of 0.52 MB each: five
  // micro-batches of 8, which is between the sizes of the grid.
  const std::string small = "hardware.node.dram.capacity=20 GB";
  const auto with_count = [&](const std::string& count) {
    return Settings{small,
                    "system.placement.kv_cache={gpu: 0}",
                    "system.attention=cpu",
                    "system.micro_batch_size=8",
                    "system.num_micro_batches=" + count,
                    "system.placement.weights={gpu: 0}"};
  };
  CHECK(searched(kSmallFlexgen, with_count("5")).unfit.empty());
  CHECK_THAT(unfit_memory(searched(kSmallFlexgen, with_count("6"))), Catch::StartsWith("dram: "));
  const auto candidates = system_candidates(searched(kSmallFlexgen, {small}));
  const auto is_candidate = [&](const std::string& count) {
    auto settings = with_count(count);
    settings.erase(settings.begin());
    return std::find(candidates.begin(), candidates.end(), settings) != candidates.end();
  };
  CHECK(is_candidate("4"));
  CHECK(is_candidate("5"));
  CHECK_FALSE(is_candidate("12"));
}

TEST_CASE("what the GPU holds is as much as fits and one step more does not", "[search]") {
  int checked = 0;
  for (const auto& settings : system_candidates(searched(kSmallExperts))) {
    for (const auto& setting : settings) {
      const std::string key = "system.experts.cached_fraction=";
      if (!setting.starts_with(key) || setting == key + "0") continue;
      const double share = std::stod(setting.substr(key.size()));
      CHECK(share * 200 == Approx(std::round(share * 200)));
      CHECK(searched(kSmallExperts, settings).unfit.empty());
      ++checked;
    }
  }
  CHECK(checked > 0);
  // The first share of each kind is the largest.
  const auto candidates = system_candidates(searched(kSmallExperts));
  auto beyond = candidates[1];
  for (auto& setting : beyond) {
    const std::string key = "system.experts.cached_fraction=";
    if (setting.starts_with(key))
      setting = key + std::to_string(std::stod(setting.substr(key.size())) + 0.005);
  }
  CHECK_THAT(unfit_memory(searched(kSmallExperts, beyond)), Catch::StartsWith("gpu: "));
}

TEST_CASE("weights that DRAM does not hold go to the SSD", "[search]") {
  const Scenario small =
      searched(kSmallFlexgen, {"hardware.node.dram.capacity=12 GB", "hardware.node.ssd=cs3040"});
  CHECK_FALSE(small.unfit.empty());
  int fitting = 0;
  for (const auto& settings : system_candidates(small)) {
    auto all = settings;
    all.insert(all.begin(), {"hardware.node.dram.capacity=12 GB", "hardware.node.ssd=cs3040"});
    fitting += searched(kSmallFlexgen, all).unfit.empty() ? 1 : 0;
  }
  CHECK(fitting > 10);
}

}  // namespace
}  // namespace headroom
