#include <cmath>

#include "policies/execution/system_traits.hpp"
#include "sim/scenario/sections.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostSequences = 1'000'000;  // of a micro-batch, and micro-batches
constexpr double kSumTolerance = 1e-9;

std::vector<std::string> system_names() {
  std::vector<std::string> names;
  for (const auto& traits : system_traits()) names.emplace_back(traits.name);
  return names;
}

DataType read_type(MapReader& reader, std::string_view key, DataType fallback,
                   const std::string& from) {
  std::vector<std::string> names;
  for (const auto name : data_type_names()) names.emplace_back(name);
  const Node* given = reader.node(key);
  if (given == nullptr) {
    reader.record(key, std::string(name_of(fallback)), from);
    return fallback;
  }
  const auto type = given->is_scalar() ? data_type_from_name(given->text) : std::nullopt;
  if (!type) {
    reader.error(key, "has the unknown data type '" + given->text + "'" +
                          suggest(given->text, names, "types"));
    return fallback;
  }
  reader.record(key, std::string(name_of(*type)), reader.origin(key));
  return *type;
}

Device read_device(MapReader& reader, std::string_view key, Device fallback) {
  const bool cpu = fallback == Device::kCpu;
  return reader.choice(key, {"gpu", "cpu"}, {cpu ? "cpu" : "gpu"}) == "cpu" ? Device::kCpu
                                                                            : Device::kGpu;
}

void check_sum(MapReader& placement, const char* key, const TierFractions& f) {
  const double sum = f.gpu + f.dram + f.ssd;
  if (std::abs(sum - 1) > kSumTolerance)
    placement.error(
        key, "must have fractions that sum to 1, got " + format_quantity(sum, Dimension::kNone));
}

// Experts at home on an SSD: DRAM may hold some of them too, in front of it. What the GPU holds is
// `experts.cached_fraction`.
TierFractions read_expert_fractions(MapReader& placement) {
  MapReader reader = placement.section("weights");
  TierFractions f;
  f.dram = reader.fraction("dram", {0.0, "default: nothing"});
  f.ssd = reader.fraction("ssd", {1 - f.dram, "the rest"});
  reader.node("gpu");
  if (reader.has("gpu"))
    reader.error("gpu", "is said by 'system.experts.cached_fraction' with expert_offload");
  reader.finish();
  check_sum(placement, "weights", f);
  if (f.ssd <= 0)
    placement.error("weights", "leaves no experts on the SSD; write 'system.experts.home: dram'");
  return f;
}

// {gpu, dram, ssd}: what is not named is 0, but DRAM, which holds the rest.
TierFractions read_fractions(MapReader& placement, const char* key, const TierFractions& fallback,
                             const SystemTraits& traits, const NodeSpec* node) {
  MapReader reader = placement.section(key);
  const bool given = placement.has(key);
  const char* nothing = "default: nothing";
  TierFractions f;
  f.gpu = reader.fraction("gpu", given ? Default<double>{0.0, nothing} : fallback.gpu);
  double ssd = 0;
  if (traits.uses_ssd) {
    ssd = reader.fraction("ssd", {0.0, nothing});
    if (ssd > 0 && node != nullptr && !node->ssd) reader.error("ssd", "needs 'hardware.node.ssd'");
  }
  f.ssd = ssd;
  // A rest that rounding leaves below 0 is none.
  const double rest = std::max(0.0, 1 - f.gpu - f.ssd);
  f.dram = reader.fraction("dram", {rest, "the rest"});
  reader.finish();
  check_sum(placement, key, f);
  return f;
}

void read_placement(MapReader& system, const SystemTraits& traits, const NodeSpec* node,
                    ExecutionConfig& config) {
  MapReader reader = system.section("placement");
  Placement& placement = config.placement;
  if (traits.has_experts) {
    // Experts whose home is DRAM are all there.
    if (config.experts.home == Tier::kSsd) placement.weights = read_expert_fractions(reader);
  } else if (traits.places_weights) {
    placement.weights = read_fractions(reader, "weights", placement.weights, traits, node);
  }
  if (traits.places_kv_cache)
    placement.kv_cache = read_fractions(reader, "kv_cache", placement.kv_cache, traits, node);
  if (traits.places_activations)
    placement.activations =
        read_fractions(reader, "activations", placement.activations, traits, node);
  reader.finish();
}

std::vector<double> read_numbers(MapReader& reader, const char* key, double high) {
  std::vector<double> values;
  std::size_t i = 0;
  for (const Node* item : reader.list(key)) {
    const auto parsed = parse_quantity(item->text, Dimension::kNone);
    if (!parsed.value || *parsed.value <= 0 || *parsed.value > high) {
      reader.diagnostics().error(
          item->where, "'" + reader.dotted(key) + "' must hold numbers above 0 and at most " +
                           format_quantity(high, Dimension::kNone) + ", got '" + item->text + "'");
      continue;
    }
    reader.record(std::string(key) + '[' + std::to_string(i++) + ']',
                  format_quantity(*parsed.value, Dimension::kNone), reader.origin(key));
    values.push_back(*parsed.value);
  }
  return values;
}

void read_bits(MapReader& reader, ExpertOffloadConfig& experts) {
  experts.expert_bits = read_numbers(reader, "expert_bits", 32);
  experts.expert_bit_shares = read_numbers(reader, "expert_bit_shares", 1);
  if (experts.expert_bits.size() != experts.expert_bit_shares.size())
    return reader.error("expert_bit_shares", "must have one share for each of 'expert_bits'");
  double sum = 0;
  for (std::size_t i = 0; i < experts.expert_bits.size(); ++i) {
    sum += experts.expert_bit_shares[i];
    if (i > 0 && experts.expert_bits[i] <= experts.expert_bits[i - 1])
      return reader.error("expert_bits", "must grow: the widths are nested");
  }
  if (!experts.expert_bits.empty() && std::abs(sum - 1) > kSumTolerance)
    reader.error("expert_bit_shares",
                 "must sum to 1, got " + format_quantity(sum, Dimension::kNone));
}

RoutingConfig read_routing(MapReader& experts) {
  MapReader reader = experts.section("routing");
  RoutingConfig routing;
  const std::string kind =
      reader.choice("kind", {"uniform", "zipf", "trace"}, std::string("uniform"));
  routing.kind = kind == "zipf"    ? RoutingKind::kZipf
                 : kind == "trace" ? RoutingKind::kTrace
                                   : RoutingKind::kUniform;
  if (routing.kind == RoutingKind::kZipf)
    routing.zipf_exponent = reader.number("zipf_exponent", {.low = 0, .high = 10}, 1.0);
  if (routing.kind == RoutingKind::kTrace) {
    const FilePath trace = reader.file("trace");
    routing.trace_path = trace.resolved;
    routing.trace_as_written = trace.as_written;
    routing.trace_asked_at = reader.where("trace");
  } else {
    routing.affinity = reader.fraction("affinity", 0.0);
  }
  reader.finish();
  return routing;
}

void read_experts(MapReader& system, const NodeSpec* node, ExpertOffloadConfig& experts) {
  MapReader reader = system.section("experts");
  experts.home = reader.choice("home", {"dram", "ssd"}, std::string("dram")) == "ssd" ? Tier::kSsd
                                                                                      : Tier::kDram;
  experts.cached_fraction = reader.fraction("cached_fraction", 0.0);
  experts.compute = read_device(reader, "compute", Device::kGpu);
  static const std::vector<std::string> kCaches{"lru", "lfu", "static", "optimal"};
  constexpr CachePolicy kPolicies[] = {CachePolicy::kLru, CachePolicy::kLfu, CachePolicy::kStatic,
                                       CachePolicy::kOptimal};
  // Experts that the CPU computes are never fetched: what is cached is a fixed hot set.
  const bool fixed = experts.compute == Device::kCpu;
  const std::string cache = reader.choice(
      "cache", kCaches,
      fixed ? Default<std::string>{"static", "experts.compute: cpu"} : Default<std::string>{"lru"});
  experts.cache = kPolicies[std::find(kCaches.begin(), kCaches.end(), cache) - kCaches.begin()];
  experts.prefetch_recall = reader.fraction("prefetch_recall", 0.0);
  experts.prefetch_lead = reader.count("prefetch_lead", {.low = 1, .high = 1000}, 1);
  read_bits(reader, experts);
  experts.hottest_first = reader.flag("hottest_first", false);
  experts.routing = read_routing(reader);
  reader.finish();
  if (fixed && experts.cache != CachePolicy::kStatic)
    reader.error("cache", "must be static with 'experts.compute: cpu': nothing is ever fetched");
  if (fixed && experts.home == Tier::kSsd) {
    reader.error("home", "must be dram with 'experts.compute: cpu': the CPU reads experts there");
  } else if (experts.home == Tier::kSsd && node != nullptr && !node->ssd) {
    reader.error("home", "is the SSD, but there is no 'hardware.node.ssd'");
  }
  if (fixed && experts.prefetch_recall > 0)
    reader.error("prefetch_recall", "needs 'experts.compute: gpu': nothing is fetched");
}

void read_micro_batches(MapReader& reader, bool needed, ExecutionConfig& config) {
  const CountRange range{.low = 1, .high = kMostSequences};
  if (!needed && !reader.has("micro_batch_size")) {
    reader.node("micro_batch_size");
    if (reader.node("num_micro_batches") != nullptr)
      reader.error("num_micro_batches", "needs 'system.micro_batch_size'");
    return;
  }
  config.micro_batch_size = reader.count("micro_batch_size", range);
  config.num_micro_batches = reader.count("num_micro_batches", range, 1);
}

}  // namespace

std::optional<ExecutionConfig> read_system_section(MapReader& root, const DataTypes& dtype,
                                                   const NodeSpec* node) {
  MapReader reader = root.child("system");
  if (!reader.has("name")) {
    reader.choice("name", system_names());  // says that it is missing
    return std::nullopt;
  }
  const auto name = reader.optional_choice("name", system_names());
  if (!name) return std::nullopt;  // which keys go with it is unknown
  const SystemTraits& traits = *find_system_traits(*name);
  ExecutionConfig config;
  config.name = *name;
  config.placement = traits.placement;
  config.attention = traits.attention;
  config.weight_transfer_type = dtype.weights;
  config.kv_transfer_type = dtype.kv_cache;
  if (traits.has_experts) read_experts(reader, node, config.experts);
  read_placement(reader, traits, node, config);
  if (traits.has_micro_batches) read_micro_batches(reader, traits.needs_micro_batches, config);
  if (traits.chooses_attention)
    config.attention = read_device(reader, "attention", traits.attention);
  if (traits.has_padded) config.padded = reader.flag("padded", config.padded);
  if (traits.has_overlap) config.overlap = reader.flag("overlap", config.overlap);
  if (traits.has_packet) config.packet = reader.bytes("packet", kPositive, config.packet);
  if (traits.has_weight_type)
    config.weight_transfer_type =
        read_type(reader, "weight_transfer_type", dtype.weights, "dtype.weights");
  if (traits.has_kv_type)
    config.kv_transfer_type =
        read_type(reader, "kv_transfer_type", dtype.kv_cache, "dtype.kv_cache");
  config.layer_overhead =
      reader.seconds("layer_overhead", {.low = 0, .high = 1e3}, config.layer_overhead);
  config.efficiency = reader.number("efficiency", {.low = 1e-3, .high = 1}, 1.0);
  config.kv_cache = reader.optional_bytes("kv_cache");
  reader.finish();
  return config;
}

}  // namespace headroom
