#include "hwmodels/catalog/catalog.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "hwmodels/catalog/embedded.hpp"
#include "sim/config/map_reader.hpp"

namespace headroom {
namespace {

// What a data file may hold. `text` facts are words, the others numbers of a dimension (kNone: a
// bare number).
struct FactSchema {
  std::string_view key;
  std::optional<Dimension> dimension;  // absent: text
  bool required = false;
};

constexpr std::optional<Dimension> kText = std::nullopt;
constexpr std::array kGpuFacts{FactSchema{"architecture", kText, true},
                               FactSchema{"sm_count", Dimension::kNone, true},
                               FactSchema{"fp32", Dimension::kFlops, true},
                               FactSchema{"tf32", Dimension::kFlops},
                               FactSchema{"bf16", Dimension::kFlops, true},
                               FactSchema{"fp8", Dimension::kFlops},
                               FactSchema{"int8", Dimension::kFlops},
                               FactSchema{"fp4", Dimension::kFlops},
                               FactSchema{"hbm_capacity", Dimension::kBytes, true},
                               FactSchema{"hbm_type", kText},
                               FactSchema{"hbm_bandwidth", Dimension::kBandwidth, true},
                               FactSchema{"l2", Dimension::kBytes, true},
                               FactSchema{"scaleup_link", kText},
                               FactSchema{"scaleup_bandwidth", Dimension::kBandwidth},
                               FactSchema{"pcie", kText},
                               FactSchema{"pcie_bandwidth", Dimension::kBandwidth, true},
                               FactSchema{"tdp", Dimension::kPower, true},
                               FactSchema{"idle_power", Dimension::kPower, true},
                               FactSchema{"price_per_hour", Dimension::kPrice}};
constexpr std::array kCpuFacts{FactSchema{"cores", Dimension::kNone, true},
                               FactSchema{"base_clock", Dimension::kFrequency, true},
                               FactSchema{"dram_channels", Dimension::kNone},
                               FactSchema{"dram_type", kText},
                               FactSchema{"dram_bandwidth", Dimension::kBandwidth, true},
                               FactSchema{"simd", kText},
                               FactSchema{"fp32", Dimension::kFlops, true},
                               FactSchema{"bf16", Dimension::kFlops},
                               FactSchema{"int8", Dimension::kFlops},
                               FactSchema{"pcie", kText},
                               FactSchema{"tdp", Dimension::kPower}};
constexpr std::array kSsdFacts{FactSchema{"interface", kText},
                               FactSchema{"capacity", Dimension::kBytes, true},
                               FactSchema{"read_bandwidth", Dimension::kBandwidth, true},
                               FactSchema{"write_bandwidth", Dimension::kBandwidth, true},
                               FactSchema{"read_iops", Dimension::kRate},
                               FactSchema{"write_iops", Dimension::kRate},
                               FactSchema{"read_latency", Dimension::kTime},
                               FactSchema{"write_latency", Dimension::kTime},
                               FactSchema{"active_power", Dimension::kPower},
                               FactSchema{"idle_power", Dimension::kPower}};
constexpr std::array kNicFacts{FactSchema{"port_rate", Dimension::kBandwidth, true},
                               FactSchema{"ports", Dimension::kNone, true},
                               FactSchema{"bandwidth", Dimension::kBandwidth, true},
                               FactSchema{"small_message_latency", Dimension::kTime},
                               FactSchema{"host_interface", kText}};

std::span<const FactSchema> schema_of(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::kGpu:
      return kGpuFacts;
    case DeviceKind::kCpu:
      return kCpuFacts;
    case DeviceKind::kSsd:
      return kSsdFacts;
    case DeviceKind::kNic:
      return kNicFacts;
  }
  return {};
}

std::string_view folder_of(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::kGpu:
      return "gpus/";
    case DeviceKind::kCpu:
      return "cpus/";
    case DeviceKind::kSsd:
      return "ssds/";
    case DeviceKind::kNic:
      return "nics/";
  }
  return "";
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// A fact is `key: VALUE` with the source of the file, or `key: {value: VALUE, source: ...,
// confidence: low}`.
std::optional<DeviceFact> read_fact(MapReader& file, const FactSchema& schema,
                                    const DeviceFact& common) {
  const Node* node = file.node(schema.key);
  if (node == nullptr) {
    if (schema.required) file.error(schema.key, "is required");
    return std::nullopt;
  }
  DeviceFact fact = common;
  fact.key = schema.key;
  fact.value = node->text;
  if (node->is_map()) {
    MapReader own = file.child(schema.key);
    fact.value = own.text("value");
    fact.source = own.text("source", fact.source);
    const std::string confidence = fact.low_confidence ? "low" : "normal";
    fact.low_confidence = own.choice("confidence", {"low", "normal"}, confidence) == "low";
    own.finish();
  }
  if (schema.dimension) {
    const auto parsed = parse_quantity(fact.value, *schema.dimension);
    if (!parsed.value) file.error(schema.key, parsed.problem);
    fact.value = format_quantity(parsed.value.value_or(0), *schema.dimension);
  }
  return fact;
}

DeviceEntry read_entry(DeviceKind kind, const EmbeddedFile& file) {
  ReadContext context;
  const Node root = parse_config(file.text, std::string(file.path));
  MapReader reader(root, "", context);
  DeviceEntry entry;
  entry.name = reader.text("name");
  for (const Node* alias : reader.list("aliases")) entry.aliases.push_back(alias->text);
  DeviceFact common;
  common.source = reader.text("source");
  common.low_confidence =
      reader.choice("confidence", {"low", "normal"}, std::string("normal")) == "low";
  entry.note = reader.text("note", reader.text("cross_check", std::string()));
  for (const auto& schema : schema_of(kind))
    if (auto fact = read_fact(reader, schema, common)) entry.facts.push_back(std::move(*fact));
  reader.finish();
  context.diagnostics.throw_if_any();
  return entry;
}

// Parsed when first asked for: a run needs one file of fifty.
class Shelf {
 public:
  const DeviceEntry* find(DeviceKind kind, std::string_view name) {
    const std::string wanted = lower(name);
    const std::string_view folder = folder_of(kind);
    for (const auto& file : embedded_catalog())
      if (file.path == std::string(folder) + wanted + ".yaml") return &entry(kind, file);
    for (const auto& file : embedded_catalog()) {
      if (!file.path.starts_with(folder)) continue;
      const auto& candidate = entry(kind, file);
      for (const auto& alias : candidate.aliases)
        if (lower(alias) == wanted) return &candidate;
    }
    return nullptr;
  }

 private:
  const DeviceEntry& entry(DeviceKind kind, const EmbeddedFile& file) {
    const auto found = entries_.find(file.path);
    if (found != entries_.end()) return found->second;
    return entries_.emplace(file.path, read_entry(kind, file)).first->second;
  }
  std::map<std::string_view, DeviceEntry> entries_;
};

}  // namespace

const DeviceFact* DeviceEntry::find(std::string_view key) const {
  for (const auto& fact : facts)
    if (fact.key == key) return &fact;
  return nullptr;
}

std::vector<std::string> device_names(DeviceKind kind) {
  const std::string_view folder = folder_of(kind), suffix = ".yaml";
  std::vector<std::string> names;
  for (const auto& file : embedded_catalog())
    if (file.path.starts_with(folder))
      names.emplace_back(
          file.path.substr(folder.size(), file.path.size() - folder.size() - suffix.size()));
  std::sort(names.begin(), names.end());
  return names;
}

const DeviceEntry* find_device(DeviceKind kind, std::string_view name) {
  static Shelf shelf;
  return shelf.find(kind, name);
}

}  // namespace headroom
