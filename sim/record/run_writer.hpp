// sim/record/run_writer.hpp -- appends one run to a results file, all or nothing.
//
//   Database database("results.sqlite", OpenMode::kWrite);   // before simulating: a bad file is an
//   early error RunWriter writer(database, identity);                    // after simulating: takes
//   the write lock writer.metrics(metrics); writer.requests(count, [&](std::int64_t i, RequestRow&
//   row) { row = ...; }); const std::int64_t run_id = writer.commit();
//
// Until commit returns nothing is visible to anybody; a writer that is destroyed first, for
// whatever reason, leaves no trace.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "sim/record/database.hpp"
#include "sim/record/run_record.hpp"

namespace headroom {

// What makes a run itself: 63 bits, so that it is a positive SQLite integer. `repeat` counts runs
// of the same identity in a file.
std::int64_t run_id_of(const RunIdentity& identity, std::int64_t repeat);

// The highest repeat recorded for this identity, -1 when it has never run.
std::int64_t last_repeat(Database& database, const RunIdentity& identity);

// How much of the latency histograms is kept.
enum class HistogramDetail {
  kExact,  // every bin, with the sum of its values
  kCoarse  // counts in at most 96 bins: about 300 bytes
};

class RunWriter {
 public:
  // Fills the row with the given index. The texts it points to must live until the next call.
  using RequestFiller = std::function<void(std::int64_t index, RequestRow& row)>;

  // Starts the run with the next `repeat`. Waits for another writer as long as the database says.
  RunWriter(Database& database, const RunIdentity& identity);
  // The same with a given `repeat`: takes the place of what is recorded under it, if anything, such
  // as a failed run.
  RunWriter(Database& database, const RunIdentity& identity, std::int64_t repeat);

  std::int64_t run_id() const { return run_id_; }
  std::int64_t repeat() const { return repeat_; }

  // Each at most once. Lists keep their order.
  void mark_failed(std::string_view reason);  // a run that has no results, with the reason why
  void metrics(const RunMetrics& metrics);
  void host(const HostFacts& facts);
  void warnings(std::span<const std::string> texts);
  void params(std::span<const ParamRow> rows);
  void place(const SweepPlace& place);  // its parameters included
  void slos(std::span<const SloRow> rows);
  // Rows are asked for one by one, in order, and never held together. request_id must increase.
  void requests(std::int64_t count, const RequestFiller& fill);
  void iterations(std::span<const IterationRow> rows);
  // Bins of one metric follow each other, in increasing order.
  void histogram(std::span<const HistogramRow> rows,
                 HistogramDetail detail = HistogramDetail::kExact);
  void resource_use(std::span<const ResourceUseRow> rows);
  void resource_totals(std::span<const ResourceTotalRow> rows);
  void cache_stats(std::span<const CacheStatRow> rows);
  void limits(std::span<const LimitRow> rows);
  void ledger(std::span<const LedgerRow> rows);

  // Makes the run visible and durable; returns its id.
  std::int64_t commit();

 private:
  void start(const RunIdentity& identity);

  Database& database_;
  Transaction transaction_;
  std::int64_t repeat_ = 0;
  std::int64_t run_id_ = 0;
};

}  // namespace headroom
