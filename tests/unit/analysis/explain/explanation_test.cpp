#include "analysis/explain/explanation.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/check.hpp"
#include "tests/unit/analysis/explain/made_up_runs.hpp"

namespace headroom {
namespace {

using test::Amounts;
using test::at;

double elasticity_of(const Explanation& explanation, std::size_t i, const std::string& metric) {
  const auto found = elasticity(explanation.base, explanation.effects[i], metric);
  REQUIRE(found);
  return found->value;
}

TEST_CASE("a time that is work over a rate has elasticity minus one", "[explain]") {
  const auto found = explain({test::resource("hbm"), test::resource("flops")}, {}, "tpot_mean_s",
                             test::runs_of([](const Amounts& a) { return 3 / at(a, "hbm"); }));
  CHECK(elasticity_of(found, 0, "tpot_mean_s") == Approx(-1));
  CHECK(elasticity_of(found, 0, "output_tokens_per_s") == Approx(1));
  CHECK(elasticity_of(found, 1, "tpot_mean_s") == Approx(0).margin(1e-12));
  REQUIRE(found.first == 0U);
  // 3 s / 2.
  CHECK(found.effects[0].doubled.seen->metrics.makespan_s == Approx(1.5));
}

TEST_CASE("elasticities are the shares of a sum of times", "[explain]") {
  // 0.6 / hbm + 0.3 / flops + 0.1: shares 0.6 and 0.3. The central difference is off by its second
  // order only.
  const auto law = [](const Amounts& a) { return 0.6 / at(a, "hbm") + 0.3 / at(a, "flops") + 0.1; };
  const auto found = explain({test::resource("flops"), test::resource("hbm")}, {}, "tpot_mean_s",
                             test::runs_of(law));
  CHECK(elasticity_of(found, 0, "tpot_mean_s") == Approx(-0.3).margin(0.005));
  CHECK(elasticity_of(found, 1, "tpot_mean_s") == Approx(-0.6).margin(0.005));
  REQUIRE(found.first == 1U);
  // With hbm doubled: 0.3 + 0.3 + 0.1 = 0.7; each has 0.3 / 0.7 = 0.43, and the first of equals
  // wins.
  const auto& doubled = *found.effects[1].doubled.seen;
  for (const auto& effect : found.after_first)
    CHECK(elasticity(doubled, effect, "tpot_mean_s")->value == Approx(-0.4286).margin(0.005));
  CHECK(found.next.has_value());
}

TEST_CASE("the next bottleneck is what matters once the first is doubled", "[explain]") {
  // The longer of the two: 1 and 0.8. Doubling hbm makes it 0.5 against 0.8.
  const auto law = [](const Amounts& a) {
    return std::max(1 / at(a, "hbm"), 0.8 / at(a, "flops"));
  };
  const auto found = explain({test::resource("hbm"), test::resource("flops")}, {},
                             "output_tokens_per_s", test::runs_of(law));
  REQUIRE(found.first == 0U);
  REQUIRE(found.next == 1U);
  CHECK(elasticity(*found.effects[0].doubled.seen, found.after_first[1], "output_tokens_per_s")
            ->value == Approx(1));
}

TEST_CASE("where nothing matters there is nothing to buy", "[explain]") {
  const auto found = explain({test::resource("hbm")}, {}, "tpot_mean_s",
                             test::runs_of([](const Amounts&) { return 1.0; }));
  CHECK(!found.first);
  CHECK(!found.next);
  CHECK(found.after_first.empty());
}

TEST_CASE("a resource that does harm is not worth buying", "[explain]") {
  const auto found = explain({test::resource("hbm")}, {}, "tpot_mean_s",
                             test::runs_of([](const Amounts& a) { return at(a, "hbm"); }));
  CHECK(elasticity_of(found, 0, "tpot_mean_s") == Approx(1));
  CHECK(!found.first);
}

TEST_CASE("whole things are judged by doubling them", "[explain]") {
  const auto found = explain({test::whole("replicas", 2)}, {}, "tpot_mean_s",
                             test::runs_of([](const Amounts& a) { return 1 / at(a, "replicas"); }));
  const auto value = elasticity(found.base, found.effects[0], "tpot_mean_s");
  REQUIRE(value);
  CHECK(value->value == Approx(-1));
  CHECK(value->from == "x2");
}

TEST_CASE("ten whole things have a tenth", "[explain]") {
  const auto found = explain({test::whole("replicas", 10)}, {}, "tpot_mean_s",
                             test::runs_of([](const Amounts& a) { return 1 / at(a, "replicas"); }));
  const auto value = elasticity(found.base, found.effects[0], "tpot_mean_s");
  CHECK(value->value == Approx(-1));
  CHECK(value->from == "±10 %");
}

TEST_CASE("less that cannot be leaves the difference upwards", "[explain]") {
  const auto law = test::runs_of([](const Amounts& a) { return 1 / at(a, "dram"); });
  const auto refuse = [&](const std::vector<std::vector<std::string>>& all) {
    auto trials = law(all);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (test::at(test::amounts_of(all[i]), "dram") < 1) trials[i] = {{}, "does not fit"};
    return trials;
  };
  const auto found = explain({test::resource("dram")}, {}, "makespan_s", refuse);
  const auto value = elasticity(found.base, found.effects[0], "makespan_s");
  REQUIRE(value);
  CHECK(value->value == Approx(-1));
  CHECK(value->from == "+10 %");
  CHECK(found.effects[0].less.problem == "does not fit");
}

TEST_CASE("a scenario that cannot be run has no explanation", "[explain]") {
  const auto fail = [](const std::vector<std::vector<std::string>>& all) {
    return std::vector<Trial>(all.size(), Trial{{}, "does not fit"});
  };
  CHECK_THROWS_WITH(explain({test::resource("hbm")}, {}, "makespan_s", fail), "does not fit");
}

TEST_CASE("a metric that was not measured has no explanation", "[explain]") {
  const auto run = test::runs_of([](const Amounts&) { return 1.0; });
  CHECK_THROWS_AS(explain({test::resource("hbm")}, {}, "slo_attainment", run), UserError);
}

TEST_CASE("the metric follows from what binds the run", "[explain]") {
  const auto law = [](const Amounts& a) { return 1 / at(a, "hbm"); };
  CHECK(explain({test::resource("hbm")}, {}, {}, test::runs_of(law)).metric ==
        "output_tokens_per_s");
  const auto by_arrivals = [&](const std::vector<std::vector<std::string>>& all) {
    auto trials = test::runs_of(law)(all);
    for (auto& trial : trials) trial.seen->metrics.binding_resource = "offered_load";
    return trials;
  };
  CHECK(explain({test::resource("hbm")}, {}, {}, by_arrivals).metric == "tpot_mean_s");
}

TEST_CASE("every run has the pinned settings", "[explain]") {
  const auto run = [&](const std::vector<std::vector<std::string>>& all) {
    for (const auto& settings : all) CHECK(settings.front() == "seqs=256");
    return test::runs_of([](const Amounts& a) { return 1 / at(a, "hbm"); })(all);
  };
  explain({test::resource("hbm")}, {"seqs=256"}, {}, run);
}

TEST_CASE("the ledger's change is per device and largest first", "[explain]") {
  Observation before, after;
  before.ledger = {{"useful", "hbm", 4'000'000'000, 2}, {"no_work", "hbm", 2'000'000'000, 2}};
  after.ledger = {{"useful", "hbm", 4'000'000'000, 1}, {"policy", "hbm", 500'000'000, 1}};
  const auto changes = ledger_change(before, after);
  // useful 2 s -> 4 s, no_work 1 s -> 0, policy 0 -> 0.5 s.
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].category == "useful");
  CHECK(changes[0].before_s == Approx(2));
  CHECK(changes[0].after_s == Approx(4));
  CHECK(changes[1].category == "no_work");
  CHECK(changes[1].after_s == 0);
  CHECK(changes[2].category == "policy");
  CHECK(changes[2].after_s == Approx(0.5));
}

TEST_CASE("ledgers of different resources are not compared", "[explain]") {
  Observation before, after;
  before.ledger = {{"useful", "hbm", 4, 1}};
  after.ledger = {{"useful", "compute", 4, 1}};
  CHECK(ledger_change(before, after).empty());
}

}  // namespace
}  // namespace headroom
