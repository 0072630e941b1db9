#include "sim/app/explain_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "analysis/explain/limit_agreement.hpp"
#include "analysis/metrics/named_metric.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/ledger_words.hpp"
#include "sim/app/standard_output.hpp"

namespace headroom {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownChanges = 3;
constexpr double kLeastChange = 0.005;  // of the time of a device: below it nothing has moved

std::string fixed(double value, const char* format) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string human_metric(const std::string& metric, double value) {
  if (metric.ends_with("_per_s")) return human_number(value) + " /s";
  return metric.ends_with("_s") ? human_time(value) : human_number(value);
}

std::string elasticity_text(const std::optional<Elasticity>& found) {
  if (!found) return "-";
  const double rounded = std::abs(found->value) < 0.005 ? 0.0 : found->value;
  return fixed(rounded, rounded == 0 ? "%.2f" : "%+.2f") +
         (found->from == "±10 %" ? "" : " (" + found->from + ")");
}

// "-12.3 %": of the base.
std::string change_text(const Observation& base, const std::optional<Observation>& seen,
                        const std::string& metric) {
  const auto before = metric_value(base.metrics, metric);
  const auto after = seen ? metric_value(seen->metrics, metric) : std::nullopt;
  if (!before || !after || *before == 0) return "-";
  const double percent = (*after / *before - 1) * 100;
  return fixed(std::abs(percent) < 0.05 ? 0.0 : percent, "%+.1f %%");
}

std::vector<const ResourceEffect*> by_gain(const Observation& base,
                                           const std::vector<ResourceEffect>& effects,
                                           const std::string& metric) {
  std::vector<const ResourceEffect*> order;
  for (const auto& effect : effects) order.push_back(&effect);
  const auto value = [&](const ResourceEffect* effect) {
    const auto found = elasticity(base, *effect, metric);
    return found ? gain(*found, metric) : -1e9;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* a, const auto* b) { return value(a) > value(b) + 1e-3; });
  return order;
}

// The metrics that are shown beside the one that is explained.
std::vector<std::string> other_metrics(const Explanation& explanation) {
  std::vector<std::string> others;
  for (const char* metric : {"ttft_mean_s", "tpot_mean_s", "output_tokens_per_s"})
    if (metric != explanation.metric && metric_value(explanation.base.metrics, metric))
      others.emplace_back(metric);
  return others;
}

Table effect_table(const Explanation& explanation) {
  const std::string& metric = explanation.metric;
  const auto others = other_metrics(explanation);
  Table table{{{"resource"}, {"now"}, {"elasticity"}, {"+10 %"}, {"x2"}}, {}};
  for (const auto& other : others) table.columns.push_back({"elasticity of " + other});
  for (const auto* effect : by_gain(explanation.base, explanation.effects, metric)) {
    std::vector<Cell> row{effect->resource, effect->amount,
                          elasticity_text(elasticity(explanation.base, *effect, metric)),
                          change_text(explanation.base, effect->more.seen, metric),
                          change_text(explanation.base, effect->doubled.seen, metric)};
    for (const auto& other : others)
      row.emplace_back(elasticity_text(elasticity(explanation.base, *effect, other)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string ledger_text(const Explanation& explanation, const ResourceEffect& effect) {
  const Observation& after = *effect.doubled.seen;
  const auto changes = ledger_change(explanation.base, after);
  if (changes.empty())
    return "  the ledger now accounts for " + after.ledger.front().resource + " instead of " +
           explanation.base.ledger.front().resource + '\n';
  std::string text;
  std::size_t shown = 0;
  for (const auto& change : changes) {
    const double moved = std::abs(change.after_s - change.before_s);
    if (shown++ == kShownChanges || moved < kLeastChange * explanation.base.metrics.makespan_s)
      break;
    const std::string words = ledger_words(change.category);
    text += "  " + change.category + ' ' + human_time(change.before_s) + " -> " +
            human_time(change.after_s) + (words.empty() ? "" : "   " + words) + '\n';
  }
  return text.empty() ? "  nothing moved\n" : text;
}

std::string next_text(const Explanation& explanation) {
  const std::string& metric = explanation.metric;
  if (!explanation.first)
    return "no resource is worth buying for " + metric + ": every elasticity is below " +
           fixed(kLeastElasticity, "%.2f") + '\n';
  const ResourceEffect& first = explanation.effects[*explanation.first];
  if (!first.doubled.seen)
    return first.resource + " cannot be doubled: " + first.doubled.problem + '\n';
  std::string text = "with twice the " + first.resource + ", per device\n\n" +
                     ledger_text(explanation, first) + "\nnext bottleneck: ";
  if (!explanation.next)
    return text + "none, nothing else matters by " + fixed(kLeastElasticity, "%.2f") + '\n';
  const ResourceEffect& next = explanation.after_first[*explanation.next];
  text += next.resource + (next.resource == first.resource ? " still (" : " (") +
          elasticity_text(elasticity(*first.doubled.seen, next, metric)) + ')';
  const char* separator = "; then ";
  for (const auto* effect : by_gain(*first.doubled.seen, explanation.after_first, metric)) {
    const auto found = elasticity(*first.doubled.seen, *effect, metric);
    if (!found || effect->resource == next.resource || gain(*found, metric) < kLeastElasticity)
      continue;
    text += separator + effect->resource + " (" + elasticity_text(found) + ')';
    separator = ", ";
  }
  return text + '\n';
}

std::string limits_text(const Explanation& explanation) {
  const LimitComparison found = compare_with_limits(explanation);
  const std::string attained = human_percent(found.attained_fraction) + " of the limit by " +
                               found.limit_resource + " is attained";
  const std::string measured = found.measured_resource
                                   ? "the makespan hangs on " + *found.measured_resource + " (" +
                                         fixed(-found.makespan_gain, "%+.2f") + ")"
                                   : "the makespan hangs on no resource";
  switch (found.agreement) {
    case Agreement::kAgree:
      return "agrees with the limits: " + attained + ", and " + measured + '\n';
    case Agreement::kDisagree:
      return "differs from the limits: " + attained + ", but " + measured + '\n';
    case Agreement::kOfferedLoad:
      return "limits: bound by its arrivals, " + attained +
             "; resources change latencies, not how long the run takes\n";
    case Agreement::kNotBound:
      return "limits: not bound by one resource, " + attained + "; " + measured + '\n';
  }
  return "";
}

std::string problems_text(const Explanation& explanation) {
  std::string text;
  for (const auto& effect : explanation.effects)
    for (const auto* variation : {&effect.less, &effect.more, &effect.doubled})
      if (!variation->problem.empty())
        text += "not run: " + effect.resource + " x " + fixed(variation->change->factor, "%.3g") +
                ": " + variation->problem.substr(0, variation->problem.find('\n')) + '\n';
  return text;
}

Cell cell_of(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

std::optional<double> seen_value(const Variation& variation, const std::string& metric) {
  return variation.seen ? metric_value(variation.seen->metrics, metric) : std::nullopt;
}

void add_rows(const Observation& base, const std::vector<ResourceEffect>& effects,
              const std::string& metric, const std::string& doubled, Table& table) {
  for (const auto& effect : effects) {
    const auto found = elasticity(base, effect, metric);
    std::string problem;
    for (const auto* variation : {&effect.less, &effect.more, &effect.doubled})
      if (problem.empty()) problem = variation->problem;
    table.rows.push_back({doubled.empty() ? Cell() : Cell(doubled), effect.resource, effect.amount,
                          found ? Cell(found->value) : Cell(), found ? Cell(found->from) : Cell(),
                          cell_of(seen_value(effect.less, metric)),
                          cell_of(seen_value(effect.more, metric)),
                          cell_of(seen_value(effect.doubled, metric)), problem});
  }
}

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json json_of(const Variation& variation, const std::string& metric) {
  if (!variation.change) return nullptr;
  Json json{{"factor", variation.change->factor},
            {"settings", variation.change->settings},
            {"value", json_of(seen_value(variation, metric))}};
  json["problem"] = variation.problem.empty() ? Json() : Json(variation.problem);
  return json;
}

Json json_of(const Observation& base, const ResourceEffect& effect,
             const Explanation& explanation) {
  const auto found = elasticity(base, effect, explanation.metric);
  Json json{{"resource", effect.resource},
            {"amount", effect.amount},
            {"elasticity", found ? Json(found->value) : Json()},
            {"from", found ? Json(found->from) : Json()},
            {"less", json_of(effect.less, explanation.metric)},
            {"more", json_of(effect.more, explanation.metric)},
            {"doubled", json_of(effect.doubled, explanation.metric)}};
  json["elasticities"] = Json::object();
  for (const auto& other : other_metrics(explanation)) {
    const auto value = elasticity(base, effect, other);
    json["elasticities"][other] = value ? Json(value->value) : Json();
  }
  if (!effect.doubled.seen) return json;
  json["ledger_change"] = Json::array();
  for (const auto& change : ledger_change(base, *effect.doubled.seen))
    json["ledger_change"].push_back({{"category", change.category},
                                     {"before_s", change.before_s},
                                     {"after_s", change.after_s}});
  return json;
}

std::string_view name_of(Agreement agreement) {
  constexpr std::array<std::string_view, 4> kNames{"agree", "differ", "offered_load", "not_bound"};
  return kNames[static_cast<std::size_t>(agreement)];
}

}  // namespace

std::string explain_text(const std::string& name, const Explanation& explanation) {
  const std::string& metric = explanation.metric;
  const double value = *metric_value(explanation.base.metrics, metric);
  return name + ": what " + metric + " (" + human_metric(metric, value) + ") hangs on\n\n" +
         rendered_text(effect_table(explanation)) +
         "\nelasticity: d log(metric) / d log(resource); -1 is a time that halves when the "
         "resource doubles\n\n" +
         next_text(explanation) + '\n' + limits_text(explanation) + problems_text(explanation);
}

Table explain_table(const Explanation& explanation) {
  Table table{{{"doubled"},
               {"resource"},
               {"amount"},
               {"elasticity"},
               {"from"},
               {"value_less"},
               {"value_more"},
               {"value_doubled"},
               {"problem"}},
              {}};
  add_rows(explanation.base, explanation.effects, explanation.metric, "", table);
  if (!explanation.after_first.empty())
    add_rows(*explanation.effects[*explanation.first].doubled.seen, explanation.after_first,
             explanation.metric, explanation.effects[*explanation.first].resource, table);
  return table;
}

std::string explain_json(const std::string& name, const Explanation& explanation) {
  Json json{{"name", name},
            {"metric", explanation.metric},
            {"value", *metric_value(explanation.base.metrics, explanation.metric)},
            {"makespan_s", explanation.base.metrics.makespan_s}};
  json["resources"] = Json::array();
  for (const auto* effect : by_gain(explanation.base, explanation.effects, explanation.metric))
    json["resources"].push_back(json_of(explanation.base, *effect, explanation));
  json["next"] = nullptr;
  if (!explanation.after_first.empty()) {
    const ResourceEffect& first = explanation.effects[*explanation.first];
    Json next{
        {"doubled", first.resource},
        {"resource",
         explanation.next ? Json(explanation.after_first[*explanation.next].resource) : Json()}};
    next["resources"] = Json::array();
    for (const auto* effect :
         by_gain(*first.doubled.seen, explanation.after_first, explanation.metric))
      next["resources"].push_back(json_of(*first.doubled.seen, *effect, explanation));
    json["next"] = std::move(next);
  }
  const LimitComparison limits = compare_with_limits(explanation);
  json["limits"] = {
      {"agreement", name_of(limits.agreement)},
      {"binding_resource", limits.limit_resource},
      {"attained_fraction", limits.attained_fraction},
      {"measured_resource", limits.measured_resource ? Json(*limits.measured_resource) : Json()},
      {"makespan_elasticity", -limits.makespan_gain}};
  return json.dump(2) + '\n';
}

}  // namespace headroom
