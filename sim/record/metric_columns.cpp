#include "sim/record/metric_columns.hpp"

#include <cstdint>

namespace headroom {
namespace {

void add_distribution(std::vector<NamedMetric>& list, const std::string& name,
                      const std::optional<Distribution>& values) {
  const auto add = [&](const char* statistic, double Distribution::*member) {
    list.push_back({name + "_" + statistic + "_s", values ? Cell((*values).*member) : Cell()});
  };
  add("mean", &Distribution::mean);
  add("p50", &Distribution::p50);
  add("p90", &Distribution::p90);
  add("p95", &Distribution::p95);
  add("p99", &Distribution::p99);
}

Cell cell_of(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

}  // namespace

std::vector<NamedMetric> metric_columns(const RunMetrics& m) {
  std::vector<NamedMetric> list{
      {"makespan_s", m.makespan_s},
      {"requests", m.requests},
      {"completed", m.completed},
      {"rejected", m.rejected},
      {"cancelled", m.cancelled},
      {"preemptions", m.preemptions},
      {"prompt_tokens", m.prompt_tokens},
      {"output_tokens", m.output_tokens},
      {"cached_tokens", m.cached_tokens},
      {"iterations", m.iterations},
      {"measure_after_s", m.measure_after_s},
      {"measure_until_s", m.measure_until_s},
      {"measured_requests", m.measured_requests},
      {"requests_per_s", m.requests_per_s},
      {"output_tokens_per_s", m.output_tokens_per_s},
      {"total_tokens_per_s", m.total_tokens_per_s},
  };
  add_distribution(list, "ttft", m.ttft_s);
  add_distribution(list, "ttft_queued", m.ttft_queued_s);
  add_distribution(list, "tpot", m.tpot_s);
  add_distribution(list, "itl", m.itl_s);
  add_distribution(list, "e2e", m.e2e_s);
  add_distribution(list, "queueing", m.queueing_s);
  list.push_back({"slo_attainment", cell_of(m.slo_attainment)});
  list.push_back({"goodput_requests_per_s", cell_of(m.goodput_requests_per_s)});
  list.push_back({"kv_blocks", m.kv_blocks});
  list.push_back({"kv_peak_blocks", m.kv_peak_blocks});
  list.push_back({"prefix_hit_rate", cell_of(m.prefix_hit_rate)});
  list.push_back({"binding_resource", m.binding_resource});
  list.push_back({"attained_fraction", m.attained_fraction});
  list.push_back({"price_per_hour", cell_of(m.price_per_hour)});
  list.push_back(
      {"cost_usd_per_million_output_tokens", cell_of(m.cost_usd_per_million_output_tokens)});
  return list;
}

}  // namespace headroom
