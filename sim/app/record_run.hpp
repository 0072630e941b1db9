// sim/app/record_run.hpp -- a completed run into the rows of a results file: the one list of what
// is recorded, whoever ran it.
#pragma once

#include "sim/app/completed_run.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/record/run_writer.hpp"

namespace headroom {

// Everything but the commit. Summary: no rows per request or iteration, no time series, histograms
// in wide bins.
void write_rows(RunWriter& writer, const CompletedRun& run, RecordMode mode);

}  // namespace headroom
