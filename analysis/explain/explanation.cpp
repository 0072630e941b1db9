#include "analysis/explain/explanation.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/metrics/named_metric.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr double kStep = 0.1;

using Settings = std::vector<std::string>;

// Runs that are collected first, so that they can be simulated side by side.
class Round {
 public:
  explicit Round(Settings always) : always_(std::move(always)) {}

  // `result` is filled by run() and must stay where it is until then.
  void add(const Settings& settings, Variation& result) {
    settings_.push_back(always_);
    settings_.back().insert(settings_.back().end(), settings.begin(), settings.end());
    results_.push_back(&result);
  }

  // What is possible of the resource so many times as large as the scenario has it.
  void add(const Resource& resource, double factor, Variation& result) {
    result.change = resource.scaled(factor);
    if (result.change) add(result.change->settings, result);
  }

  void run(const RunTrials& run_trials) {
    auto trials = run_trials(settings_);
    HEADROOM_CHECK(trials.size() == results_.size(), "a trial for each of ", results_.size(),
                   " runs");
    for (std::size_t i = 0; i < results_.size(); ++i) {
      results_[i]->seen = std::move(trials[i].seen);
      results_[i]->problem = std::move(trials[i].problem);
    }
  }

 private:
  Settings always_;
  std::vector<Settings> settings_;
  std::vector<Variation*> results_;
};

std::vector<ResourceEffect> no_effects(const std::vector<Resource>& resources) {
  std::vector<ResourceEffect> effects(resources.size());
  for (std::size_t i = 0; i < resources.size(); ++i) {
    effects[i].resource = resources[i].name;
    effects[i].amount = resources[i].amount;
  }
  return effects;
}

std::vector<ResourceEffect> effects_around(const std::vector<Resource>& resources,
                                           const Settings& pinned, Variation& base,
                                           const RunTrials& run) {
  auto effects = no_effects(resources);
  Round round(pinned);
  round.add({}, base);
  for (std::size_t i = 0; i < resources.size(); ++i) {
    round.add(resources[i], 1 - kStep, effects[i].less);
    round.add(resources[i], 1 + kStep, effects[i].more);
    round.add(resources[i], 2, effects[i].doubled);
  }
  round.run(run);
  return effects;
}

// The same with one resource doubled, which is where its own changes start from.
std::vector<ResourceEffect> effects_beyond(const std::vector<Resource>& resources,
                                           std::size_t doubled, const ResourceChange& change,
                                           Settings always, const RunTrials& run) {
  auto effects = no_effects(resources);
  always.insert(always.end(), change.settings.begin(), change.settings.end());
  Round round(always);
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const double from = i == doubled ? change.factor : 1;
    for (auto* variation : {&effects[i].less, &effects[i].more}) {
      const double step = variation == &effects[i].less ? 1 - kStep : 1 + kStep;
      round.add(resources[i], from * step, *variation);
      if (variation->change) variation->change->factor /= from;
    }
  }
  round.run(run);
  return effects;
}

std::optional<double> positive_metric(const std::optional<Observation>& seen,
                                      const std::string& metric) {
  if (!seen) return std::nullopt;
  const auto value = metric_value(seen->metrics, metric);
  return value && *value > 0 && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::size_t> largest_gain(const Observation& base,
                                        const std::vector<ResourceEffect>& effects,
                                        const std::string& metric) {
  std::optional<std::size_t> best;
  double most = kLeastElasticity;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const auto found = elasticity(base, effects[i], metric);
    if (!found || gain(*found, metric) < most) continue;
    most = gain(*found, metric);
    best = i;
  }
  return best;
}

std::string default_metric(const Observation& base) {
  const bool follows_arrivals = base.metrics.binding_resource == "offered_load";
  return follows_arrivals && base.metrics.tpot_s ? "tpot_mean_s" : "output_tokens_per_s";
}

double seconds_per_device(const LedgerRow& row) {
  return static_cast<double>(row.duration_ns) / 1e9 /
         static_cast<double>(std::max<std::int64_t>(1, row.devices));
}

}  // namespace

std::optional<Elasticity> elasticity(const Observation& base, const ResourceEffect& effect,
                                     const std::string& metric) {
  const auto now = positive_metric(base, metric);
  const auto less = positive_metric(effect.less.seen, metric);
  const auto more = positive_metric(effect.more.seen, metric);
  const auto twice = positive_metric(effect.doubled.seen, metric);
  if (less && more)
    return Elasticity{
        std::log(*more / *less) / std::log(effect.more.change->factor / effect.less.change->factor),
        "±10 %"};
  if (!now) return std::nullopt;
  if (more)
    return Elasticity{std::log(*more / *now) / std::log(effect.more.change->factor), "+10 %"};
  if (less)
    return Elasticity{std::log(*less / *now) / std::log(effect.less.change->factor), "-10 %"};
  if (twice)
    return Elasticity{std::log(*twice / *now) / std::log(effect.doubled.change->factor), "x2"};
  return std::nullopt;
}

double gain(const Elasticity& elasticity, const std::string& metric) {
  return is_higher_better(metric) ? elasticity.value : -elasticity.value;
}

std::vector<LedgerChange> ledger_change(const Observation& before, const Observation& after) {
  if (before.ledger.empty() || after.ledger.empty() ||
      before.ledger.front().resource != after.ledger.front().resource)
    return {};
  std::vector<LedgerChange> changes;
  for (const auto& row : before.ledger)
    changes.push_back({row.category, seconds_per_device(row), 0});
  for (const auto& row : after.ledger) {
    const auto same = [&](const LedgerChange& change) { return change.category == row.category; };
    const auto found = std::find_if(changes.begin(), changes.end(), same);
    if (found != changes.end())
      found->after_s = seconds_per_device(row);
    else
      changes.push_back({row.category, 0, seconds_per_device(row)});
  }
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
    return std::abs(a.after_s - a.before_s) > std::abs(b.after_s - b.before_s);
  });
  return changes;
}

Explanation explain(const std::vector<Resource>& resources, const Settings& pinned,
                    const std::optional<std::string>& metric, const RunTrials& run) {
  Variation base;
  Explanation result;
  result.effects = effects_around(resources, pinned, base, run);
  if (!base.seen) throw UserError(base.problem);
  result.base = std::move(*base.seen);
  result.metric = metric.value_or(default_metric(result.base));
  if (!positive_metric(result.base, result.metric))
    throw UserError("error: the run has no '" + result.metric +
                    "' above zero to explain; choose another --metric");
  result.first = largest_gain(result.base, result.effects, result.metric);
  if (!result.first) return result;
  const Variation& doubled = result.effects[*result.first].doubled;
  if (!doubled.seen) return result;
  result.after_first = effects_beyond(resources, *result.first, *doubled.change, pinned, run);
  result.next = largest_gain(*doubled.seen, result.after_first, result.metric);
  return result;
}

}  // namespace headroom
