#include "sim/runtime/resource_series.hpp"

#include <algorithm>

namespace headroom {

void ResourceSeries::accumulate(std::size_t bin, const ResourceBin& use,
                                std::span<const double> link_bytes, double share) {
  ResourceBin& sum = bins_[bin];
  sum.busy_s += use.busy_s * share;
  sum.compute_s += use.compute_s * share;
  sum.hbm_s += use.hbm_s * share;
  sum.kv_block_s += use.kv_block_s * share;
  for (std::size_t l = 0; l < link_bytes.size(); ++l)
    link_bytes_[bin * links_ + l] += link_bytes[l] * share;
}

void ResourceSeries::add(TimePoint start, TimePoint end, const ResourceBin& use,
                         std::span<const double> link_bytes) {
  if (width_.value == 0 || end <= start) return;
  while ((end.value - 1) / width_.value >= static_cast<std::int64_t>(kMaxBins)) halve();
  const auto first = static_cast<std::size_t>(start.value / width_.value);
  const auto last = static_cast<std::size_t>((end.value - 1) / width_.value);
  if (bins_.size() <= last) {
    bins_.resize(last + 1);
    link_bytes_.resize((last + 1) * links_);
  }
  if (first == last) {
    accumulate(first, use, link_bytes, 1.0);
    return;
  }
  const double length = static_cast<double>(end.value - start.value);
  for (std::size_t bin = first; bin <= last; ++bin) {
    const std::int64_t from = std::max(start.value, static_cast<std::int64_t>(bin) * width_.value);
    const std::int64_t until =
        std::min(end.value, static_cast<std::int64_t>(bin + 1) * width_.value);
    accumulate(bin, use, link_bytes, static_cast<double>(until - from) / length);
  }
}

void ResourceSeries::halve() {
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const ResourceBin use = bins_[i];
    const std::vector<double> bytes(
        link_bytes_.begin() + static_cast<std::ptrdiff_t>(i * links_),
        link_bytes_.begin() + static_cast<std::ptrdiff_t>((i + 1) * links_));
    if (i % 2 == 0) {
      bins_[i / 2] = {};
      std::fill_n(link_bytes_.begin() + static_cast<std::ptrdiff_t>(i / 2 * links_), links_, 0.0);
    }
    accumulate(i / 2, use, bytes, 1.0);
  }
  bins_.resize((bins_.size() + 1) / 2);
  link_bytes_.resize(bins_.size() * links_);
  width_ = width_ * 2;
}

}  // namespace headroom
