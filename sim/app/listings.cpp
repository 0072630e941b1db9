#include "sim/app/listings.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "analysis/queries/named_queries.hpp"
#include "hwmodels/calibration/calibration.hpp"
#include "hwmodels/catalog/catalog.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "policies/batching/batch_policy.hpp"
#include "policies/execution/system_traits.hpp"
#include "policies/routing/router.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/scenario/engine_preset.hpp"
#include "sim/transformer/data_type.hpp"
#include "sim/transformer/lowering.hpp"
#include "sim/transformer/op.hpp"
#include "workloads/lengths/length_distribution.hpp"
#include "workloads/models/catalog.hpp"

namespace headroom {
namespace {

Table names_table(const std::string& column, const std::vector<std::string>& names) {
  Table table{{{column}}, {}};
  for (const auto& name : names) table.rows.push_back({name});
  return table;
}

// ---- Devices ----

Table devices_table(DeviceKind kind, const std::vector<std::string>& facts) {
  Table table{{{"name"}}, {}};
  for (const auto& fact : facts) table.columns.push_back({fact});
  table.columns.push_back({"low_confidence"});
  for (const auto& name : device_names(kind)) {
    const DeviceEntry* device = find_device(kind, name);
    std::vector<Cell> row{name};
    for (const auto& key : facts) {
      const DeviceFact* fact = device->find(key);
      row.push_back(fact ? Cell{fact->value} : Cell{});
    }
    std::string doubtful;
    for (const auto& fact : device->facts)
      if (fact.low_confidence) doubtful += (doubtful.empty() ? "" : " ") + fact.key;
    row.push_back(doubtful.empty() ? Cell{} : Cell{doubtful});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table device_table(DeviceKind kind, const std::string& name, const std::string& what) {
  const DeviceEntry* device = find_device(kind, name);
  if (!device)
    throw UserError("error: unknown name '" + name + '\'' +
                    suggest(name, device_names(kind), what));
  Table table{{{"key"}, {"value"}, {"source"}, {"confidence"}}, {}};
  for (const auto& fact : device->facts)
    table.rows.push_back(
        {fact.key, fact.value, fact.source, std::string(fact.low_confidence ? "low" : "normal")});
  return table;
}

Listing devices(DeviceKind kind, const std::string& name, const std::string& contents,
                std::vector<std::string> facts) {
  return {name, contents, [kind, facts = std::move(facts)] { return devices_table(kind, facts); },
          [kind, name](const std::string& one) { return device_table(kind, one, name); }};
}

// ---- Models ----

Table models_table() {
  Table table{{{"name"},
               {"hugging_face_id"},
               {"layers"},
               {"hidden_size"},
               {"parameters"},
               {"active_parameters"},
               {"experts"},
               {"kv_bytes_per_token_bf16"},
               {"confidence"}},
              {}};
  for (const auto& name : model_names()) {
    const CatalogModel* model = find_catalog_model(name);
    const ParameterCount parameters = count_parameters(model->spec);
    const LoweredModel lowered(model->spec, {}, {});
    table.rows.push_back({name, model->hf_id.empty() ? Cell{} : Cell{model->hf_id},
                          model->spec.num_hidden_layers, model->spec.hidden_size,
                          parameters.total(), parameters.active,
                          model->spec.moe ? Cell{model->spec.moe->num_experts} : Cell{},
                          lowered.kv_bytes_per_token().value, model->confidence});
  }
  return table;
}

Table model_table(const std::string& name) {
  const CatalogModel* model = find_catalog_model(name);
  if (!model)
    throw UserError("error: unknown name '" + name + '\'' + suggest(name, model_names(), "models"));
  const ModelSpec& spec = model->spec;
  const ParameterCount parameters = count_parameters(spec);
  Table table{{{"key"}, {"value"}, {"source"}}, {}};
  const auto add = [&](const char* key, Cell value, const std::string& source) {
    table.rows.push_back({std::string(key), std::move(value), source});
  };
  add("model_type", spec.model_type, model->shape_source);
  add("num_hidden_layers", spec.num_hidden_layers, model->shape_source);
  add("hidden_size", spec.hidden_size, model->shape_source);
  add("intermediate_size", spec.intermediate_size, model->shape_source);
  add("num_attention_heads", spec.num_attention_heads, model->shape_source);
  add("num_key_value_heads", spec.num_key_value_heads, model->shape_source);
  add("head_dim", spec.head_dim, model->shape_source);
  add("vocab_size", spec.vocab_size, model->shape_source);
  add("max_position_embeddings", spec.max_position_embeddings, model->shape_source);
  if (spec.moe) {
    add("num_experts", spec.moe->num_experts, model->shape_source);
    add("num_experts_per_tok", spec.moe->num_experts_per_tok, model->shape_source);
    add("moe_intermediate_size", spec.moe->moe_intermediate_size, model->shape_source);
  }
  if (spec.mla) add("kv_lora_rank", spec.mla->kv_lora_rank, model->shape_source);
  add("parameters", parameters.total(), "counted from the shape");
  add("active_parameters", parameters.active, "counted from the shape");
  if (spec.published_params)
    add("published_parameters", *spec.published_params, model->params_source);
  if (spec.published_active_params)
    add("published_active_parameters", *spec.published_active_params, model->params_source);
  add("confidence", model->confidence, model->note);
  return table;
}

// ---- Words of the configuration language ----

Table units_table() {
  Table table{{{"dimension"}, {"units"}, {"example"}}, {}};
  table.rows = {
      {std::string("time"), std::string("ns us ms s min h"), std::string("50 ms")},
      {std::string("bytes"), std::string("B kB MB GB TB, and KiB MiB GiB TiB (1 GiB = 1024^3 B)"),
       std::string("80 GiB")},
      {std::string("bandwidth"), std::string("B/s to TB/s and KiB/s to TiB/s; bit/s to Tbit/s"),
       std::string("3.35 TB/s")},
      {std::string("arithmetic rate"), std::string("FLOPS to PFLOPS, TOPS"),
       std::string("989.4 TFLOPS")},
      {std::string("rate"), std::string("/s /min /h"), std::string("4 /s")},
      {std::string("power"), std::string("W kW"), std::string("700 W")},
      {std::string("price"), std::string("USD/h"), std::string("2.5 USD/h")},
      {std::string("tokens, counts, fractions"), std::string("bare numbers"), std::string("2048")},
  };
  return table;
}

Table data_types_table() {
  Table table{{{"data_type"}, {"bytes_per_element"}}, {}};
  for (const auto name : data_type_names()) {
    const auto type = data_type_from_name(name);
    if (type) table.rows.push_back({std::string(name), bytes_per_element(*type)});
  }
  return table;
}

Table traces_table() {
  const auto row = [](const char* format, const char* file, const char* fields) {
    return std::vector<Cell>{std::string(format), std::string(file), std::string(fields)};
  };
  return {{{"format"}, {"file"}, {"fields"}},
          {row("azure", "CSV", "TIMESTAMP (date and time), ContextTokens, GeneratedTokens"),
           row("mooncake", "JSON lines",
               "timestamp (ms), input_length, output_length, hash_ids (one per 512 prompt tokens)"),
           row("vidur", "CSV", "arrived_at (s), num_prefill_tokens, num_decode_tokens"),
           row("burstgpt", "CSV", "Timestamp (s), Request tokens, Response tokens"),
           row("llmservingsim", "CSV or JSON lines", "arrival_time_ns, input_toks, output_toks"),
           row("csv", "CSV", "the columns that workload.trace.columns names")}};
}

Table arrivals_table() {
  const auto row = [](const char* process, const char* keys) {
    return std::vector<Cell>{std::string(process), std::string(keys)};
  };
  return {
      {{"process"}, {"keys"}},
      {row("poisson", "rate"), row("gamma", "rate, burstiness (below 1: burstier than poisson)"),
       row("constant", "rate"), row("all_at_once", ""), row("closed_loop", "max_concurrency")}};
}

Table lengths_table() {
  const auto row = [](const char* distribution, const char* keys) {
    return std::vector<Cell>{std::string(distribution), std::string(keys)};
  };
  Table table{{{"distribution"}, {"keys"}},
              {row("fixed", "value"), row("uniform", "min, max"),
               row("lognormal", "mean, stddev (of the lengths), max"),
               row("empirical", "format, path (of a trace)")}};
  for (const auto& named : named_prompt_lengths())
    table.rows.push_back({std::string(named.name), "prompts: " + std::string(named.what)});
  for (const auto& named : named_output_lengths())
    table.rows.push_back({std::string(named.name), "outputs: " + std::string(named.what)});
  return table;
}

Table op_names_table() {
  std::vector<std::string> names;
  for (int kind = 0; kind <= static_cast<int>(OpKind::kAllReduce); ++kind)
    names.emplace_back(name_of(static_cast<OpKind>(kind)));
  return names_table("op", names);
}

Table systems_table() {
  Table table{{{"system"}, {"what_it_does"}, {"default_scheduler"}, {"keys"}, {"source"}}, {}};
  for (const auto& system : system_traits())
    table.rows.push_back({std::string(system.name), std::string(system.summary),
                          std::string(system.scheduler), keys_of(system),
                          std::string(system.source)});
  return table;
}

Table queries_table() {
  Table table{{{"query"}, {"parameters"}, {"answers"}}, {}};
  for (const auto& query : named_queries()) {
    std::string parameters;
    for (const auto& parameter : query.parameters)
      parameters += (parameters.empty() ? "" : " ") + parameter.name;
    table.rows.push_back({query.name, parameters, query.description});
  }
  return table;
}

// ---- Calibrations ----

std::string short_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string words(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& word : list) text += (text.empty() ? "" : " ") + word;
  return text;
}

Table calibrations_table() {
  Table table{{{"gpu"}, {"die"}, {"classes"}, {"types"}, {"generations"}, {"rows"}}, {}};
  for (const auto& name : calibration_names()) {
    const Calibration* one = find_calibration(name);
    std::set<std::string> classes, types, generations;
    std::int64_t rows = 0;
    for (const auto& kernel : one->kernels) {
      classes.insert(kernel.kernel.substr(0, kernel.kernel.find('/')));
      types.insert(kernel.type);
      generations.insert(kernel.generation);
      rows += kernel.fit.rows;
    }
    table.rows.push_back({name, one->die.empty() ? Cell{} : Cell{one->die},
                          words({classes.begin(), classes.end()}),
                          words({types.begin(), types.end()}),
                          words({generations.begin(), generations.end()}), rows});
  }
  return table;
}

Table calibration_table(const std::string& name) {
  const GpuSpec* gpu = find_gpu(name);
  const Calibration* calibration = find_calibration(gpu != nullptr ? gpu->name : name);
  if (calibration == nullptr)
    throw UserError("error: unknown name '" + name + '\'' +
                    suggest(name, calibration_names(), "calibrations"));
  Table table{{{"class"},
               {"type"},
               {"generation"},
               {"data"},
               {"date"},
               {"rows"},
               {"median_ape"},
               {"p90_ape"},
               {"bias"},
               {"left_out_median_ape"},
               {"other_die_median_ape"},
               {"residual_p10"},
               {"residual_p90"},
               {"range"},
               {"params"}},
              {}};
  const auto number = [](std::optional<double> value) { return value ? Cell{*value} : Cell{}; };
  for (const auto& kernel : calibration->kernels) {
    std::string range, params;
    for (const auto& axis : kernel.range)
      range += (range.empty() ? "" : " ") + axis.axis + '=' + short_number(axis.low) + ".." +
               short_number(axis.high);
    for (const auto& param : kernel.params) {
      params += (params.empty() ? "" : " ") + param.name + '=' + short_number(param.value);
      if (param.slope != 0) params += "*(TFLOPS/W)^" + short_number(param.slope);
    }
    const FitQuality& fit = kernel.fit;
    table.rows.push_back({kernel.kernel, kernel.type, kernel.generation, words(fit.data), fit.date,
                          fit.rows, fit.median_ape, fit.p90_ape, fit.bias,
                          number(fit.left_out_median_ape), number(fit.other_die_median_ape),
                          fit.residual_p10, fit.residual_p90, range, params});
  }
  return table;
}

std::vector<Listing> make_listings() {
  return {
      devices(DeviceKind::kGpu, "gpus", "GPUs of the catalogue",
              {"architecture", "hbm_capacity", "hbm_bandwidth", "bf16", "fp8", "fp4",
               "scaleup_bandwidth", "pcie_bandwidth", "tdp"}),
      devices(DeviceKind::kCpu, "cpus", "CPUs, one socket each",
              {"cores", "base_clock", "dram_type", "dram_bandwidth", "fp32", "bf16", "int8", "pcie",
               "tdp"}),
      devices(DeviceKind::kSsd, "ssds", "SSDs",
              {"interface", "capacity", "read_bandwidth", "write_bandwidth", "read_iops",
               "write_iops", "read_latency"}),
      devices(DeviceKind::kNic, "nics", "network adapters",
              {"port_rate", "ports", "bandwidth", "small_message_latency", "host_interface"}),
      {"models", "models of the catalogue", models_table, model_table},
      {"policies",
       "batching policies: serving.scheduler",
       [] { return names_table("scheduler", batch_policy_names()); },
       {}},
      {"routers",
       "who gets a request: serving.router",
       [] { return names_table("router", router_names()); },
       {}},
      {"engines",
       "serving engines whose defaults serving.engine takes",
       [] { return names_table("engine", engine_names()); },
       {}},
      {"systems",
       "execution systems that move weights, KV or experts: system.name",
       systems_table,
       {}},
      {"cost-models",
       "how work becomes time: cost_model",
       [] { return names_table("cost_model", op_time_model_names()); },
       {}},
      {"calibrations", "fitted kernel models: their numbers, data, errors and ranges",
       calibrations_table, calibration_table},
      {"traces", "trace formats: workload.trace.format", traces_table, {}},
      {"arrivals", "arrival processes: workload.arrivals.process", arrivals_table, {}},
      {"lengths",
       "length distributions: workload.prompt_tokens and output_tokens",
       lengths_table,
       {}},
      {"ops", "operator names of 'headroom ops', in the order they run", op_names_table, {}},
      {"queries", "named queries of 'headroom query'", queries_table, {}},
      {"data-types", "number formats and their bytes, scales included", data_types_table, {}},
      {"units", "units that dimensional values carry", units_table, {}},
  };
}

}  // namespace

const std::vector<Listing>& listings() {
  static const std::vector<Listing> all = make_listings();
  return all;
}

}  // namespace headroom
