// sim/app/completed_run.hpp -- everything one run has to say, as values: what is recorded, printed,
// and, when several seeds run in processes of their own, sent home through a pipe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/record/run_record.hpp"
#include "sim/serving/request.hpp"

namespace headroom {

// What crossed a link of the nodes, of all replicas together.
struct LinkTotal {
  std::string link;
  double bandwidth = 0;  // B/s, of one node, as the run had it
  double bytes = 0;
  double used_fraction = 0;  // of what it could carry in the whole run
};

struct CompletedRun {
  RunIdentity identity;
  RunMetrics metrics;
  HostFacts host;
  std::vector<std::string> warnings;
  std::vector<std::string> classes;      // that RequestOutcome::class_id points into
  std::vector<RequestOutcome> outcomes;  // by request id; empty in summary mode
  std::vector<SloRow> slos;
  std::vector<IterationRow> iterations;
  std::vector<HistogramRow> histogram;
  std::vector<ResourceUseRow> resource_use;
  std::vector<ResourceTotalRow> resource_totals;
  std::vector<LinkTotal> links;  // empty when everything is in HBM
  std::vector<CacheStatRow> cache_stats;
  std::vector<LimitRow> limits;
  std::vector<LedgerRow> ledger;
};

// Bytes for a pipe between two processes of the same binary; not a file format.
std::string pack(CompletedRun& run);
// InternalError when the bytes are not those of a whole run.
CompletedRun unpack_run(std::string_view bytes);

}  // namespace headroom
