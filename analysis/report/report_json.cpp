#include "analysis/report/report_json.hpp"

#include <cmath>

#include "analysis/report/chosen_runs.hpp"
#include "analysis/report/json_writer.hpp"

namespace headroom {
namespace {

constexpr std::size_t kComparedRuns =
    4;  // when the page is opened; more lines are hard to tell apart

void write_threshold(JsonWriter& json, const std::optional<double>& value) {
  if (value) {
    json.value(*value);
  } else {
    json.null();
  }
}

// One array per column: names once, and what is alike is next to each other.
void write_facts(JsonWriter& json, const ReportData& data) {
  json.begin_object();
  for (std::size_t c = 0; c < data.fact_columns.size(); ++c) {
    json.key(data.fact_columns[c]);
    json.array(data.runs, [&](const ReportRun& run) { json.value(run.facts[c]); });
  }
  json.end_object();
}

void write_parameters(JsonWriter& json, const ReportData& data) {
  json.begin_array();
  for (std::size_t p = 0; p < data.parameters.size(); ++p) {
    json.begin_object();
    json.key("key");
    json.value(data.parameters[p]);
    json.key("values");
    json.array(data.runs, [&](const ReportRun& run) { json.value(run.parameters[p]); });
    json.end_object();
  }
  json.end_array();
}

void write_limits(JsonWriter& json, const ReportRun& run) {
  json.array(run.limits, [&](const ReportLimit& limit) {
    json.begin_array();
    json.value(limit.kind);
    json.value(limit.value);
    json.value(limit.binding_resource);
    json.end_array();
  });
}

void write_ledger(JsonWriter& json, const ReportRun& run) {
  json.begin_object();
  json.key("resource");
  json.value(run.ledger_resource);
  json.key("devices");
  json.value(run.devices);
  json.key("rows");
  json.array(run.ledger, [&](const LedgerShare& share) {
    json.begin_array();
    json.value(share.category);
    json.value(share.duration_ns);
    json.end_array();
  });
  json.end_object();
}

void write_latencies(JsonWriter& json, const ReportRun& run) {
  json.begin_object();
  for (std::size_t m = 0; m < kReportLatencies.size(); ++m) {
    if (run.latencies[m].empty()) continue;
    json.key(kReportLatencies[m]);
    json.array(run.latencies[m]);
  }
  json.end_object();
}

void write_operating_point(JsonWriter& json, const ReportRun& run) {
  if (!run.operating_point) return json.null();
  const OperatingPoint& point = *run.operating_point;
  json.begin_array();
  for (const double value :
       {point.flops_per_s, point.bytes_per_s, point.peak_flops_per_s, point.peak_bytes_per_s})
    json.value(value);
  json.end_array();
}

void write_use(JsonWriter& json, const ReportRun& run) {
  json.array(run.use, [&](const UseSeries& series) {
    json.begin_object();
    json.key("resource");
    json.value(series.resource);
    json.key("bin_width_s");
    json.value(series.bin_width_s);
    json.key("used");
    json.array(series.used_fraction,
               [&](double used) { json.value(std::round(used * 1e4) / 1e4); });
    json.end_object();
  });
}

void write_slos(JsonWriter& json, const ReportRun& run) {
  json.array(run.slos, [&](const SloRow& slo) {
    json.begin_array();
    json.value(slo.request_class);
    write_threshold(json, slo.ttft_s);
    write_threshold(json, slo.tpot_s);
    write_threshold(json, slo.e2e_s);
    json.end_array();
  });
}

void write_changes(JsonWriter& json, const ReportRun& run) {
  json.array(run.changes, [&](const ScenarioChange& change) {
    json.begin_array();
    json.value(change.key);
    json.value(change.value);
    json.end_array();
  });
}

void write_run(JsonWriter& json, const ReportRun& run) {
  json.begin_object();
  json.key("id");
  json.value(std::to_string(run.run_id));
  json.key("scenario");
  json.array(run.scenario);
  json.key("changes");
  write_changes(json, run);
  json.key("warnings");
  json.array(run.warnings);
  json.key("slos");
  write_slos(json, run);
  json.key("limits");
  write_limits(json, run);
  json.key("ledger");
  write_ledger(json, run);
  json.key("latencies");
  write_latencies(json, run);
  json.key("operating_point");
  write_operating_point(json, run);
  json.key("use");
  write_use(json, run);
  json.end_object();
}

}  // namespace

std::string report_json(const ReportData& data, const std::string& title,
                        const CategoryWords& words) {
  JsonWriter json;
  json.begin_object();
  json.key("title");
  json.value(title);
  json.key("fractions");
  json.array(kReportFractions);
  json.key("facts");
  write_facts(json, data);
  json.key("parameters");
  write_parameters(json, data);
  json.key("scenario_lines");
  json.array(data.scenario_lines);
  json.key("limit_kinds");
  json.array(data.limit_kinds, [&](const LimitKind& kind) {
    json.array(std::array{kind.name, kind.metric, kind.unit, kind.source});
  });
  json.key("categories");
  json.array(data.categories, [&](const std::string& category) {
    json.array(std::array{category, words(category)});
  });
  json.key("compared");
  json.array(chosen_runs(data, kComparedRuns));
  json.key("runs");
  json.array(data.runs, [&](const ReportRun& run) { write_run(json, run); });
  json.end_object();
  return json.take();
}

}  // namespace headroom
