#include "analysis/validate/validation_tables.hpp"

namespace headroom {
namespace {

Cell number_or_none(const std::optional<double>& value) {
  return value ? Cell(*value) : Cell(std::monostate{});
}

void add_stats(Table& table, const GroupSummary& group, const char* what, const ErrorStats& stats,
               const Comparison* worst) {
  if (stats.n == 0) return;
  table.rows.push_back({group.group, std::string(what), stats.n, stats.median_ape, stats.mean_ape,
                        stats.p90_ape, stats.within_1_35, stats.bias,
                        number_or_none(stats.spearman), worst->ape(),
                        worst->case_name + " line " + std::to_string(worst->line)});
}

}  // namespace

Table comparison_table(std::span<const Comparison> rows) {
  Table table;
  table.columns = {{"case"},      {"line"},  {"row"}, {"metric"},     {"use"}, {"measured"},
                   {"predicted"}, {"ratio"}, {"ape"}, {"efficiency"}, {"why"}};
  for (const auto& row : rows) {
    const bool compared = row.is_compared();
    const bool excluded = row.use == RowUse::kExcluded;
    table.rows.push_back({row.case_name, row.line, row.label, excluded ? Cell{} : Cell(row.metric),
                          std::string(name_of(row.use)), excluded ? Cell{} : Cell(row.measured),
                          number_or_none(row.predicted), compared ? Cell(row.ratio()) : Cell{},
                          compared ? Cell(row.ape()) : Cell{}, number_or_none(row.efficiency),
                          row.why.empty() ? Cell{} : Cell(row.why)});
  }
  return table;
}

Table summary_table(std::span<const GroupSummary> groups) {
  Table table;
  table.columns = {{"group"},   {"rows"},         {"n"},    {"median_ape"}, {"mean_ape"},
                   {"p90_ape"}, {"within_1_35x"}, {"bias"}, {"spearman"},   {"worst_ape"},
                   {"worst"}};
  for (const auto& group : groups) {
    add_stats(table, group, "fit", group.fitted, worst_of(group.rows, RowUse::kFit));
    add_stats(table, group, "held", group.held, worst_of(group.rows, RowUse::kHeld));
    add_stats(table, group, "all", group.all, worst_of(group.rows, std::nullopt));
  }
  return table;
}

Table exclusion_table(std::span<const GroupSummary> groups) {
  Table table;
  table.columns = {{"group"}, {"rows"}, {"why"}};
  for (const auto& group : groups)
    for (const auto& exclusion : group.exclusions)
      table.rows.push_back({group.group, exclusion.rows, exclusion.why});
  return table;
}

}  // namespace headroom
