#include "analysis/compare/run_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "sim/record/statement.hpp"

namespace headroom {
namespace {

std::optional<double> number_of(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  return std::nullopt;
}

Cell difference(const Cell& a, const Cell& b) {
  if (const auto* x = std::get_if<std::int64_t>(&a), *y = std::get_if<std::int64_t>(&b); x && y)
    return *y - *x;
  const auto x = number_of(a), y = number_of(b);
  return x && y ? Cell(*y - *x) : Cell();
}

Cell ratio(const Cell& a, const Cell& b) {
  const auto x = number_of(a), y = number_of(b);
  return x && y && *x != 0 ? Cell(*y / *x) : Cell();
}

// Data sheets, defaults and presets fill in what nobody wrote.
bool is_given(const ResolvedKey& key) {
  for (const char* derived : {"catalogue", "default", "engine "})
    if (key.origin.starts_with(derived)) return false;
  return true;
}

struct KeyPair {
  const ResolvedKey* a = nullptr;
  const ResolvedKey* b = nullptr;
  bool is_equal() const { return a != nullptr && b != nullptr && a->value == b->value; }
  bool is_given() const {
    return (a != nullptr && headroom::is_given(*a)) || (b != nullptr && headroom::is_given(*b));
  }
};

// In the order of the first; what only the second has comes where it has it.
std::vector<KeyPair> paired(const std::vector<ResolvedKey>& a, const std::vector<ResolvedKey>& b) {
  std::map<std::string, const ResolvedKey*> in_a, in_b;
  for (const auto& key : a) in_a.emplace(key.key, &key);
  for (const auto& key : b) in_b.emplace(key.key, &key);
  const auto find = [](const auto& map, const std::string& key) {
    const auto found = map.find(key);
    return found != map.end() ? found->second : nullptr;
  };
  std::vector<KeyPair> pairs;
  std::size_t next = 0;  // of b
  const auto add_of_b_alone = [&] {
    for (; next < b.size() && find(in_a, b[next].key) == nullptr; ++next)
      pairs.push_back({nullptr, &b[next]});
  };
  for (const auto& key : a) {
    const ResolvedKey* other = find(in_b, key.key);
    if (other != nullptr) add_of_b_alone();
    pairs.push_back({&key, other});
    // Past its mate, wherever that stands.
    if (other != nullptr && next < b.size() && &b[next] == other) ++next;
  }
  for (; next < b.size(); ++next)
    if (find(in_a, b[next].key) == nullptr) pairs.push_back({nullptr, &b[next]});
  return pairs;
}

// Rows of a query by their first columns, in order.
std::vector<std::vector<Cell>> rows_of(const ComparedRun& run, const std::string& sql) {
  Statement query(run.database, sql);
  query.bind(1, run.run_id);
  std::vector<std::vector<Cell>> rows;
  while (query.step()) {
    auto& row = rows.emplace_back();
    for (int c = 0; c < query.columns(); ++c) row.push_back(query.cell(c));
  }
  return rows;
}

std::string text_of(const Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text != nullptr ? *text : "";
}

std::vector<std::pair<std::string, Cell>> metrics_of(const ComparedRun& run) {
  Statement query(run.database, "SELECT * FROM run_metric WHERE run_id = ?");
  query.bind(1, run.run_id);
  std::vector<std::pair<std::string, Cell>> metrics;
  if (!query.step()) return metrics;
  for (int c = 0; c < query.columns(); ++c)
    if (query.column_name(c) != "run_id") metrics.emplace_back(query.column_name(c), query.cell(c));
  return metrics;
}

Table compare_metrics(const ComparedRun& a, const ComparedRun& b, bool all) {
  Table table{{{"metric"}, {"a"}, {"b"}, {"difference"}, {"ratio"}}, {}};
  const auto of_a = metrics_of(a), of_b = metrics_of(b);
  for (const auto& [name, value] : of_a) {
    const auto other = std::find_if(
        of_b.begin(), of_b.end(), [&, &wanted = name](const auto& m) { return m.first == wanted; });
    if (other == of_b.end() || (!all && other->second == value)) continue;
    table.rows.push_back({name, value, other->second, difference(value, other->second),
                          ratio(value, other->second)});
  }
  return table;
}

struct LedgerSums {
  std::vector<std::pair<std::string, double>> seconds;  // by category, of one device
  double total_s = 0;
};

LedgerSums ledger_of(const ComparedRun& run) {
  LedgerSums sums;
  std::int64_t total_ns = 0;
  for (const auto& row : rows_of(run,
                                 "SELECT category, sum(duration_ns), max(devices) FROM ledger "
                                 "WHERE run_id = ? GROUP BY category ORDER BY min(position)")) {
    const auto ns = std::get<std::int64_t>(row[1]);
    const auto devices =
        static_cast<double>(std::max<std::int64_t>(std::get<std::int64_t>(row[2]), 1));
    sums.seconds.emplace_back(text_of(row[0]), static_cast<double>(ns) / 1e9 / devices);
    total_ns += ns;
    sums.total_s = static_cast<double>(total_ns) / 1e9 / devices;
  }
  return sums;
}

Table compare_ledgers(const ComparedRun& a, const ComparedRun& b, bool all) {
  Table table{{{"category"}, {"a_s"}, {"b_s"}, {"difference_s"}}, {}};
  const LedgerSums of_a = ledger_of(a), of_b = ledger_of(b);
  if (of_a.seconds.empty() || of_b.seconds.empty()) return table;
  struct Row {
    std::string category;
    double a = 0, b = 0;
  };
  std::vector<Row> rows;
  for (const auto& [category, seconds] : of_a.seconds) rows.push_back({category, seconds, 0});
  for (const auto& [category, seconds] : of_b.seconds) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&, &name = category](const Row& r) {
      return r.category == name;
    });
    if (row != rows.end()) {
      row->b = seconds;
    } else {
      rows.push_back({category, 0, seconds});
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& x, const Row& y) {
    return std::abs(x.b - x.a) > std::abs(y.b - y.a);
  });
  for (const Row& row : rows)
    if (all || row.a != row.b) table.rows.push_back({row.category, row.a, row.b, row.b - row.a});
  if (!table.rows.empty())
    table.rows.push_back(
        {std::string("all"), of_a.total_s, of_b.total_s, of_b.total_s - of_a.total_s});
  return table;
}

Table compare_limits(const ComparedRun& a, const ComparedRun& b, bool all) {
  Table table{
      {{"name"}, {"metric"}, {"unit"}, {"a"}, {"b"}, {"ratio"}, {"binding_a"}, {"binding_b"}}, {}};
  const char* sql =
      "SELECT name, metric, unit, value, binding_resource FROM \"limit\" WHERE run_id = ? "
      "ORDER BY position";
  auto of_b = rows_of(b, sql);
  const auto same = [](const std::vector<Cell>& x, const std::vector<Cell>& y) {
    return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
  };
  const auto add = [&](const std::vector<Cell>& kind, const Cell& value_a, const Cell& value_b,
                       const Cell& binding_a, const Cell& binding_b) {
    if (!all && value_a == value_b && binding_a == binding_b) return;
    table.rows.push_back({kind[0], kind[1], kind[2], value_a, value_b, ratio(value_a, value_b),
                          binding_a, binding_b});
  };
  for (const auto& row : rows_of(a, sql)) {
    const auto other = std::find_if(of_b.begin(), of_b.end(),
                                    [&](const auto& candidate) { return same(row, candidate); });
    if (other == of_b.end()) {
      add(row, row[3], {}, row[4], {});
      continue;
    }
    add(row, row[3], (*other)[3], row[4], (*other)[4]);
    of_b.erase(other);
  }
  for (const auto& row : of_b) add(row, {}, row[3], {}, row[4]);
  return table;
}

}  // namespace

Table compare_keys(const std::vector<ResolvedKey>& a, const std::vector<ResolvedKey>& b, bool all) {
  Table table{{{"key"}, {"a"}, {"b"}, {"origin_a"}, {"origin_b"}}, {}};
  auto pairs = paired(a, b);
  std::stable_partition(pairs.begin(), pairs.end(),
                        [](const KeyPair& pair) { return pair.is_given(); });
  const auto value = [](const ResolvedKey* key) { return key ? Cell(key->value) : Cell(); };
  const auto origin = [](const ResolvedKey* key) { return key ? Cell(key->origin) : Cell(); };
  for (const KeyPair& pair : pairs) {
    if (!all && pair.is_equal()) continue;
    table.rows.push_back({(pair.a != nullptr ? pair.a : pair.b)->key, value(pair.a), value(pair.b),
                          origin(pair.a), origin(pair.b)});
  }
  return table;
}

RunComparison compare_runs(const ComparedRun& a, const ComparedRun& b, bool all) {
  return {compare_keys(a.keys, b.keys, all), compare_metrics(a, b, all), compare_ledgers(a, b, all),
          compare_limits(a, b, all)};
}

}  // namespace headroom
