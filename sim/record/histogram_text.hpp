// sim/record/histogram_text.hpp -- a latency histogram as the one row that the file keeps of it.
// Internal to sim/record; the layout is described in schema.sql.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/record/run_record.hpp"

namespace headroom {

struct HistogramText {
  int bits = 0;
  std::int64_t first_bin = 0;
  std::string bins;  // JSON
};

// All bins as they are, with their sums. Pre: one metric, in increasing order, not empty, and bins
// are those of 7 bits.
HistogramText exact_histogram(std::span<const HistogramRow> rows);
// Counts alone, in bins wide enough that there are at most 96.
HistogramText coarse_histogram(std::span<const HistogramRow> rows);

}  // namespace headroom
