#include "sim/app/completed_run.hpp"

#include <cstring>
#include <optional>
#include <type_traits>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

// Both directions share one list of fields (`fields` below), so they cannot disagree.
class Writer {
 public:
  template <class... Fields>
  void operator()(Fields&... fields) {
    (put(fields), ...);
  }
  std::string take() { return std::move(bytes_); }

 private:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  // What is not there has no bytes: equal runs are equal bytes.
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  void put(const std::string& text) {
    put(text.size());
    bytes_ += text;
  }
  template <class T>
  void put(std::vector<T>& values) {
    put(values.size());
    if constexpr (std::is_trivially_copyable_v<T>) {
      bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    } else if constexpr (std::is_same_v<T, std::string>) {
      for (auto& value : values) put(value);
    } else {
      for (auto& value : values) fields(*this, value);
    }
  }

  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <class... Fields>
  void operator()(Fields&... fields) {
    (get(fields), ...);
  }
  bool at_end() const { return rest_.empty(); }

 private:
  void copy(void* to, std::size_t size) {
    HEADROOM_CHECK(size <= rest_.size(), "a whole run comes through the pipe; ", size,
                   " more bytes expected, ", rest_.size(), " there");
    if (size > 0) std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void get(T& value) { copy(static_cast<void*>(&value), sizeof value); }
  template <class T>
  void get(std::optional<T>& value) {
    bool is_there = false;
    get(is_there);
    if (is_there) get(value.emplace());
  }
  std::size_t count() {
    std::size_t n = 0;
    get(n);
    HEADROOM_CHECK(n <= rest_.size(), "a count in the pipe is no larger than what follows it, got ",
                   n);
    return n;
  }
  void get(std::string& text) {
    text.resize(count());
    copy(text.data(), text.size());
  }
  template <class T>
  void get(std::vector<T>& values) {
    values.resize(count());
    if constexpr (std::is_trivially_copyable_v<T>) {
      copy(static_cast<void*>(values.data()), values.size() * sizeof(T));
    } else if constexpr (std::is_same_v<T, std::string>) {
      for (auto& value : values) get(value);
    } else {
      for (auto& value : values) fields(*this, value);
    }
  }

  std::string_view rest_;
};

template <class Archive>
void fields(Archive& archive, SloRow& row) {
  archive(row.request_class, row.ttft_s, row.tpot_s, row.e2e_s);
}

template <class Archive>
void fields(Archive& archive, HistogramRow& row) {
  archive(row.metric, row.bin_start_s, row.bin_width_s, row.count, row.total_ns);
}

template <class Archive>
void fields(Archive& archive, ResourceUseRow& row) {
  archive(row.resource, row.replica, row.bin_start_s, row.bin_width_s, row.busy_s, row.amount,
          row.capacity);
}

template <class Archive>
void fields(Archive& archive, ResourceTotalRow& row) {
  archive(row.resource, row.amount, row.capacity);
}

template <class Archive>
void fields(Archive& archive, CacheStatRow& row) {
  archive(row.cache, row.tier, row.accesses, row.hits, row.evictions, row.bytes_in, row.bytes_out,
          row.offline_optimal_hits);
}

template <class Archive>
void fields(Archive& archive, LinkTotal& link) {
  archive(link.link, link.bandwidth, link.bytes, link.used_fraction);
}

template <class Archive>
void fields(Archive& archive, LimitRow& row) {
  archive(row.name, row.metric, row.value, row.unit, row.binding_resource, row.source);
}

template <class Archive>
void fields(Archive& archive, LedgerRow& row) {
  archive(row.category, row.resource, row.duration_ns, row.devices);
}

template <class Archive>
void fields(Archive& archive, RunMetrics& m) {
  archive(m.makespan_s, m.requests, m.completed, m.rejected, m.cancelled, m.preemptions,
          m.prompt_tokens, m.output_tokens, m.cached_tokens, m.iterations, m.measure_after_s,
          m.measure_until_s, m.measured_requests, m.requests_per_s, m.output_tokens_per_s,
          m.total_tokens_per_s, m.ttft_s, m.ttft_queued_s, m.tpot_s, m.itl_s, m.e2e_s, m.queueing_s,
          m.slo_attainment, m.goodput_requests_per_s, m.kv_blocks, m.kv_peak_blocks,
          m.prefix_hit_rate, m.binding_resource, m.attained_fraction, m.price_per_hour,
          m.cost_usd_per_million_output_tokens);
}

template <class Archive>
void fields(Archive& archive, CompletedRun& run) {
  auto& [name, text, hash, seed, version, base] = run.identity;
  archive(name, text, hash, seed, version, base);
  fields(archive, run.metrics);
  auto& [wall_s, cpu_s, peak_rss_bytes, started_at, host] = run.host;
  archive(wall_s, cpu_s, peak_rss_bytes, started_at, host);
  archive(run.warnings, run.classes, run.outcomes, run.slos, run.iterations, run.histogram,
          run.resource_use, run.resource_totals, run.links, run.cache_stats, run.limits,
          run.ledger);
}

}  // namespace

std::string pack(CompletedRun& run) {
  Writer writer;
  fields(writer, run);
  return writer.take();
}

CompletedRun unpack_run(std::string_view bytes) {
  CompletedRun run;
  Reader reader(bytes);
  fields(reader, run);
  HEADROOM_CHECK(reader.at_end(), "nothing follows a run in its pipe");
  return run;
}

}  // namespace headroom
