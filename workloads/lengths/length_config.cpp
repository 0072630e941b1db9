#include "workloads/lengths/length_config.hpp"

#include <algorithm>
#include <string>

#include "workloads/trace/trace_config.hpp"
#include "workloads/trace/trace_reader.hpp"

namespace headroom {
namespace {

constexpr CountRange kLengthRange{.low = 1, .high = kMaxRowTokens};
// Below this share of lengths up to `max`, the parameters do not mean what they say.
constexpr double kLeastProbability = 1e-6;

std::int32_t read_length(MapReader& reader, std::string_view key) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(reader.count(key, kLengthRange), 1, kMaxRowTokens));
}

LengthDistribution read_uniform(MapReader& reader) {
  const std::int32_t min = read_length(reader, "min");
  const std::int32_t max = read_length(reader, "max");
  if (min <= max) return LengthDistribution::uniform(min, max);
  if (reader.has("min") && reader.has("max")) reader.error("max", "must not be less than 'min'");
  return LengthDistribution::fixed(1);
}

LengthDistribution read_lognormal(MapReader& reader) {
  constexpr auto kMost = static_cast<double>(kMaxRowTokens);
  const double mean = reader.number("mean", {.low = 1, .high = kMost});
  const double stddev = reader.number("stddev", {.low = 0, .low_is_allowed = false, .high = kMost});
  const auto max = reader.optional_count("max", kLengthRange);
  // Bad values were reported and replaced; what replaces them need not make a distribution.
  if (!(mean >= 1 && mean <= kMost && stddev > 0 && stddev <= kMost))
    return LengthDistribution::fixed(1);
  const auto cut = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(max.value_or(kMaxRowTokens), 1, kMaxRowTokens));
  if (lognormal_probability(mean, stddev, cut) < kLeastProbability) {
    reader.error("max",
                 "leaves fewer than one in a million lengths of this mean and stddev to draw");
    return LengthDistribution::fixed(1);
  }
  return LengthDistribution::lognormal(mean, stddev, cut);
}

}  // namespace

std::string_view key_of(LengthRole role) {
  return role == LengthRole::kPrompt ? "prompt_tokens" : "output_tokens";
}

LengthSpec length_from_config(MapReader& parent, LengthRole role) {
  LengthSpec spec{LengthDistribution::fixed(1), role, std::nullopt};
  const std::string_view key = key_of(role);
  const Node* node = parent.node(key);
  if (node != nullptr && node->is_scalar()) {
    spec.distribution = LengthDistribution::fixed(read_length(parent, key));
    return spec;
  }
  MapReader reader = parent.child(key);
  std::vector<std::string> choices{"fixed", "uniform", "lognormal", "empirical"};
  const bool prompts = role == LengthRole::kPrompt;
  for (const auto& named : prompts ? named_prompt_lengths() : named_output_lengths())
    choices.emplace_back(named.name);
  if (!reader.has("distribution")) {
    if (node != nullptr && node->is_map())
      reader.choice("distribution", choices);  // says that it is missing
    return spec;
  }
  const auto chosen = reader.optional_choice("distribution", choices);
  if (!chosen) return spec;  // which keys go with it is unknown
  const std::string& name = *chosen;
  if (name == "fixed") {
    spec.distribution = LengthDistribution::fixed(read_length(reader, "value"));
  } else if (name == "uniform") {
    spec.distribution = read_uniform(reader);
  } else if (name == "lognormal") {
    spec.distribution = read_lognormal(reader);
  } else if (name == "empirical") {
    spec.trace = trace_from_config(reader, TraceUse::kLengths);
  } else if (const auto dataset = prompts ? prompt_lengths_of(name) : output_lengths_of(name)) {
    spec.distribution = *dataset;
  }
  reader.finish();
  return spec;
}

TraceSpec length_pairs_from_config(MapReader& parent) {
  MapReader reader = parent.child("lengths");
  reader.choice("distribution", {"empirical"});
  TraceSpec spec = trace_from_config(reader, TraceUse::kLengths);
  reader.finish();
  return spec;
}

std::vector<LengthPair> read_length_pairs(const TraceSpec& trace) {
  const RequestTable table = read_trace(trace);
  std::vector<LengthPair> pairs;
  pairs.reserve(table.requests.size());
  for (const auto& request : table.requests)
    pairs.push_back({request.prompt_tokens, request.output_tokens});
  return pairs;
}

LengthDistribution resolve(const LengthSpec& spec) {
  if (!spec.trace) return spec.distribution;
  const RequestTable table = read_trace(*spec.trace);
  std::vector<std::int32_t> lengths;
  lengths.reserve(table.requests.size());
  for (const auto& request : table.requests)
    lengths.push_back(spec.role == LengthRole::kPrompt ? request.prompt_tokens
                                                       : request.output_tokens);
  return LengthDistribution::empirical(std::move(lengths));
}

}  // namespace headroom
