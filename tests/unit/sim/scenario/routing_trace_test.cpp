#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "offload_texts.hpp"
#include "sim/scenario/identity.hpp"

using namespace headroom;

namespace {

// A folder with a scenario of Mixtral (8 experts, 2 per token) that names routes.csv beside it.
class TracedScenario {
 public:
  explicit TracedScenario(const std::string& trace)
      : folder_(std::filesystem::temp_directory_path() /
                ("headroom-traced-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "s.yaml") << lens_with_system(
        "name: expert_offload, placement: {kv_cache: {gpu: 1}}, experts: {routing: {kind: trace, "
        "trace: routes.csv}}");
    write(trace);
  }
  ~TracedScenario() { std::filesystem::remove_all(folder_); }
  TracedScenario(const TracedScenario&) = delete;
  TracedScenario& operator=(const TracedScenario&) = delete;

  void write(const std::string& trace) const { std::ofstream(folder_ / "routes.csv") << trace; }
  Scenario load() const { return load_scenario((folder_ / "s.yaml").string()); }
  std::string problems() const {
    try {
      load();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }

 private:
  std::filesystem::path folder_;
};

const std::string kRoutes = "seq,layer,topk_ids\n0,0,1 4\n1,0,7 0\n";

}  // namespace

TEST_CASE("a routing trace is part of a scenario's identity and its path is not",
          "[scenario][system]") {
  const TracedScenario traced(kRoutes);
  const Scenario before = traced.load();
  CHECK(before.text.find("trace: routes.csv\n") != std::string::npos);
  REQUIRE(before.input_files.size() == 1);
  CHECK(sha256_of_file(before.input_files[0]) == sha256_of_text(kRoutes));
  const auto hash = scenario_hash(before);
  CHECK(hash == scenario_hash(before.text, {sha256_of_text(kRoutes)}));
  traced.write("seq,layer,topk_ids\n0,0,1 4\n1,0,7 2\n");
  CHECK(traced.load().text == before.text);
  CHECK(scenario_hash(traced.load()) != hash);
}

TEST_CASE("a routing trace that does not fit is refused at load", "[scenario][system]") {
  CHECK(TracedScenario("seq,topk_ids\n0,1 4\n").problems() ==
        "routes.csv:1: error: no column 'layer'; a routing trace has the columns 'layer' and "
        "'topk_ids'");
  CHECK(TracedScenario("layer,topk_ids\n0,1 4 3\n0,1 2 3\n").problems() ==
        "routes.csv:2:3: error: 3 experts for a token, but the model chooses 2");
  CHECK(TracedScenario("layer,topk_ids\n0,1 40\n0,20 30\n").problems() ==
        "routes.csv:2:5: error: expert '40', but the model has 8 in a layer");
  CHECK_THAT(TracedScenario("").problems(),
             Catch::Contains("s.yaml:8:105: error: cannot read trace 'routes.csv'"));
}
