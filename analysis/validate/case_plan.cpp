#include "analysis/validate/case_plan.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "sim/config/diagnostics.hpp"

namespace headroom {
namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::optional<double> positive_number(const std::string& text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || !(value > 0))
    return std::nullopt;
  return value;
}

class Planner {
 public:
  Planner(const ValidationCase& validation, const DataTable& data)
      : case_(validation),
        data_(data),
        measured_(column(validation.measured, validation.measured_where)) {
    for (const auto& filter : case_.filters)
      filter_columns_.push_back(column(filter.column, filter.where));
    for (const auto& label : case_.label)
      label_columns_.push_back(column(label.column, label.where));
    problems_.throw_if_any();
  }

  std::vector<PlannedRow> plan() {
    if (case_.rows)
      check_listed();
    else
      take_all();
    problems_.throw_if_any();
    std::sort(planned_.begin(), planned_.end(),
              [](const PlannedRow& a, const PlannedRow& b) { return a.line < b.line; });
    return std::move(planned_);
  }

 private:
  std::size_t column(const std::string& name, const SourcePosition& where) {
    const auto found = data_.column(name);
    if (!found)
      problems_.error(where, "'" + name + "' is no column of " + data_.shown_as +
                                 suggest(name, data_.columns, "columns"));
    return found.value_or(0);
  }

  bool is_selected(const DataRow& row) const {
    for (std::size_t i = 0; i < filter_columns_.size(); ++i) {
      const auto& text = row.fields[filter_columns_[i]];
      const auto& patterns = case_.filters[i].patterns;
      if (std::none_of(patterns.begin(), patterns.end(),
                       [&](const auto& pattern) { return matches_pattern(text, pattern); }))
        return false;
    }
    return true;
  }

  void check_listed() {
    std::map<std::int64_t, bool> listed;
    for (const auto& row : *case_.rows) {
      listed[row.line] = true;
      const DataRow* found = data_.at_line(row.line);
      if (found != nullptr && is_selected(*found))
        add(*found, row);
      else
        problems_.error(row.where, "line " + std::to_string(row.line) + " of " + data_.shown_as +
                                       (found == nullptr ? " is not there"
                                                         : " is not selected by 'data.where'"));
    }
    for (const auto& row : data_.rows)
      if (is_selected(row) && !listed.contains(row.line))
        problems_.error(case_.data_where, "line " + std::to_string(row.line) +
                                              " is selected by 'data.where' but not listed in "
                                              "'rows': fit, hold or exclude it");
  }

  void take_all() {
    for (const auto& row : data_.rows)
      if (is_selected(row))
        add(row, {.line = row.line,
                  .why = {},
                  .predict = {},
                  .overrides = {},
                  .where = case_.data_where});
    if (planned_.empty()) problems_.error(case_.data_where, "'data.where' selects no row");
  }

  void add(const DataRow& data_row, const CaseRow& row) {
    PlannedRow planned{.line = row.line,
                       .use = row.use,
                       .why = row.why,
                       .label = label_of(data_row),
                       .metric = row.predict.empty() ? case_.predict : row.predict,
                       .scenario = {},
                       .overrides = {},
                       .where = row.where};
    if (row.use != RowUse::kExcluded) {
      const std::string& text = data_row.fields[measured_];
      const auto value = positive_number(text);
      if (!value)
        problems_.error(row.where, "'" + case_.measured + "' of line " + std::to_string(row.line) +
                                       " is '" + text + "', not a positive number");
      planned.measured = value.value_or(1);
      planned.scenario = with_columns(case_.scenario, data_, data_row);
      for (const auto& text_of : row.overrides)
        planned.overrides.push_back(with_columns(text_of, data_, data_row));
    }
    planned_.push_back(std::move(planned));
  }

  std::string label_of(const DataRow& row) const {
    std::string label;
    for (const auto column : label_columns_)
      if (!row.fields[column].empty()) label += (label.empty() ? "" : ", ") + row.fields[column];
    return label;
  }

  const ValidationCase& case_;
  const DataTable& data_;
  Diagnostics problems_;
  std::size_t measured_;
  std::vector<std::size_t> filter_columns_, label_columns_;
  std::vector<PlannedRow> planned_;
};

}  // namespace

std::string with_columns(std::string_view text, const DataTable& data, const DataRow& row) {
  std::string filled;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '$')
      while (end < text.size() && is_name_character(text[end])) ++end;
    const auto column = data.column(text.substr(at + 1, end - at - 1));
    filled += text[at] == '$' && column ? std::string_view(row.fields[*column])
                                        : text.substr(at, end - at);
    at = end;
  }
  return filled;
}

std::vector<PlannedRow> plan_case(const ValidationCase& validation, const DataTable& data) {
  return Planner(validation, data).plan();
}

}  // namespace headroom
