#include "analysis/queries/run_query.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

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

// Parameters that are given no argument stay NULL.
void bind_arguments(Statement& statement, const std::vector<QueryArgument>& arguments) {
  for (auto it = arguments.begin(); it != arguments.end(); ++it) {
    const bool repeated = std::any_of(arguments.begin(), it,
                                      [&](const QueryArgument& a) { return a.name == it->name; });
    if (repeated) throw UserError("query: the parameter '" + it->name + "' is given twice");
    bool found = false;
    std::string known;
    for (int p = 1; p <= statement.parameters(); ++p) {
      const std::string name = statement.parameter_name(p);
      known += (known.empty() ? "" : ", ") + name;
      if (name != it->name) continue;
      bind_text_value(statement, p, it->value);
      found = true;
    }
    if (!found)
      throw UserError("query: there is no parameter '" + it->name + "'; " +
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

std::string sql_of(const std::string& query) {
  if (const NamedQuery* named = find_named_query(query)) return named->sql;
  if (!looks_like_a_name(query)) return query;
  std::vector<std::string> names;
  for (const NamedQuery& named : named_queries()) names.push_back(named.name);
  throw UserError("there is no query '" + query + "'" + suggest(query, names, "queries") +
                  (nearest(query, names) == nullptr ? "; or a SELECT statement" : ""));
}

}  // namespace

Table run_query(const std::string& database_path, const std::string& query,
                const std::vector<QueryArgument>& arguments) {
  const std::string sql = sql_of(query);
  Database database(database_path, OpenMode::kRead);
  Statement statement(database, sql, SqlOrigin::kUser);
  bind_arguments(statement, arguments);
  if (find_named_query(query) != nullptr) check_run(database, arguments);
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
