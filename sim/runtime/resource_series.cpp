#include "sim/runtime/resource_series.hpp"

#include <algorithm>

namespace headroom {
namespace {

void accumulate(ResourceBin& bin, const ResourceBin& use, double share) {
  bin.busy_s += use.busy_s * share;
  bin.compute_s += use.compute_s * share;
  bin.hbm_s += use.hbm_s * share;
  bin.kv_block_s += use.kv_block_s * share;
}

}  // namespace

void ResourceSeries::add(TimePoint start, TimePoint end, const ResourceBin& use) {
  if (width_.value == 0 || end <= start) return;
  while ((end.value - 1) / width_.value >= static_cast<std::int64_t>(kMaxBins)) halve();
  const auto first = static_cast<std::size_t>(start.value / width_.value);
  const auto last = static_cast<std::size_t>((end.value - 1) / width_.value);
  if (bins_.size() <= last) bins_.resize(last + 1);
  if (first == last) {
    accumulate(bins_[first], use, 1.0);
    return;
  }
  const double length = static_cast<double>(end.value - start.value);
  for (std::size_t bin = first; bin <= last; ++bin) {
    const std::int64_t from = std::max(start.value, static_cast<std::int64_t>(bin) * width_.value);
    const std::int64_t until =
        std::min(end.value, static_cast<std::int64_t>(bin + 1) * width_.value);
    accumulate(bins_[bin], use, static_cast<double>(until - from) / length);
  }
}

void ResourceSeries::halve() {
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const ResourceBin use = bins_[i];
    if (i % 2 == 0) {
      bins_[i / 2] = use;
    } else {
      accumulate(bins_[i / 2], use, 1.0);
    }
  }
  bins_.resize((bins_.size() + 1) / 2);
  width_ = width_ * 2;
}

}  // namespace headroom
