// tests/simulation/offload/offload_run_checks.hpp -- what must hold for every run of a scenario
// with a system, and between two runs of it. Catch assertions, for callers to name the scenario.
#pragma once

#include <cstdint>

#include "sim/app/completed_run.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom::test {

// Every request gets the tokens it asked for, and iterations compute as many as that takes; KV
// memory is never overfull. (That all of it is returned, and that no limit is beaten, the run
// itself checks.)
void check_tokens_and_kv(const Scenario& scenario, const CompletedRun& run);

// Bytes: no link carries more than its bandwidth, in the whole run and in any bin of it; what goes
// up and down the PCIe links, to the cores and to the SSD is what crosses DRAM; streamed weights
// come off the SSD once per pass; new KV goes down once.
void check_links(const Scenario& scenario, const CompletedRun& run);

// The ledger's rows sum to devices x makespan, and none is negative.
void check_ledger(const CompletedRun& run);

// Bounds of single resources, and rates at saturation.
void check_limits(const CompletedRun& run);

// Everything but the facts about the host.
bool is_same(CompletedRun a, CompletedRun b);

struct RunDifference {
  bool in_counts = false;     // tokens, preemptions, status, replica of some request
  std::int64_t worst_ns = 0;  // of any date of any request
};
RunDifference difference(const CompletedRun& a, const CompletedRun& b);

// Whether two events that have nothing to do with each other are so close that rounding may change
// their order: an arrival and an iteration that starts or ends, or iterations of two replicas.
bool has_close_events(const CompletedRun& run, std::int64_t within_ns);

}  // namespace headroom::test
