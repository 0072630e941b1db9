#include "analysis/queries/named_queries.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "sim/base/check.hpp"

namespace headroom {
namespace embedded {
extern const char* const kSummarySql;
extern const char* const kLimitsSql;
extern const char* const kLedgerSql;
extern const char* const kSloSql;
extern const char* const kParetoSql;
extern const char* const kSensitivitySql;
extern const char* const kWorstRequestsSql;
extern const char* const kLatencyHistogramSql;
}  // namespace embedded

namespace {

constexpr std::string_view kNeeds = "-- needs rows in: ";

// "-- :name (absent) meaning" or "-- {name} (absent) meaning"
QueryParameter parse_parameter(const std::string& line) {
  const auto open = line.find(" (");
  const auto close = line.find(") ");
  HEADROOM_CHECK(open != std::string::npos && close != std::string::npos && open < close,
                 "a parameter line is '-- :name (absent) meaning', got: ", line);
  const bool is_metric = line[3] == '{';
  return {line.substr(4, open - 4 - (is_metric ? 1 : 0)), line.substr(open + 2, close - open - 2),
          line.substr(close + 2), is_metric};
}

NamedQuery parse(const std::string& name, const char* text) {
  NamedQuery query{name, "", {}, text, ""};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with("-- ");) {
    if (line.starts_with("-- :") || line.starts_with("-- {")) {
      query.parameters.push_back(parse_parameter(line));
    } else if (line.starts_with(kNeeds)) {
      query.needed_table = line.substr(kNeeds.size());
    } else {
      if (!query.description.empty()) query.description += ' ';
      query.description.append(line, 3);
    }
  }
  return query;
}

}  // namespace

const std::vector<NamedQuery>& named_queries() {
  static const std::vector<NamedQuery> queries{
      parse("summary", embedded::kSummarySql),
      parse("limits", embedded::kLimitsSql),
      parse("ledger", embedded::kLedgerSql),
      parse("slo", embedded::kSloSql),
      parse("pareto", embedded::kParetoSql),
      parse("sensitivity", embedded::kSensitivitySql),
      parse("worst-requests", embedded::kWorstRequestsSql),
      parse("latency-histogram", embedded::kLatencyHistogramSql),
  };
  return queries;
}

const NamedQuery* find_named_query(const std::string& name) {
  const auto& queries = named_queries();
  const auto found = std::find_if(queries.begin(), queries.end(),
                                  [&](const NamedQuery& q) { return q.name == name; });
  return found != queries.end() ? &*found : nullptr;
}

}  // namespace headroom
