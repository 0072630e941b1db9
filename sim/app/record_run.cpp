#include "sim/app/record_run.hpp"

#include "analysis/metrics/request_rows.hpp"

namespace headroom {

void write_rows(RunWriter& writer, const CompletedRun& run, RecordMode mode) {
  const bool summary = mode == RecordMode::kSummary;
  writer.metrics(run.metrics);
  writer.host(run.host);
  writer.warnings(run.warnings);
  writer.slos(run.slos);
  writer.requests(static_cast<std::int64_t>(run.outcomes.size()),
                  [&](std::int64_t i, RequestRow& row) {
                    row = request_row(i, run.outcomes[static_cast<std::size_t>(i)], run.classes);
                  });
  writer.iterations(run.iterations);
  writer.histogram(run.histogram, summary ? HistogramDetail::kCoarse : HistogramDetail::kExact);
  writer.resource_use(run.resource_use);
  writer.resource_totals(run.resource_totals);
  writer.cache_stats(run.cache_stats);
  writer.limits(run.limits);
  writer.ledger(run.ledger);
}

}  // namespace headroom
