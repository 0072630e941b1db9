#include <limits>

#include "sim/scenario/sections.hpp"

namespace headroom {
namespace {

// 292 years of nanoseconds fit into a TimePoint; no date in a scenario comes near.
constexpr RealRange kDate{.low = 0, .high = 1e9};
constexpr RealRange kLatency{.low = 0, .low_is_allowed = false, .high = 1e9};

Slo read_thresholds(MapReader& reader) {
  Slo slo;
  slo.ttft = reader.optional_seconds("ttft", kLatency);
  slo.tpot = reader.optional_seconds("tpot", kLatency);
  slo.e2e = reader.optional_seconds("e2e", kLatency);
  return slo;
}

bool has_any(const Slo& slo) { return slo.ttft || slo.tpot || slo.e2e; }

DataType read_type(MapReader& reader, std::string_view key, DataType fallback) {
  const Node* given = reader.node(key);
  if (given == nullptr) {
    reader.record(key, std::string(name_of(fallback)), "default");
    return fallback;
  }
  const auto type = given->is_scalar() ? data_type_from_name(given->text) : std::nullopt;
  if (!type) {
    std::vector<std::string> names;
    for (const auto name : data_type_names()) names.emplace_back(name);
    reader.error(key, "has the unknown data type '" + given->text + "'" +
                          suggest(given->text, names, "types"));
    return fallback;
  }
  reader.record(key, std::string(name_of(*type)), reader.origin(key));
  return *type;
}

}  // namespace

DataTypes read_dtype_section(MapReader& root) {
  MapReader reader = root.section("dtype");
  DataTypes types;
  types.weights = read_type(reader, "weights", types.weights);
  types.kv_cache = read_type(reader, "kv_cache", types.kv_cache);
  types.activations = read_type(reader, "activations", types.activations);
  reader.finish();
  return types;
}

void read_slo_section(MapReader& root, Scenario& scenario) {
  auto reader = root.optional_child("slo");
  if (!reader) return;
  const Slo common = read_thresholds(*reader);
  if (has_any(common)) scenario.slo = common;
  if (auto classes = reader->optional_child("classes")) {
    for (const auto& name : classes->keys_present()) {
      if (name.find('.') != std::string::npos) {
        classes->error(name, "must not have a dot in the name of a class");
        continue;
      }
      MapReader one = classes->child(name);
      const Slo slo = read_thresholds(one);
      one.finish();
      if (!has_any(slo)) one.error("ttft", "or 'tpot' or 'e2e' is needed");
      scenario.class_slos.push_back({name, slo, classes->key_where(name)});
    }
    classes->finish(classes->keys_present());
  }
  reader->finish();
  if (reader->keys_present().empty())
    root.error("slo", "needs at least one of ttft, tpot, e2e, classes");
}

void read_measure_section(MapReader& root, Scenario& scenario) {
  MapReader reader = root.section("measure");
  scenario.measure_after = reader.seconds("after", kDate, Seconds(0));
  scenario.measure_until = reader.optional_seconds("until", kDate);
  reader.finish();
  if (scenario.measure_until && *scenario.measure_until <= scenario.measure_after)
    reader.error("until", "must be later than 'measure.after' (" +
                              format_quantity(scenario.measure_after.value, Dimension::kTime) +
                              ")");
}

RecordOptions read_record_section(MapReader& root) {
  MapReader reader = root.section("record");
  RecordOptions options;
  options.requests = reader.flag("requests", options.requests);
  options.iterations = reader.flag("iterations", options.iterations);
  options.max_iterations = reader.count("max_iterations", {.low = 1}, options.max_iterations);
  options.resource_bin = reader.seconds("resource_bin", kDate, options.resource_bin);
  reader.finish();
  if (options.resource_bin.value > 0 && options.resource_bin < Seconds(1e-6))
    reader.error("resource_bin", "must be 0 s (none) or at least 1 us");
  return options;
}

}  // namespace headroom
