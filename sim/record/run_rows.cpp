// The tables of many rows. Each function states the columns of its table in the order of
// schema.sql.
#include <algorithm>
#include <initializer_list>

#include "sim/base/random.hpp"
#include "sim/record/histogram_text.hpp"
#include "sim/record/row_insert.hpp"
#include "sim/record/run_writer.hpp"
#include "sim/record/statement.hpp"
#include "sim/record/sweep_rows.hpp"

namespace headroom {
namespace {

// Rows of a span, turned into columns by `set(PendingRow&, index, element)`.
template <class Row, class Set>
class SpanSource final : public RowSource {
 public:
  SpanSource(std::span<const Row> rows, Set set) : rows_(rows), set_(std::move(set)) {}
  bool next(PendingRow& row) override {
    if (position_ == rows_.size()) return false;
    set_(row, static_cast<std::int64_t>(position_), rows_[position_]);
    ++position_;
    return true;
  }

 private:
  std::span<const Row> rows_;
  Set set_;
  std::size_t position_ = 0;
};

template <class Row, class Set>
void insert_span(Database& database, std::string_view table, int columns, std::span<const Row> rows,
                 Set set) {
  SpanSource<Row, Set> source(rows, std::move(set));
  insert_rows(database, table, columns, source);
}

// 47 bits of a content hash: six bytes in the file, and two of a thousand kinds collide once in
// hundreds of millions of files.
std::int64_t kind_id(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) joined.append(part) += '\0';
  return static_cast<std::int64_t>(mix_bits(hash_text(joined)) >> 17);
}

class RequestSource final : public RowSource {
 public:
  RequestSource(std::int64_t run_id, std::int64_t count, const RunWriter::RequestFiller& fill)
      : run_id_(run_id), count_(count), fill_(fill) {}

  bool next(PendingRow& row) override {
    if (position_ == count_) return false;
    request_ = RequestRow{};
    fill_(position_++, request_);
    const RequestRow& r = request_;
    const auto replica = r.replica >= 0 ? std::optional(r.replica) : std::nullopt;
    row.set(run_id_, r.request_id, r.request_class, r.arrival_s, r.queued_s, r.scheduled_s,
            r.first_token_s, r.finish_s, r.prompt_tokens, r.output_tokens, r.cached_tokens,
            r.preemptions, replica, std::string_view(r.status), std::string_view(r.reason),
            r.parent_id);
    return true;
  }

 private:
  std::int64_t run_id_, count_;
  std::int64_t position_ = 0;
  const RunWriter::RequestFiller& fill_;
  RequestRow request_;
};

}  // namespace

void RunWriter::requests(std::int64_t count, const RequestFiller& fill) {
  RequestSource source(run_id_, count, fill);
  insert_rows(database_, "request", 16, source);
}

void RunWriter::iterations(std::span<const IterationRow> rows) {
  insert_span(database_, "iteration", 8, rows,
              [id = run_id_](PendingRow& row, std::int64_t i, const IterationRow& r) {
                row.set(id, i, r.replica, static_cast<double>(r.start_ns) / 1e9,
                        static_cast<double>(r.duration_ns) / 1e9, r.prefill_tokens, r.decode_tokens,
                        r.kv_blocks_used);
              });
}

void RunWriter::warnings(std::span<const std::string> texts) {
  insert_span(database_, "warning", 3, texts,
              [id = run_id_](PendingRow& row, std::int64_t i, const std::string& text) {
                row.set(id, i, std::string_view(text));
              });
}

void RunWriter::params(std::span<const ParamRow> rows) { insert_params(database_, run_id_, rows); }

void RunWriter::place(const SweepPlace& place) { place_run(database_, run_id_, place); }

void RunWriter::slos(std::span<const SloRow> rows) {
  insert_span(database_, "slo", 5, rows,
              [id = run_id_](PendingRow& row, std::int64_t, const SloRow& r) {
                row.set(id, std::string_view(r.request_class), r.ttft_s, r.tpot_s, r.e2e_s);
              });
}

void RunWriter::histogram(std::span<const HistogramRow> rows, HistogramDetail detail) {
  Statement insert(database_, "INSERT INTO histogram VALUES (?, ?, ?, ?, ?)");
  while (!rows.empty()) {
    const std::string& metric = rows.front().metric;
    const auto end = std::find_if(rows.begin(), rows.end(),
                                  [&](const HistogramRow& row) { return row.metric != metric; });
    const auto of_metric = rows.first(static_cast<std::size_t>(end - rows.begin()));
    const HistogramText text = detail == HistogramDetail::kExact ? exact_histogram(of_metric)
                                                                 : coarse_histogram(of_metric);
    insert.run(run_id_, std::string_view(metric), text.bits, text.first_bin,
               std::string_view(text.bins));
    rows = rows.subspan(of_metric.size());
  }
}

void RunWriter::resource_use(std::span<const ResourceUseRow> rows) {
  insert_span(database_, "resource_use", 8, rows,
              [id = run_id_](PendingRow& row, std::int64_t, const ResourceUseRow& r) {
                row.set(id, std::string_view(r.resource), r.replica, r.bin_start_s, r.bin_width_s,
                        r.busy_s, r.amount, r.capacity);
              });
}

void RunWriter::resource_totals(std::span<const ResourceTotalRow> rows) {
  insert_span(database_, "resource_total", 4, rows,
              [id = run_id_](PendingRow& row, std::int64_t, const ResourceTotalRow& r) {
                row.set(id, std::string_view(r.resource), r.amount, r.capacity);
              });
}

void RunWriter::cache_stats(std::span<const CacheStatRow> rows) {
  insert_span(database_, "cache_stat", 9, rows,
              [id = run_id_](PendingRow& row, std::int64_t, const CacheStatRow& r) {
                row.set(id, std::string_view(r.cache), std::string_view(r.tier), r.accesses, r.hits,
                        r.evictions, r.bytes_in, r.bytes_out, r.offline_optimal_hits);
              });
}

void RunWriter::limits(std::span<const LimitRow> rows) {
  Statement kind(database_, "INSERT OR IGNORE INTO limit_kind VALUES (?, ?, ?, ?, ?, ?)");
  Statement value(database_, "INSERT INTO limit_value VALUES (?, ?, ?, ?)");
  std::int64_t position = 0;
  for (const LimitRow& row : rows) {
    const std::int64_t id =
        kind_id({row.name, row.metric, row.unit, row.binding_resource, row.source});
    kind.run(id, std::string_view(row.name), std::string_view(row.metric),
             std::string_view(row.unit), std::string_view(row.binding_resource),
             std::string_view(row.source));
    value.run(run_id_, position++, id, row.value);
  }
}

void RunWriter::ledger(std::span<const LedgerRow> rows) {
  Statement kind(database_, "INSERT OR IGNORE INTO ledger_kind VALUES (?, ?, ?)");
  Statement entry(database_, "INSERT INTO ledger_entry VALUES (?, ?, ?, ?, ?)");
  std::int64_t position = 0;
  for (const LedgerRow& row : rows) {
    const std::int64_t id = kind_id({row.category, row.resource});
    kind.run(id, std::string_view(row.category), std::string_view(row.resource));
    entry.run(run_id_, position++, id, row.duration_ns, row.devices);
  }
}

}  // namespace headroom
