#include "sim/record/histogram_text.hpp"

#include <bit>
#include <cmath>
#include <vector>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr int kExactBits = 7;
constexpr std::int64_t kMostCoarseBins = 96;

std::uint64_t start_ns(const HistogramRow& row) {
  return static_cast<std::uint64_t>(std::llround(row.bin_start_s * 1e9));
}

std::int64_t bin_of(std::uint64_t value, int bits) {
  const std::uint64_t linear = (std::uint64_t{2} << bits) - 1;
  const int octave = static_cast<int>(std::bit_width(value | linear)) - bits - 1;
  return (std::int64_t{octave} << bits) + static_cast<std::int64_t>(value >> octave);
}

std::uint64_t start_of(std::int64_t bin, int bits) {
  if (bin < std::int64_t{2} << bits) return static_cast<std::uint64_t>(bin);
  const std::int64_t octave = (bin >> bits) - 1;
  return static_cast<std::uint64_t>(bin - (octave << bits)) << octave;
}

}  // namespace

HistogramText exact_histogram(std::span<const HistogramRow> rows) {
  HistogramText text{kExactBits, bin_of(start_ns(rows.front()), kExactBits), "["};
  std::int64_t next = text.first_bin;
  for (const HistogramRow& row : rows) {
    const std::int64_t bin = bin_of(start_ns(row), kExactBits);
    HEADROOM_CHECK(bin >= next && start_of(bin, kExactBits) == start_ns(row),
                   "histogram bins of 7 bits in increasing order, got one at ", row.bin_start_s);
    for (; next < bin; ++next) text.bins += "0,";
    text.bins += '[' + std::to_string(row.count) + ',' + std::to_string(row.total_ns) + "],";
    ++next;
  }
  text.bins.back() = ']';
  return text;
}

HistogramText coarse_histogram(std::span<const HistogramRow> rows) {
  const std::uint64_t first = start_ns(rows.front()), last = start_ns(rows.back());
  int bits = kExactBits;
  while (bits > 0 && bin_of(last, bits) - bin_of(first, bits) >= kMostCoarseBins) --bits;
  HistogramText text{bits, bin_of(first, bits), "["};
  std::vector<std::int64_t> counts(
      static_cast<std::size_t>(bin_of(last, bits) - text.first_bin + 1));
  for (const HistogramRow& row : rows)
    counts[static_cast<std::size_t>(bin_of(start_ns(row), bits) - text.first_bin)] += row.count;
  for (const std::int64_t count : counts) text.bins += std::to_string(count) + ',';
  text.bins.back() = ']';
  return text;
}

}  // namespace headroom
