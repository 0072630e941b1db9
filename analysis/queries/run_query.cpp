#include "analysis/queries/run_query.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "analysis/metrics/named_metric.hpp"
#include "analysis/queries/named_queries.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/record/database.hpp"
#include "sim/record/statement.hpp"

namespace headroom {
namespace {

template <class Number>
bool reads_as(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

void bind_text_value(Statement& statement, int parameter, const std::string& value) {
  std::int64_t integer = 0;
  double real = 0;
  if (reads_as(value, integer)) {
    statement.bind(parameter, integer);
  } else if (reads_as(value, real) && std::isfinite(real)) {
    statement.bind(parameter, real);
  } else {
    statement.bind(parameter, std::string_view(value));
  }
}

void refuse_repeated(const std::vector<QueryArgument>& arguments) {
  for (auto it = arguments.begin(); it != arguments.end(); ++it)
    if (std::any_of(arguments.begin(), it, [&](const auto& a) { return a.name == it->name; }))
      throw UserError("query: the parameter '" + it->name + "' is given twice");
}

// Parameters that are given no argument stay NULL.
void bind_arguments(Statement& statement, const std::vector<QueryArgument>& arguments) {
  for (const QueryArgument& argument : arguments) {
    bool found = false;
    std::string known;
    for (int p = 1; p <= statement.parameters(); ++p) {
      const std::string name = statement.parameter_name(p);
      known += (known.empty() ? "" : ", ") + name;
      if (name != argument.name) continue;
      bind_text_value(statement, p, argument.value);
      found = true;
    }
    if (!found)
      throw UserError("query: there is no parameter '" + argument.name + "'; " +
                      (known.empty() ? "the query takes none" : "it takes: " + known));
  }
}

// An empty answer about a run that is not there would look like a run without rows.
void check_run(Database& database, const std::vector<QueryArgument>& arguments) {
  for (const auto& argument : arguments) {
    std::int64_t run_id = 0;
    if (argument.name != "run" || !reads_as(argument.value, run_id)) continue;
    Statement statement(database, "SELECT 1 FROM run WHERE run_id = :run");
    statement.bind(1, run_id);
    if (!statement.step())
      throw UserError("query: there is no run " + argument.value +
                      "; the query 'summary' lists the runs");
  }
}

// A single word is a name; SQL has at least two.
bool looks_like_a_name(const std::string& query) {
  return !query.empty() && std::all_of(query.begin(), query.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  });
}

const NamedQuery* named_query(const std::string& query) {
  if (const NamedQuery* named = find_named_query(query)) return named;
  if (!looks_like_a_name(query)) return nullptr;
  std::vector<std::string> names;
  for (const NamedQuery& named : named_queries()) names.push_back(named.name);
  throw UserError("there is no query '" + query + "'" + suggest(query, names, "queries") +
                  (nearest(query, names) == nullptr ? "; or a SELECT statement" : ""));
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// The statement with metrics in their places; arguments that named one are taken out.
std::string sql_of(const NamedQuery& query, std::vector<QueryArgument>& arguments) {
  std::string sql = query.sql;
  for (const QueryParameter& parameter : query.parameters) {
    if (!parameter.is_metric) continue;
    const auto given = std::find_if(arguments.begin(), arguments.end(),
                                    [&](const auto& a) { return a.name == parameter.name; });
    std::string metric = parameter.absent;
    if (given != arguments.end()) {
      metric = given->value;
      arguments.erase(given);
    }
    if (!is_numeric_metric(metric))
      throw UserError("query: parameter '" + parameter.name + "': there is no metric '" + metric +
                      "'" + suggest(metric, numeric_metric_names(), "metrics"));
    replace_all(sql, '{' + parameter.name + ".sign}", is_higher_better(metric) ? "1" : "-1");
    replace_all(sql, '{' + parameter.name + '}', metric);
  }
  return sql;
}

// An empty answer because nothing was recorded would look like a run in which nothing happened.
void check_rows(Database& database, const NamedQuery& query,
                const std::vector<QueryArgument>& arguments) {
  if (query.needed_table.empty()) return;
  const auto run = std::find_if(arguments.begin(), arguments.end(),
                                [](const auto& a) { return a.name == "run"; });
  Statement statement(database,
                      "SELECT run_id, EXISTS (SELECT 1 FROM \"" + query.needed_table +
                          "\" t WHERE t.run_id = r.run_id) FROM run r WHERE run_id = "
                          "coalesce(CAST(? AS INTEGER), (SELECT run_id FROM latest_run))");
  if (run != arguments.end()) statement.bind(1, std::string_view(run->value));
  if (statement.step() && statement.integer(1) == 0)
    throw UserError("query: run " + std::to_string(statement.integer(0)) + " has no " +
                    query.needed_table +
                    " rows: it was recorded without them (--record summary, sweeps)");
}

}  // namespace

Table run_query(const std::string& database_path, const std::string& query,
                const std::vector<QueryArgument>& arguments) {
  const NamedQuery* named = named_query(query);
  refuse_repeated(arguments);
  std::vector<QueryArgument> values = arguments;
  const std::string sql = named != nullptr ? sql_of(*named, values) : query;
  Database database(database_path, OpenMode::kRead);
  Statement statement(database, sql, SqlOrigin::kUser);
  bind_arguments(statement, values);
  if (named != nullptr) {
    check_run(database, values);
    check_rows(database, *named, values);
  }
  Table table;
  for (int c = 0; c < statement.columns(); ++c) table.columns.push_back({statement.column_name(c)});
  while (statement.step()) {
    auto& row = table.rows.emplace_back();
    row.reserve(table.columns.size());
    for (int c = 0; c < statement.columns(); ++c) row.push_back(statement.cell(c));
  }
  return table;
}

}  // namespace headroom
