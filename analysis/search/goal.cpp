#include "analysis/search/goal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "analysis/metrics/named_metric.hpp"
#include "sim/config/map_reader.hpp"
#include "sim/config/quote.hpp"

namespace headroom {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Condition::Bound> bound_of(std::string_view text) {
  for (const std::string_view sign : {"<=", ">=", "<", ">"}) {
    const auto at = text.find(sign);
    if (at == std::string_view::npos) continue;
    const auto metric = trimmed(text.substr(0, at));
    const auto value = number_of(trimmed(text.substr(at + sign.size())));
    if (!value || !is_numeric_metric(metric)) return std::nullopt;
    return Condition::Bound{std::string(metric), sign.front() == '<', *value};
  }
  return std::nullopt;
}

std::string not_a_metric(const std::string& name) {
  return quote(name) + " is no metric of a run" + suggest(name, numeric_metric_names(), "metrics");
}

void read_condition(const Node& node, Diagnostics& diagnostics, std::vector<Condition>& list) {
  if (!node.is_scalar())
    return diagnostics.error(node.where, "a condition is a text, such as \"ttft_p99_s <= 0.5\"");
  try {
    Condition condition{node.text, Expression::parse(node.text), bound_of(node.text)};
    for (const auto& name : condition.expression.names())
      if (!is_numeric_metric(name))
        diagnostics.error(node.where,
                          "the condition " + quote(node.text) + ": " + not_a_metric(name));
    if (condition.expression.names().empty())
      diagnostics.error(node.where, "the condition " + quote(node.text) + " names no metric");
    list.push_back(std::move(condition));
  } catch (const UserError& error) {
    diagnostics.error(node.where, "the condition " + quote(node.text) + ": " + error.what());
  }
}

std::optional<Objective> read_objective(MapReader& reader) {
  if (reader.has("minimize") && reader.has("maximize"))
    reader.error("maximize", "and 'search.minimize' exclude each other");
  std::optional<Objective> objective;
  for (const char* key : {"minimize", "maximize"}) {
    const auto metric = reader.optional_text(key);
    if (!metric) continue;
    objective = Objective{*metric, std::string_view(key) == "maximize"};
    if (!is_numeric_metric(*metric))
      reader.diagnostics().error(reader.where(key), not_a_metric(*metric));
  }
  return objective;
}

// A number and what follows it.
std::optional<std::pair<double, std::string>> split_quantity(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return std::pair{value,
                   std::string(trimmed(text.substr(static_cast<std::size_t>(end - text.data()))))};
}

double read_end(MapReader& reader, const char* key, std::string& unit) {
  const std::string text = reader.text(key);
  const auto parts = split_quantity(text);
  if (!parts || !(parts->first > 0) || !std::isfinite(parts->first)) {
    reader.error(key, "must be a number above 0 in the unit of the key, got " + quote(text));
    return 1;
  }
  unit = parts->second;
  return parts->first;
}

Quest read_quest(MapReader& reader) {
  Quest quest;
  std::string unit_of_end;
  quest.key = reader.text("key");
  quest.from = read_end(reader, "from", quest.unit);
  quest.to = read_end(reader, "to", unit_of_end);
  const std::string tolerance = reader.text("tolerance", std::string("1 %"));
  const auto parts = split_quantity(tolerance);
  if (!parts || !(parts->first > 0) || (parts->second != "%" && !parts->second.empty()))
    reader.error("tolerance", "must be a share above 0, such as '1 %', got " + quote(tolerance));
  else
    quest.tolerance = parts->second == "%" ? parts->first / 100 : parts->first;
  reader.finish();
  if (quest.unit != unit_of_end) reader.error("to", "and 'search.find.from' have different units");
  if (quest.from >= quest.to) reader.error("to", "must be more than 'search.find.from'");
  quest.whole = quest.unit.empty() && quest.from == std::floor(quest.from) &&
                quest.to == std::floor(quest.to);
  return quest;
}

ExpressionValue value_in(const MetricValues& values, const std::string& name) {
  return value_of(values, name).value_or(std::nan(""));
}

}  // namespace

bool holds(const Condition& condition, const MetricValues& values) {
  return condition.expression.is_true(
      [&](const std::string& name) { return value_in(values, name); });
}

double violation(const Condition& condition, const MetricValues& values) {
  if (holds(condition, values)) return 0;
  if (!condition.bound) return 1;
  const auto value = value_of(values, condition.bound->metric);
  if (!value || condition.bound->value == 0) return 1;
  return std::abs(*value / condition.bound->value - 1);
}

std::string setting_of(const Quest& quest, double value) {
  std::array<char, 64> digits{};
  const auto end = quest.whole ? std::to_chars(digits.data(), digits.data() + digits.size(),
                                               static_cast<std::int64_t>(std::llround(value)))
                                     .ptr
                               : std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                               std::chars_format::general, 6)
                                     .ptr;
  return quest.key + '=' + std::string(digits.data(), end) +
         (quest.unit.empty() ? "" : ' ' + quest.unit);
}

std::vector<std::string> SearchGoal::metrics() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (objective) add(objective->name);
  for (const auto& condition : conditions)
    for (const auto& name : condition.expression.names()) add(name);
  return names;
}

SearchGoal read_goal(const SweepPlan& plan) {
  ReadContext context;
  MapReader reader(plan.search, "search", context);
  SearchGoal goal;
  goal.objective = read_objective(reader);
  if (const Node* section = reader.node("subject_to")) {
    const std::vector<Node> alone{*section};
    for (const auto& item : section->is_list() ? section->items : alone)
      read_condition(item, context.diagnostics, goal.conditions);
  }
  const std::vector<std::string> methods{"auto", "exhaustive", "halving"};
  const std::string method = reader.choice("method", methods, std::string("auto"));
  goal.method = static_cast<SearchMethod>(std::find(methods.begin(), methods.end(), method) -
                                          methods.begin());
  goal.budget = reader.number("budget", {.low = 0, .low_is_allowed = false, .high = 1}, 1.0 / 3);
  if (auto section = reader.optional_child("find")) goal.quest = read_quest(*section);
  reader.finish();
  if (!goal.objective && !goal.quest)
    context.diagnostics.error(reader.where(),
                              "'search' needs 'minimize' or 'maximize' with a metric, or 'find'");
  if (goal.quest && goal.conditions.empty())
    context.diagnostics.error(reader.where(),
                              "'search.find' needs 'subject_to': what has to hold at the value");
  context.diagnostics.throw_if_any();
  return goal;
}

std::string missing_for(const SearchGoal& goal, const Scenario& scenario) {
  for (const auto& metric : goal.metrics()) {
    if ((metric == "price_per_hour" || metric == "cost_usd_per_million_output_tokens") &&
        !scenario.hardware.price_per_hour)
      return "the search needs " + metric + ", and 'hardware.price_per_hour' of " +
             scenario.hardware.gpu.name + " is not given: set it (such as '2.5 USD/h' per replica)";
    if ((metric == "slo_attainment" || metric == "goodput_requests_per_s") && !scenario.slo &&
        scenario.class_slos.empty())
      return "the search needs " + metric + ", and the scenario has no 'slo'";
  }
  return "";
}

}  // namespace headroom
