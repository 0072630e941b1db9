#include "sim/record/merge.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/record/run_tables.hpp"
#include "sim/record/statement.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kRunsPerTransaction = 200;

// Rows of one query of `from` into one table of `into`, column by column.
class Copy {
 public:
  Copy(Database& from, Database& into, const std::string& query, const std::string& insert,
       int columns)
      : rows_(from, query), insert_(into, insert), columns_(columns) {}

  void all() {
    while (rows_.step()) copy_row();
    rows_.reset();
  }
  void of(std::int64_t key) {
    rows_.bind(1, key);
    all();
  }

 private:
  void copy_row() {
    HEADROOM_CHECK(rows_.columns() == columns_, "both files have the columns of this schema, got ",
                   rows_.columns(), " for ", columns_);
    for (int c = 0; c < columns_; ++c) insert_.bind_column(c + 1, rows_, c);
    insert_.finish();
  }

  Statement rows_, insert_;
  int columns_;
};

int columns_of(Database& database, const std::string& table) {
  return Statement(database, "SELECT * FROM " + table).columns();
}

std::string values(int columns) {
  std::string text = "VALUES (?";
  for (int i = 1; i < columns; ++i) text += ", ?";
  return text + ')';
}

// How much a file knows of a run; the higher one stands.
class Knowledge {
 public:
  explicit Knowledge(Database& database)
      : query_(database,
               "SELECT (status = 'finished') * (2 + EXISTS (SELECT 1 FROM request q "
               "WHERE q.run_id = r.run_id)), reason FROM run r WHERE run_id = ?") {}

  struct Rank {
    std::int64_t level = 0;  // 0: failed
    std::string reason;
    bool is_below(const Rank& other) const {
      return level != other.level ? level < other.level : other.reason < reason;
    }
  };
  std::optional<Rank> of(std::int64_t run_id) {
    query_.bind(1, run_id);
    std::optional<Rank> rank;
    if (query_.step()) rank = {query_.integer(0), query_.text(1)};
    query_.reset();
    return rank;
  }

 private:
  Statement query_;
};

// The rows of a run in one table.
struct RunTable {
  RunTable(Database& from, Database& into, const std::string& name)
      : is_shared(name == "param"),
        rows(from, into, "SELECT * FROM " + name + " WHERE run_id = ?",
             "INSERT INTO " + name + ' ' + values(columns_of(into, name)) +
                 (is_shared ? kFirstSpelling : ""),
             columns_of(into, name)),
        deletion(into, "DELETE FROM " + name + " WHERE run_id = ?") {}

  static constexpr const char* kFirstSpelling =
      " ON CONFLICT DO UPDATE SET value = excluded.value, number = excluded.number, "
      "unit = excluded.unit WHERE excluded.value < value";

  bool is_shared;  // two sweeps may have named different keys of the same run
  Copy rows;
  Statement deletion;
};

class Merge {
 public:
  Merge(Database& into, Database& from)
      : into_(into),
        from_(from),
        snapshot_(from, "SELECT name FROM sqlite_schema"),
        known_(into),
        offered_(from),
        runs_(from, into, "SELECT * FROM run WHERE run_id = ?",
              "INSERT INTO run " + values(columns_of(into, "run")) +
                  " ON CONFLICT DO UPDATE SET status = excluded.status, reason = excluded.reason",
              columns_of(into, "run")) {
    // An unfinished query holds the state of the file: a sweep may be writing to it.
    snapshot_.step();
    for (const std::string_view name : kRunTables)
      tables_.push_back(std::make_unique<RunTable>(from, into, std::string(name)));
  }

  MergeCounts run() {
    copy_shared();
    std::optional<Transaction> transaction;
    Statement ids(from_, "SELECT run_id FROM run ORDER BY run_id");
    for (std::int64_t i = 1; ids.step(); ++i) {
      if (!transaction) transaction.emplace(into_);
      take(ids.integer(0));
      if (i % kRunsPerTransaction == 0) {
        transaction->commit();
        transaction.reset();
      }
    }
    if (!transaction) transaction.emplace(into_);
    copy("sweep_run", "SELECT * FROM sweep_run", kBetterRun);
    transaction->commit();
    return counts_;
  }

 private:
  static constexpr const char* kBetterRun =
      " ON CONFLICT DO UPDATE SET run_id = (SELECT r.run_id FROM run r "
      "WHERE r.run_id IN (sweep_run.run_id, excluded.run_id) "
      "ORDER BY r.status = 'finished' DESC, r.repeat DESC, r.run_id LIMIT 1)";

  void copy(const std::string& table, const std::string& query, const std::string& on_conflict) {
    const int columns = columns_of(into_, table);
    Copy(from_, into_, query, "INSERT INTO " + table + ' ' + values(columns) + on_conflict, columns)
        .all();
  }

  // What several runs refer to.
  void copy_shared() {
    Transaction transaction(into_);
    copy("scenario", "SELECT * FROM scenario ORDER BY base_scenario_id IS NOT NULL",
         " ON CONFLICT DO UPDATE SET text = coalesce(text, excluded.text), base_scenario_id = "
         "iif(coalesce(text, excluded.text) IS NULL, "
         "min(base_scenario_id, excluded.base_scenario_id), NULL) WHERE text IS NULL");
    for (const char* table : {"limit_kind", "ledger_kind", "sweep", "axis_value"})
      copy(table, std::string("SELECT * FROM ") + table, " ON CONFLICT DO NOTHING");
    transaction.commit();
  }

  void take(std::int64_t run_id) {
    const auto offered = offered_.of(run_id);
    const auto known = known_.of(run_id);
    if (known && !known->is_below(*offered)) {
      ++counts_.known;
      for (auto& table : tables_)
        if (table->is_shared) table->rows.of(run_id);
      return;
    }
    ++(known ? counts_.replaced : counts_.added);
    runs_.of(run_id);
    for (auto& table : tables_) {
      if (known && !table->is_shared) table->deletion.run(run_id);
      table->rows.of(run_id);
    }
  }

  Database& into_;
  Database& from_;
  Statement snapshot_;
  Knowledge known_, offered_;
  Copy runs_;
  std::vector<std::unique_ptr<RunTable>> tables_;
  MergeCounts counts_;
};

}  // namespace

MergeCounts merge_results(Database& into, const std::string& from) {
  std::error_code ignored;
  if (std::filesystem::equivalent(into.path(), from, ignored))
    throw UserError("error: '" + from + "' cannot be merged into itself");
  Database input(from, OpenMode::kRead);
  return Merge(into, input).run();
}

}  // namespace headroom
