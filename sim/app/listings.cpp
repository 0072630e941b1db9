#include "sim/app/listings.hpp"

#include <utility>

#include "hwmodels/catalog/catalog.hpp"
#include "policies/batching/batch_policy.hpp"
#include "policies/routing/router.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/transformer/data_type.hpp"

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
  if (!device) throw UserError("error: unknown name '" + name + '\'' + suggest(name, device_names(kind), what));
  Table table{{{"key"}, {"value"}, {"source"}, {"confidence"}}, {}};
  for (const auto& fact : device->facts)
    table.rows.push_back({fact.key, fact.value, fact.source, std::string(fact.low_confidence ? "low" : "normal")});
  return table;
}

Listing devices(DeviceKind kind, const std::string& name, const std::string& contents, std::vector<std::string> facts) {
  return {name, contents, [kind, facts = std::move(facts)] { return devices_table(kind, facts); },
          [kind, name](const std::string& one) { return device_table(kind, one, name); }};
}

// ---- Words of the configuration language ----

Table units_table() {
  Table table{{{"dimension"}, {"units"}, {"example"}}, {}};
  table.rows = {
      {std::string("time"), std::string("ns us ms s min h"), std::string("50 ms")},
      {std::string("bytes"), std::string("B kB MB GB TB, and KiB MiB GiB TiB (1 GiB = 1024^3 B)"), std::string("80 GiB")},
      {std::string("bandwidth"), std::string("B/s to TB/s and KiB/s to TiB/s; bit/s to Tbit/s"), std::string("3.35 TB/s")},
      {std::string("arithmetic rate"), std::string("FLOPS to PFLOPS, TOPS"), std::string("989.4 TFLOPS")},
      {std::string("rate"), std::string("/s /min /h"), std::string("4 /s")},
      {std::string("power"), std::string("W kW"), std::string("700 W")},
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

std::vector<Listing> make_listings() {
  return {
      devices(DeviceKind::kGpu, "gpus", "GPUs of the catalogue",
              {"architecture", "hbm_capacity", "hbm_bandwidth", "bf16", "fp8", "fp4", "scaleup_bandwidth",
               "pcie_bandwidth", "tdp"}),
      devices(DeviceKind::kCpu, "cpus", "CPUs, one socket each",
              {"cores", "base_clock", "dram_type", "dram_bandwidth", "fp32", "bf16", "pcie", "tdp"}),
      devices(DeviceKind::kSsd, "ssds", "SSDs",
              {"interface", "capacity", "read_bandwidth", "write_bandwidth", "random_read", "random_write",
               "read_latency"}),
      devices(DeviceKind::kNic, "nics", "network adapters",
              {"port_rate", "ports", "bandwidth", "small_message_latency", "host_interface"}),
      {"policies", "batching policies: serving.scheduler", [] { return names_table("scheduler", batch_policy_names()); }, {}},
      {"routers", "who gets a request: serving.router", [] { return names_table("router", router_names()); }, {}},
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
