// What is wrong with a sweep file, at its position.
#include <catch2/catch.hpp>

#include "tests/unit/sim/sweep/sweep_texts.hpp"

namespace headroom {
namespace {

using test::sweep_of;

std::string error_of(const std::string& rest, const std::vector<std::string>& overrides = {}) {
  try {
    const SweepPlan plan = sweep_of(rest, overrides);
    for (const auto& point : plan.points) scenario_of(plan, point);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("the form of an axis is checked at its place", "[sweep]") {
  const auto [axis, message] = GENERATE(table<std::string, std::string>({
      {"serving.max_num_seqs: []",
       "sweep.yaml:6:25: error: 'axes.serving.max_num_seqs' has no values"},
      {"serving.max_num_seqs: 8",
       "sweep.yaml:6:25: error: 'axes.serving.max_num_seqs' must be a list of values, or one of"},
      {"serving.max_num_seqs: {rnge: {from: 1, to: 2, step: 1}}",
       "sweep.yaml:6:26: error: 'axes.serving.max_num_seqs' has the unknown form 'rnge'; did you "
       "mean 'range'?"},
      {"a: {range: {from: 1 /s, to: 2 /min, step: 1 /s}}",
       "error: 'axes.a.range.to' has the unit '/min' and 'from' has '/s'; write both in the same"},
      {"a: {range: {from: 1, to: 2, step: 0}}", "error: 'axes.a.range.step' must be positive"},
      {"a: {range: {from: 3, to: 2, step: 1}}", "error: 'axes.a.range.to' must not be less than"},
      {"a: {range: {from: 3, to: 2}}", "error: 'axes.a.range.step' is needed in a range"},
      {"a: {range: {from: x, to: 2, step: 1}}", "'axes.a.range.from' must be a number"},
      {"a: {range: {from: 1, to: 2, step: 1, by: 3}}", "error: unknown key 'by' in 'axes.a.range'"},
      {"a: {log_range: {from: 0, to: 2, points: 3}}",
       "error: 'axes.a.log_range.from' must be positive and less than 'to'"},
      {"a: {log_range: {from: 1, to: 4, points: 9}}",
       "error: 'axes.a.log_range.points' gives 1 twice; take fewer"},
      {"w: {zip: {serving.max_num_seqs: [1, 2], hardware.replicas: [1]}}",
       "zips lists of different lengths: 'hardware.replicas' has 1 values, "
       "'serving.max_num_seqs' has 2"},
      {"w: {zip: {}}", "error: 'axes.w' needs keys with lists"},
      {"w: {variants: {a: 3}}", "error: 'axes.w' needs a map of keys for the variant 'a'"},
      {"seed: [1, 2]", "'seed' is no axis; 'seeds: N' repeats every point with N seeds"},
      {"serving..x: [1, 2]", "'serving..x' must be a scenario key"},
      {"{hardware.gpu: [l4]", "sweep.yaml:6:3: error: a key must be a name"},
  }));
  CHECK_THAT(error_of("axes:\n  " + axis + "\n"), Catch::Contains(message));
}

TEST_CASE("what an axis sets wrong is placed at its value", "[sweep]") {
  CHECK(error_of("axes:\n  serving.max_num_seqs: [8, -1]\n") ==
        "sweep.yaml:6:29: error: 'serving.max_num_seqs' must be at least 1 and at most 1000000000, "
        "got '-1'");
  CHECK_THAT(error_of("axes:\n  serving.max_num_sequ: [8]\n"),
             Catch::StartsWith("sweep.yaml:6:26: error: unknown key 'max_num_sequ' in 'serving'; "
                               "did you mean 'max_num_seqs'?"));
  CHECK_THAT(error_of("set: {serving.max_num_sequ: 8}\n"),
             Catch::Contains("unknown key 'max_num_sequ' in 'serving'"));
  // What stands in the base is wrong there, and says for which point.
  CHECK_THAT(error_of("axes: {serving.max_num_seqs: [8]}\n", {"workload.requests=x"}),
             Catch::Contains("(with serving.max_num_seqs=8)"));
}

TEST_CASE("all that is wrong with the file is said at once", "[sweep]") {
  const std::string error = error_of(
      "axes: {a: 1, hardware.gpu: [l4], g: {variants: {x: {hardware.gpu: l4}}}}\n"
      "constraints: [\"a <\", 3, \"b < 1\"]\n"
      "seeds: 0\nsample: {pionts: 3}\nsed: 1\n");
  CHECK_THAT(error, Catch::Contains("'axes.a' must be a list"));
  CHECK_THAT(error,
             Catch::Contains("'axes.g' sets 'hardware.gpu', and so does 'axes.hardware.gpu'"));
  CHECK_THAT(error, Catch::Contains("the constraint 'a <': expected a number"));
  CHECK_THAT(error, Catch::Contains("'seeds' must be at least 1"));
  CHECK_THAT(error, Catch::Contains("unknown key 'pionts' in 'sample'; did you mean 'points'?"));
  CHECK_THAT(error, Catch::Contains("unknown key 'sed'"));
}

TEST_CASE("constraints name keys of axes that can be computed with", "[sweep]") {
  CHECK_THAT(
      error_of("axes: {serving.max_num_seqs: [8]}\nconstraints: [serving.max_num_sesq < 9]\n"),
      Catch::Contains("sweep.yaml:6:15: error: the constraint names 'serving.max_num_sesq', "
                      "which no axis sets; did you mean 'serving.max_num_seqs'?"));
  CHECK_THAT(error_of("axes: {hardware.gpu: [l4]}\nconstraints: [hardware.gpu < 9]\n"),
             Catch::Contains("a constraint cannot be computed: 'l4' is no number"));
  CHECK_THAT(
      error_of("axes: {serving.max_num_seqs: [8]}\nconstraints: [serving.max_num_seqs < 1]\n"),
      Catch::Contains("no point is left"));
  CHECK_THAT(error_of("axes: {v: {variants: {a: {}, b: {serving.block_size: 32}}}}\n"
                      "constraints: [serving.block_size < 9]\n"),
             Catch::Contains("neither the variant 'a' nor the base sets"));
}

TEST_CASE("a base is needed and there is one", "[sweep]") {
  const auto load = [](const std::string& text) -> std::string {
    try {
      load_sweep_text(text, "s.yaml", "", {});
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  };
  CHECK_THAT(load("axes: {a: [1]}\n"), Catch::Contains("'base' is needed: a scenario file"));
  CHECK_THAT(load("base: x.yaml\nscenario: {model: y}\n"),
             Catch::Contains("'base' and 'scenario' exclude each other"));
  CHECK_THAT(load("base: x.yaml\n"), Catch::Contains("names a file that does not exist: 'x.yaml'"));
}

TEST_CASE("too many points are refused with the way out", "[sweep]") {
  std::string axes = "axes:\n";
  for (const char* key : {"serving.max_num_seqs", "hardware.replicas", "workload.requests"})
    axes += std::string("  ") + key + ": {range: {from: 1, to: 200, step: 1}}\n";
  CHECK_THAT(error_of(axes),
             Catch::Contains("the axes make 8000000 points, more than 1000000; take "
                             "part of them with sample: {points: 1000}"));
}

}  // namespace
}  // namespace headroom
