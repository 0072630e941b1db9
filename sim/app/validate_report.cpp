#include "sim/app/validate_report.hpp"

#include <nlohmann/json.hpp>

#include "analysis/validate/validation_tables.hpp"
#include "sim/app/standard_output.hpp"

namespace headroom {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json row_object(const Comparison& row) {
  return {{"case", row.case_name},
          {"line", row.line},
          {"row", row.label},
          {"metric", row.metric},
          {"use", std::string(name_of(row.use))},
          {"predicted", number_or_null(row.predicted)},
          {"measured", row.use == RowUse::kExcluded ? Json(nullptr) : Json(row.measured)},
          {"ape", row.is_compared() ? Json(row.ape()) : Json(nullptr)},
          {"efficiency", number_or_null(row.efficiency)},
          {"why", row.why.empty() ? Json(nullptr) : Json(row.why)}};
}

// Figures of no rows are null, not 0.
Json stats_object(const ErrorStats& stats, const Comparison* worst) {
  const bool any = stats.n > 0;
  const auto figure = [any](double value) { return any ? Json(value) : Json(nullptr); };
  return {{"n", stats.n},
          {"median_ape", figure(stats.median_ape)},
          {"mean_ape", figure(stats.mean_ape)},
          {"p90_ape", figure(stats.p90_ape)},
          {"bias", figure(stats.bias)},
          {"within_1_35x", figure(stats.within_1_35)},
          {"worst", worst != nullptr ? row_object(*worst) : Json(nullptr)},
          {"spearman", number_or_null(stats.spearman)}};
}

Json group_object(const GroupSummary& group) {
  Json object{{"group", group.group}};
  object.update(stats_object(group.all, worst_of(group.rows)));
  object["in_sample"] = stats_object(group.fitted, worst_of(group.rows, RowUse::kFit));
  object["left_out"] = stats_object(group.held, worst_of(group.rows, RowUse::kHeld));
  object["excluded"] = Json::array();
  for (const auto& exclusion : group.exclusions)
    object["excluded"].push_back({{"why", exclusion.why}, {"rows", exclusion.rows}});
  object["rows"] = Json::array();
  for (const auto& row : group.rows) object["rows"].push_back(row_object(row));
  return object;
}

// The table of rows without those that are excluded: they have a table of their own.
Table compared_table(std::span<const Comparison> rows) {
  std::vector<Comparison> compared;
  for (const auto& row : rows)
    if (row.use != RowUse::kExcluded) compared.push_back(row);
  return comparison_table(compared);
}

}  // namespace

std::string validation_text(std::span<const Comparison> rows,
                            std::span<const SkippedCase> skipped) {
  const auto groups = summarize_groups(rows);
  std::string text = rendered_text(compared_table(rows)) +
                     "\nerrors (APE: |predicted - measured| / measured)\n\n" +
                     rendered_text(summary_table(groups));
  const Table exclusions = exclusion_table(groups);
  if (!exclusions.rows.empty())
    text += "\nrows without a prediction\n\n" + rendered_text(exclusions);
  for (const auto& one : skipped) text += "\nSKIPPED " + one.case_name + ": " + one.why + '\n';
  return text;
}

std::string validation_json(std::span<const Comparison> rows) {
  Json groups = Json::array();
  for (const auto& group : summarize_groups(rows)) groups.push_back(group_object(group));
  return groups.dump(2, ' ', false, nlohmann::detail::error_handler_t::replace) + '\n';
}

}  // namespace headroom
