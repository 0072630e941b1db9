#include "sim/app/run_rows.hpp"

#include <algorithm>
#include <numeric>

#include "hwmodels/compute/gpu_spec.hpp"
#include "sim/base/check.hpp"
#include "sim/runtime/device_account.hpp"
#include "sim/runtime/pass_account.hpp"

namespace headroom {

std::vector<LedgerRow> ledger_rows(const RunResult& result, const std::string& resource,
                                   std::int64_t gpus) {
  std::vector<LedgerRow> rows;
  const auto devices = gpus * static_cast<std::int64_t>(result.replicas.size());
  std::int64_t total = 0;
  for (const auto& replica : result.replicas) {
    const auto ledger = replica.passes
                            ? pass_ledger(*replica.passes, replica.account.idle_ns, result.makespan)
                            : device_ledger(replica.account, resource, result.makespan);
    for (auto entry : ledger) {
      entry.duration_ns *= gpus;  // ranks of a tensor-parallel replica do the same
      const auto found = std::find_if(rows.begin(), rows.end(), [&](const LedgerRow& row) {
        return row.category == entry.category;
      });
      if (found == rows.end()) {
        rows.push_back({entry.category, resource, entry.duration_ns, devices});
      } else {
        found->duration_ns += entry.duration_ns;
      }
      total += entry.duration_ns;
    }
  }
  HEADROOM_CHECK(total == devices * result.makespan.value,
                 "the ledger sums to devices x makespan, got ", total, " ns for ", devices, " x ",
                 result.makespan.value);
  return rows;
}

namespace {

void append_link_rows(const ReplicaResult& replica, std::int32_t index,
                      std::vector<ResourceUseRow>& rows) {
  const double width = to_seconds(replica.series.bin_width()).value;
  for (std::size_t l = 0; l < replica.links.size(); ++l) {
    const LinkUse& link = replica.links[l];
    for (std::size_t b = 0; b < replica.series.bins().size(); ++b) {
      const double bytes = replica.series.link_bytes(b, l);
      rows.push_back({link.link, index, static_cast<double>(b) * width, width,
                      bytes / link.bandwidth.value, bytes, width * link.bandwidth.value});
    }
  }
}

}  // namespace

std::vector<ResourceUseRow> resource_rows(const RunResult& result, const Scenario& scenario) {
  std::vector<ResourceUseRow> rows;
  const GpuSpec& gpu = scenario.hardware.gpu;
  const double flops_per_s = peak_rate(gpu, scenario.dtype.activations).value;
  const double bytes_per_s = gpu.hbm_bandwidth.value;
  for (std::size_t r = 0; r < result.replicas.size(); ++r) {
    const auto& replica = result.replicas[r];
    append_link_rows(replica, static_cast<std::int32_t>(r), rows);
    const double width = to_seconds(replica.series.bin_width()).value;
    const auto index = static_cast<std::int32_t>(r);
    const auto& bins = replica.series.bins();
    for (std::size_t b = 0; b < bins.size(); ++b) {
      const double start = static_cast<double>(b) * width;
      rows.push_back({"compute", index, start, width, bins[b].compute_s,
                      bins[b].compute_s * flops_per_s, width * flops_per_s});
      rows.push_back({"hbm", index, start, width, bins[b].hbm_s, bins[b].hbm_s * bytes_per_s,
                      width * bytes_per_s});
      rows.push_back({"kv_blocks", index, start, width, bins[b].busy_s, bins[b].kv_block_s,
                      width * static_cast<double>(replica.kv_blocks)});
    }
  }
  return rows;
}

namespace {

// Seconds of one GPU at peak rate and at full bandwidth.
struct BusySeconds {
  double compute_s = 0, hbm_s = 0;
};

BusySeconds busy_seconds(const DeviceAccount& a) {
  const double weights_again_s =
      std::accumulate(a.hbm_weights_extra_s.begin(), a.hbm_weights_extra_s.end(), 0.0);
  return {a.compute_useful_s + a.compute_again_s, a.hbm_weights_useful_s + weights_again_s +
                                                      a.hbm_kv_useful_s + a.hbm_kv_reread_s +
                                                      a.hbm_kv_again_s + a.hbm_activations_s};
}

}  // namespace

std::vector<ResourceTotalRow> resource_totals(const RunResult& result, const Scenario& scenario,
                                              const std::vector<PassRunner*>& passes,
                                              const std::vector<LinkTotal>& links,
                                              std::int64_t gpus) {
  BusySeconds busy;
  for (std::size_t r = 0; r < result.replicas.size(); ++r) {
    const BusySeconds one = passes.empty() ? busy_seconds(result.replicas[r].account)
                                           : BusySeconds{passes[r]->totals().gpu_compute_s,
                                                         passes[r]->totals().gpu_hbm_s};
    busy.compute_s += one.compute_s;
    busy.hbm_s += one.hbm_s;
  }
  const auto nodes = static_cast<double>(result.replicas.size());
  const double time_s = to_seconds(result.makespan).value;
  const double flops_per_s = peak_rate(scenario.hardware.gpu, scenario.dtype.activations).value *
                             static_cast<double>(gpus);
  const double bytes_per_s = scenario.hardware.gpu.hbm_bandwidth.value * static_cast<double>(gpus);
  std::vector<ResourceTotalRow> rows{
      {"compute", busy.compute_s * flops_per_s, time_s * flops_per_s * nodes},
      {"hbm", busy.hbm_s * bytes_per_s, time_s * bytes_per_s * nodes}};
  for (const LinkTotal& link : links)
    rows.push_back({link.link, link.bytes, time_s * link.bandwidth * nodes});
  return rows;
}

namespace {

// Replicas' caches of one name are one row.
void add_cache(const CacheCounts& counts, std::vector<CacheStatRow>& rows) {
  auto row = std::find_if(rows.begin(), rows.end(), [&](const CacheStatRow& r) {
    return r.cache == counts.cache && r.tier == counts.tier;
  });
  if (row == rows.end()) {
    row = rows.emplace(rows.end());
    row->cache = counts.cache;
    row->tier = counts.tier;
  }
  row->accesses += counts.accesses;
  row->hits += counts.hits;
  row->evictions += counts.evictions;
  row->bytes_in += static_cast<std::int64_t>(counts.bytes_in);
  if (counts.offline_optimal_hits >= 0)
    row->offline_optimal_hits = row->offline_optimal_hits.value_or(0) + counts.offline_optimal_hits;
}

}  // namespace

std::vector<LinkTotal> link_totals(const RunResult& result) {
  std::vector<LinkTotal> totals;
  for (const auto& replica : result.replicas) {
    totals.resize(replica.links.size());
    for (std::size_t l = 0; l < totals.size(); ++l) {
      totals[l].link = replica.links[l].link;
      totals[l].bandwidth = replica.links[l].bandwidth.value;
      totals[l].bytes += replica.links[l].bytes;
    }
  }
  const double time_s = to_seconds(result.makespan).value;
  const auto nodes = static_cast<double>(result.replicas.size());
  if (time_s > 0)
    for (LinkTotal& total : totals)
      total.used_fraction = total.bytes / (total.bandwidth * time_s * nodes);
  return totals;
}

std::vector<CacheStatRow> cache_rows(const RunResult& result) {
  std::vector<CacheStatRow> rows(1);
  CacheStatRow& row = rows.front();
  row.cache = "prefix";
  row.tier = "hbm";
  for (const auto& replica : result.replicas) {
    row.accesses += replica.prefix_queried_tokens;
    row.hits += replica.prefix_hit_tokens;
    row.evictions += replica.kv_evictions;
  }
  for (const auto& replica : result.replicas)
    for (const CacheCounts& counts : replica.caches) add_cache(counts, rows);
  return rows;
}

}  // namespace headroom
