#include "sim/app/stored_run.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/record/run_writer.hpp"
#include "sim/record/sweep_rows.hpp"
#include "sim/scenario/identity.hpp"
#include "sim/scenario/load_scenario.hpp"

namespace headroom {
namespace {

using Catch::Matchers::Contains;

constexpr const char* kBase =
    "name: base\nmodel: llama-3.1-8b\nhardware: {gpu: h100-sxm}\n"
    "workload: {arrivals: {process: poisson, rate: 2 /s}, prompt_tokens: 100, output_tokens: 10, "
    "requests: 5}\nserving: {max_model_len: 4096}\n";
// As a sweep sets them, in the order of their keys.
const std::vector<ParamRow> kParams{{"hardware.gpu", "l40s", "", "axis", std::nullopt},
                                    {"hardware.gpu.hbm_bandwidth", "400 GB/s", "B/s", "axis", 4e11},
                                    {"serving.max_num_seqs", "32", "", "axis", 32}};

class SweepFile {
 public:
  explicit SweepFile(const std::string& base) {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    Database database(path(), OpenMode::kWrite);
    record_sweep(database, {5, "sweep", "axes", 77, base, 1, {{0, 0, "hardware.gpu", "l40s"}}});
    std::vector<std::string> settings{"seed=3"};
    for (const auto& param : kParams) settings.push_back(param.key + '=' + param.value);
    point = load_scenario_text(kBase, "s.yaml", {.overrides = settings, .base_directory = ""});
    RunWriter writer(database, {"base", "", scenario_hash(point), 3, "1.0", 77});
    writer.place({5, 0, "[0]", kParams});
    run_id = writer.commit();
  }
  ~SweepFile() { std::filesystem::remove_all(folder_); }
  SweepFile(const SweepFile&) = delete;
  SweepFile& operator=(const SweepFile&) = delete;

  std::string path() const { return (folder_ / "r.sqlite").string(); }

  Scenario point;
  std::int64_t run_id = 0;

 private:
  std::filesystem::path folder_;
};

TEST_CASE("a run of a sweep is its base and its parameters and its seed", "[app]") {
  const SweepFile file(kBase);
  Database database(file.path(), OpenMode::kRead);
  const Scenario again = load_stored_scenario(database, file.run_id);
  CHECK(again.text == file.point.text);
  CHECK(scenario_hash(again) == scenario_hash(file.point));
  CHECK(again.seed == 3);
  CHECK(again.hardware.gpu.hbm_bandwidth == BytesPerSecond(4e11));
}

TEST_CASE("the keys of a run of a sweep say what an axis has set", "[app]") {
  const SweepFile file(kBase);
  Database database(file.path(), OpenMode::kRead);
  const auto keys = stored_scenario_keys(database, file.run_id);
  const auto origin = [&](const std::string& name) {
    for (const auto& key : keys)
      if (key.key == name) return key.origin;
    return std::string("absent");
  };
  CHECK(origin("serving.max_num_seqs") == "axis");
  CHECK(origin("hardware.gpu.hbm_bandwidth") == "axis");
  CHECK(origin("workload.requests") == "base of the sweep");
  CHECK_THAT(origin("hardware.gpu.bf16"), Contains("catalogue"));
}

TEST_CASE("a base that leads to another scenario is not taken for the right one", "[app]") {
  const SweepFile file(std::string(kBase) + "dtype: {kv_cache: fp8}\n");
  Database database(file.path(), OpenMode::kRead);
  CHECK_THROWS_WITH(load_stored_scenario(database, file.run_id),
                    Contains("it is not the scenario it was") &&
                        Contains("recorded by code version 1.0, this is"));
}

TEST_CASE("a run that is not there has no scenario", "[app]") {
  const SweepFile file(kBase);
  Database database(file.path(), OpenMode::kRead);
  CHECK_THROWS_WITH(load_stored_scenario(database, 1), Contains("there is no run 1"));
}

}  // namespace
}  // namespace headroom
