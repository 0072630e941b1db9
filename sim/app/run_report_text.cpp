#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <vector>

#include "analysis/limits/offload_rows.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/ledger_words.hpp"
#include "sim/app/run_report.hpp"
#include "sim/app/standard_output.hpp"

namespace headroom {
namespace {

constexpr std::size_t kBarWidth = 30;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string headline(const RecordedRun& recorded) {
  const auto& m = recorded.run.metrics;
  std::string text = recorded.run.identity.name + '\n';
  text += "  " + human_count(m.completed) + " of " + human_count(m.requests) +
          " requests completed, " + human_count(m.rejected) + " rejected";
  if (m.cancelled > 0) text += ", " + human_count(m.cancelled) + " cancelled";
  text += "; " + human_count(m.preemptions) + " preemptions\n";
  text += "  " + human_time(m.makespan_s) + " simulated in " + human_count(m.iterations) +
          " iterations; " + human_count(m.prompt_tokens) + " prompt tokens, " +
          human_count(m.output_tokens) + " output tokens\n";
  const bool whole = m.measure_after_s <= 0 && m.measure_until_s >= m.makespan_s;
  text += "  rates and latencies over ";
  text += whole ? "the whole run\n"
                : human_time(m.measure_after_s) + " to " + human_time(m.measure_until_s) + ", " +
                      human_count(m.measured_requests) + " requests\n";
  return text;
}

std::string latencies(const RunMetrics& m) {
  struct Line {
    const char* name;
    const std::optional<Distribution>& values;
    const char* meaning;
  };
  const std::array<Line, 5> lines{{{"TTFT", m.ttft_s, "arrival to first token"},
                                   {"TPOT", m.tpot_s, "per token after the first"},
                                   {"ITL", m.itl_s, "gap between tokens"},
                                   {"E2E", m.e2e_s, "arrival to last token"},
                                   {"queueing", m.queueing_s, "arrival to first computed"}}};
  std::string text = "\n" + padded("latency", 12);
  for (const char* column : {"mean", "p50", "p90", "p95", "p99"}) text += right(column, 11);
  for (const auto& line : lines) {
    text += "\n  " + padded(line.name, 10);
    if (!line.values) {
      text += right("-", 11);
      continue;
    }
    const auto& d = *line.values;
    for (const double value : {d.mean, d.p50, d.p90, d.p95, d.p99})
      text += right(human_time(value), 11);
    text += std::string("   ") + line.meaning;
  }
  return text + '\n';
}

std::string slo_words(const std::vector<SloRow>& slos) {
  std::string text;
  for (const auto& slo : slos) {
    std::string one;
    const auto add = [&](const char* name, const std::optional<double>& threshold) {
      if (threshold)
        one += (one.empty() ? "" : ", ") + std::string(name) + " <= " + human_time(*threshold);
    };
    add("TTFT", slo.ttft_s);
    add("TPOT", slo.tpot_s);
    add("E2E", slo.e2e_s);
    text += (text.empty() ? "" : "; ") + (slos.size() > 1 ? slo.request_class + ": " : "") + one;
  }
  return text;
}

std::string rates(const CompletedRun& run) {
  const auto& m = run.metrics;
  std::string text = "\n" + padded("throughput", 12) + human_number(m.requests_per_s) +
                     " requests/s, " + human_number(m.output_tokens_per_s) + " output tokens/s, " +
                     human_number(m.total_tokens_per_s) + " tokens/s\n";
  if (m.slo_attainment) {
    text += padded("SLO", 12) + human_percent(*m.slo_attainment) + " met it (" +
            slo_words(run.slos) + ')';
    if (m.goodput_requests_per_s)
      text += "; goodput " + human_number(*m.goodput_requests_per_s) + " requests/s";
    text += '\n';
  }
  text += padded("KV cache", 12) + human_count(m.kv_blocks) + " blocks per replica, peak " +
          human_count(m.kv_peak_blocks);
  if (m.kv_blocks > 0)
    text +=
        " (" +
        human_percent(static_cast<double>(m.kv_peak_blocks) / static_cast<double>(m.kv_blocks)) +
        ')';
  if (m.prefix_hit_rate)
    text += "; " + human_percent(*m.prefix_hit_rate) + " of looked-up prompt tokens were cached";
  if (m.price_per_hour) {
    text += '\n' + padded("price", 12) + human_number(*m.price_per_hour) + " USD/h";
    if (m.cost_usd_per_million_output_tokens)
      text += ", " + human_number(*m.cost_usd_per_million_output_tokens) +
              " USD per million output tokens";
  }
  return text + '\n';
}

// Counts that bounds are made of are for `headroom limits`.
bool is_for_a_reader(const LimitRow& limit) {
  return is_reported(limit) && limit.name != "passes" && limit.unit != "1/pass";
}

std::string limits(const CompletedRun& run) {
  struct Line {
    std::string name, metric, value, bound_by;
  };
  std::vector<Line> lines;
  std::size_t name_width = 0, metric_width = 0, value_width = 0;
  for (const auto& limit : run.limits) {
    if (!is_for_a_reader(limit)) continue;
    const bool of_resource = limit.name == "resource";
    lines.push_back({of_resource ? limit.binding_resource : limit.name, limit.metric,
                     human_with_unit(limit.value, limit.unit),
                     of_resource ? "" : "   bound by " + limit.binding_resource});
    name_width = std::max(name_width, lines.back().name.size());
    metric_width = std::max(metric_width, lines.back().metric.size());
    value_width = std::max(value_width, lines.back().value.size());
  }
  std::string text = "\nlimits of this scenario, whatever the policy\n";
  for (const auto& line : lines)
    text += "  " + padded(line.name, name_width) + "  " + padded(line.metric, metric_width) + "  " +
            right(line.value, value_width) + line.bound_by + '\n';
  text += "  attained " + human_percent(run.metrics.attained_fraction) +
          " of the tightest, bound by " + run.metrics.binding_resource + '\n';
  return text;
}

std::string links(const CompletedRun& run) {
  if (run.links.empty()) return "";
  std::size_t name_width = 0, rate_width = 0;
  for (const auto& link : run.links) {
    name_width = std::max(name_width, link.link.size());
    rate_width = std::max(rate_width, human_with_unit(link.bandwidth, "B/s").size());
  }
  std::string text = "\nwhat the links carried\n";
  for (const auto& link : run.links)
    text += "  " + padded(link.link, name_width) + "  " + right(human_bytes(link.bytes), 10) +
            "  " + right(human_percent(link.used_fraction), 7) + " of " +
            right(human_with_unit(link.bandwidth, "B/s"), rate_width) + '\n';
  return text;
}

// The prefix cache has its place beside the KV cache.
std::string caches(const CompletedRun& run) {
  std::string text;
  for (const auto& cache : run.cache_stats) {
    if (cache.cache == "prefix" || cache.accesses == 0) continue;
    const auto part = [&](std::int64_t hits) {
      return human_percent(static_cast<double>(hits) / static_cast<double>(cache.accesses));
    };
    text += "\ncache '" + cache.cache + "' in " + cache.tier + ": " + part(cache.hits) + " of " +
            human_count(cache.accesses) + " accesses hit";
    if (cache.offline_optimal_hits)
      text += ", " + part(*cache.offline_optimal_hits) + " with the future known";
    text += "; " + human_bytes(static_cast<double>(cache.bytes_in)) + " came in\n";
  }
  return text;
}

std::string ledger(const CompletedRun& run) {
  if (run.ledger.empty()) return "";
  std::int64_t total = 0;
  std::size_t width = 0;
  for (const auto& row : run.ledger) {
    total += row.duration_ns;
    if (is_reported(row)) width = std::max(width, row.category.size());
  }
  const auto devices = run.ledger.front().devices;
  const auto share = [&](const LedgerRow& row) {
    return static_cast<double>(row.duration_ns) / static_cast<double>(total);
  };
  const auto bar = [&](const LedgerRow& row) {
    return static_cast<std::size_t>(std::lround(share(row) * static_cast<double>(kBarWidth)));
  };
  std::size_t longest_bar = 0;
  for (const auto& row : run.ledger) longest_bar = std::max(longest_bar, bar(row));
  const std::string& resource = run.ledger.front().resource;
  std::string text = "\nwhere the time went: " + (resource == "gpu" ? "" : resource + " of ") +
                     human_count(devices) + (devices == 1 ? " GPU" : " GPUs") + ", " +
                     human_time(static_cast<double>(total) * 1e-9) + " in all\n";
  for (const auto& row : run.ledger) {
    if (!is_reported(row)) continue;
    text += "  " + padded(row.category, width) + "  " + right(human_percent(share(row)), 7) + "  " +
            right(human_time(static_cast<double>(row.duration_ns) * 1e-9), 9) + "  " +
            padded(std::string(bar(row), '#'), longest_bar) + "  " + ledger_words(row.category) +
            '\n';
  }
  return text;
}

}  // namespace

bool is_reported(const LimitRow& limit) {
  return !limit.name.starts_with("op_") && !is_published_model(limit) && !is_advice(limit);
}
bool is_reported(const LedgerRow& row) { return row.duration_ns != 0; }

std::string run_text(const RecordedRun& recorded) {
  const auto& run = recorded.run;
  std::string text = headline(recorded) + latencies(run.metrics) + rates(run) + limits(run) +
                     links(run) + caches(run) + ledger(run);
  for (const auto& warning : run.warnings) text += "\nwarning: " + warning + '\n';
  return text;
}

std::string seeds_text(std::span<const RecordedRun> recorded) {
  if (recorded.empty()) return "";
  std::string text = recorded.front().run.identity.name + ": " + std::to_string(recorded.size()) +
                     " seeds, from " + std::to_string(recorded.front().run.identity.seed) + " to " +
                     std::to_string(recorded.back().run.identity.seed) +
                     "; mean and half width of its 95 % interval (Student's t)\n\n" +
                     rendered_text(seeds_table(recorded));
  std::set<std::string> warnings;
  for (const auto& one : recorded)
    warnings.insert(one.run.warnings.begin(), one.run.warnings.end());
  for (const auto& warning : warnings) text += "\nwarning: " + warning + '\n';
  return text;
}

}  // namespace headroom
