// sim/app/run_rows.hpp -- what a simulation leaves in memory, as rows of the database.
#pragma once

#include <string>
#include <vector>

#include "sim/app/completed_run.hpp"
#include "sim/record/run_record.hpp"
#include "sim/runtime/pass_runner.hpp"
#include "sim/runtime/run_result.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

// Sums over the devices (`gpus` of each replica), each of which accounts for the whole makespan:
// the rows sum to devices x makespan, exactly. `resource` is that of the rows, and binds replicas
// whose memory holds everything.
std::vector<LedgerRow> ledger_rows(const RunResult& result, const std::string& resource,
                                   std::int64_t gpus);
std::vector<ResourceUseRow> resource_rows(const RunResult& result, const Scenario& scenario);
// Compute, HBM and links over the whole run. `passes`: the runners of the replicas, none when their
// memory holds everything; `links` and `gpus` as below and above.
std::vector<ResourceTotalRow> resource_totals(const RunResult& result, const Scenario& scenario,
                                              const std::vector<PassRunner*>& passes,
                                              const std::vector<LinkTotal>& links,
                                              std::int64_t gpus);
// In the order of the nodes' graphs, which are alike.
std::vector<LinkTotal> link_totals(const RunResult& result);
std::vector<CacheStatRow> cache_rows(const RunResult& result);

}  // namespace headroom
