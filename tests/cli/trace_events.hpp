// tests/cli/trace_events.hpp -- whether a file is what the Trace Event Format (Chromium project)
// and Perfetto's importer of it ask for.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace headroom::cli {

// Everything that is wrong, a sentence for each:
//   the object format: traceEvents, each an object with ph, pid, tid, name; known phases alone
//   (X, b, e, C, M) with the fields that each has to have and no others; pid and tid whole numbers
//   from 1, a tid of one process only;
//   times: numbers that are not negative;
//   slices (X) of a track: one after the other or one within the other, in whole nanoseconds as
//   Perfetto cuts them: it drops others;
//   async (b, e): by process, category and id begins and ends match by name like parentheses, in
//   order of time;
//   counters: finite numbers, in order of time for each name;
//   metadata: a name for every process and for every track that has slices, once.
std::vector<std::string> problems_of_trace(const nlohmann::json& trace);

}  // namespace headroom::cli
