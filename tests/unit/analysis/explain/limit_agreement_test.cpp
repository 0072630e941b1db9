#include "analysis/explain/limit_agreement.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/analysis/explain/made_up_runs.hpp"

namespace headroom {
namespace {

// A makespan that hangs on one resource, with what the limits say of the run.
Explanation explained(const std::string& hangs_on, const std::string& binding, double attained) {
  auto law = test::runs_of([&](const test::Amounts& a) { return 1 / test::at(a, hangs_on); });
  const auto run = [&](const std::vector<std::vector<std::string>>& all) {
    auto trials = law(all);
    for (auto& trial : trials) {
      trial.seen->metrics.binding_resource = binding;
      trial.seen->metrics.attained_fraction = attained;
    }
    return trials;
  };
  return explain({test::resource("hbm_bandwidth"), test::resource("gpu_flops"),
                  test::resource("pcie_bandwidth"), test::whole("replicas", 1)},
                 {}, "makespan_s", run);
}

TEST_CASE("a run at its limit hangs on the resource that the limit names", "[explain]") {
  CHECK(compare_with_limits(explained("hbm_bandwidth", "hbm", 0.95)).agreement ==
        Agreement::kAgree);
  CHECK(compare_with_limits(explained("gpu_flops", "compute", 0.95)).agreement ==
        Agreement::kAgree);
  CHECK(compare_with_limits(explained("pcie_bandwidth", "pcie_h2d", 0.95)).agreement ==
        Agreement::kAgree);
  const auto differs = compare_with_limits(explained("gpu_flops", "hbm", 0.95));
  CHECK(differs.agreement == Agreement::kDisagree);
  CHECK(differs.measured_resource == "gpu_flops");
  CHECK(differs.makespan_gain == Approx(1));
}

TEST_CASE("a run far from its limit owes it nothing", "[explain]") {
  CHECK(compare_with_limits(explained("gpu_flops", "hbm", 0.5)).agreement == Agreement::kNotBound);
}

TEST_CASE("a run that follows its arrivals is bound by no resource", "[explain]") {
  const auto found = compare_with_limits(explained("nothing", "offered_load", 1));
  CHECK(found.agreement == Agreement::kOfferedLoad);
  CHECK(!found.measured_resource);
}

}  // namespace
}  // namespace headroom
