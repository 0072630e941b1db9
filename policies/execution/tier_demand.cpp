#include "policies/execution/tier_demand.hpp"

#include <algorithm>
#include <cmath>

#include "policies/execution/system_traits.hpp"
#include "policies/execution/tier_problems.hpp"
#include "policies/execution/weight_parts.hpp"
#include "sim/transformer/layer_parameters.hpp"

namespace headroom {
namespace {

constexpr double kManyTokens = 1e15;  // no KV cache at all: as many as one likes

double real(std::int64_t count) { return static_cast<double>(count); }

SystemTraits traits_of(const std::string& name) {
  const SystemTraits* traits = find_system_traits(name);
  return traits != nullptr ? *traits : SystemTraits{};
}

constexpr double share(const TierFractions& fractions, Tier tier) {
  return tier == Tier::kGpu ? fractions.gpu : tier == Tier::kDram ? fractions.dram : fractions.ssd;
}

class Count {
 public:
  explicit Count(const TierDemandInput& input)
      : in_(input),
        system_(traits_of(input.config.name)),
        rank_(weight_parts(input.model, input.model.types().weights)),
        arriving_(weight_parts(input.model, input.config.weight_transfer_type)),
        stored_(weight_parts(LoweredModel(input.model.model(), input.model.types(), {}),
                             input.config.weight_transfer_type)) {}

  TierDemand run() {
    set_capacity();
    count_weights();
    count_weight_buffers();
    count_kv_buffers();
    count_activations();
    add(Tier::kGpu, "workspace", workspace());
    add(Tier::kGpu, "runtime", in_.gpu_runtime.value);
    count_kv_cache();
    std::stable_sort(out_.uses.begin(), out_.uses.end(),
                     [](const TierUse& a, const TierUse& b) { return a.tier < b.tier; });
    return std::move(out_);
  }

 private:
  void add(Tier tier, const char* used_by, double bytes) {
    if (bytes > 0) out_.uses.push_back({tier, used_by, Bytes(bytes)});
  }

  void set_capacity() {
    out_.capacity[0] = in_.gpu_capacity * in_.gpu_memory_utilization;
    for (const auto& socket : in_.node.sockets) out_.capacity[1] += socket.dram_capacity;
    if (in_.node.ssd) out_.capacity[2] = in_.node.ssd->capacity * real(in_.node.ssd->count);
  }

  // Experts of nested widths are planes of the widest, without scales (D2MoE, arXiv 2504.15299).
  double of_experts(Bytes bytes, DataType stored) const {
    const auto& bits = in_.config.experts.expert_bits;
    if (bits.empty()) return bytes.value;
    return bytes.value * *std::max_element(bits.begin(), bits.end()) / 8 /
           bytes_per_element(stored);
  }

  void count_weights() {
    if (system_.has_experts) return count_experts();
    const TierFractions& placed = in_.config.placement.weights;
    const bool all = system_.resident == Resident::kNothing;
    const auto moved = [&](const WeightParts& p) {
      return (all ? p.layers() : p.mlp + p.experts).value;
    };
    add(Tier::kGpu, "weights", moved(rank_) * placed.gpu + (all ? 0 : rank_.attention.value));
    add(Tier::kGpu, "embeddings", rank_.embeddings.value * (all ? placed.gpu : 1));
    for (const Tier tier : {Tier::kDram, Tier::kSsd}) {
      add(tier, "weights", moved(stored_) * share(placed, tier));
      if (all) add(tier, "embeddings", stored_.embeddings.value * share(placed, tier));
    }
  }

  // Experts are never written: their home keeps its copy of those that are cached, in HBM and, if
  // it is the SSD, in DRAM.
  void count_experts() {
    const auto& config = in_.config;
    const double cached = of_experts(rank_.experts, in_.model.types().weights);
    const double stored = of_experts(stored_.experts, config.weight_transfer_type);
    add(Tier::kGpu, "weights",
        (rank_.attention + rank_.mlp).value + cached * config.experts.cached_fraction);
    add(Tier::kGpu, "embeddings", rank_.embeddings.value);
    add(config.experts.home, "weights", stored);
    const TierFractions& placed = config.placement.weights;
    if (config.experts.home == Tier::kSsd && placed.ssd > 0)
      add(Tier::kDram, "weights", stored * placed.dram);
  }

  void count_weight_buffers() {
    const auto& config = in_.config;
    const TierFractions& placed = config.placement.weights;
    if (system_.has_experts) return count_expert_buffers();
    const bool all = system_.resident == Resident::kNothing;
    const auto layer = [&](const WeightParts& p) {
      return (all ? p.largest_layer : p.largest_mlp).value;
    };
    const bool unpacked = config.weight_transfer_type != in_.model.types().weights;
    const bool halves = system_.fetches_halves && config.overlap;
    const double kept = halves ? rank_.largest_half.value : layer(rank_);
    add(Tier::kGpu, "weight_buffers",
        (1 - placed.gpu) * ((halves ? 1 : 2) * layer(arriving_) + (unpacked ? kept : 0)));
    const double staged = in_.node.gpu_direct_storage ? 0 : placed.ssd;
    add(Tier::kDram, "weight_buffers",
        2 * layer(stored_) * (system_.pinned_pages ? 1 - placed.gpu : staged));
  }

  void count_expert_buffers() {
    const auto& config = in_.config;
    if (config.experts.compute == Device::kCpu || config.experts.cached_fraction >= 1) return;
    const double expert = of_experts(arriving_.one_expert, config.weight_transfer_type);
    add(Tier::kGpu, "weight_buffers", (2 + experts_named_ahead()) * expert);
    const bool dram_caches = config.placement.weights.ssd > 0 && config.placement.weights.dram > 0;
    if (config.experts.home == Tier::kSsd && !in_.node.gpu_direct_storage && !dram_caches)
      add(Tier::kDram, "weight_buffers", 2 * expert);
  }

  // Of one token: those of the layers between the one computed and the one named last that are not
  // in the cache whatever it holds.
  double experts_named_ahead() const {
    const ModelSpec& model = in_.model.model();
    const auto& experts = in_.config.experts;
    if (!model.moe || experts.prefetch_recall <= 0) return 0;
    const std::int64_t layers = moe_layers(model);
    const std::int64_t ahead = std::min(experts.prefetch_lead, layers - experts.prefetch_lead);
    const double cached =
        std::floor(experts.cached_fraction * real(layers * model.moe->num_experts));
    return std::max(0.0, real(ahead * model.moe->num_experts_per_tok) - cached);
  }

  double prompt_tokens() const {
    return in_.config.padded ? real(in_.max_prompt_tokens) : in_.mean_prompt_tokens;
  }
  std::int64_t sequences() const { return sequences_held(in_); }
  std::int64_t micro_batch() const {
    const auto size = in_.config.micro_batch_size;
    return size == 0 ? sequences() : std::min(size, sequences());
  }
  double largest_pass() const {
    if (in_.config.micro_batch_size == 0) return real(in_.tokens_per_pass);
    return real(micro_batch()) * prompt_tokens();
  }

  double kv_per_token(Tier tier) const {
    if (tier == Tier::kGpu) return in_.model.kv_bytes_per_token().value;
    DataTypes types = in_.model.types();
    types.kv_cache = in_.config.kv_transfer_type;
    return LoweredModel(in_.model.model(), types, {}).kv_bytes_per_token().value;
  }

  // Of one layer, in two buffers. `sequences`: that attend together.
  double two_layers_of_kv(Tier tier, double sequences) const {
    const double length = kv_tokens_needed(in_) / real(this->sequences());
    return 2 * sequences * length * kv_per_token(tier) / layers();
  }
  double layers() const { return real(in_.model.model().num_hidden_layers); }
  // A pass restores the KV of all that run, and they are as many as there is room for.
  bool restores_all() const { return in_.sequences == 1 && in_.config.micro_batch_size == 0; }

  void count_kv_buffers() {
    const TierFractions& placed = in_.config.placement.kv_cache;
    if (placed.gpu >= 1) return;
    if (in_.config.attention == Device::kCpu)
      return add(Tier::kDram, "kv_buffers",
                 two_layers_of_kv(Tier::kDram, real(micro_batch())) * placed.ssd);
    if (!restores_all())
      return add(Tier::kGpu, "kv_buffers",
                 two_layers_of_kv(Tier::kGpu, real(micro_batch())) * (1 - placed.gpu));
    out_.kv_buffers_per_token = Bytes(2 * kv_per_token(Tier::kGpu) / layers() * (1 - placed.gpu));
    const double longest = real(in_.max_prompt_tokens + in_.max_output_tokens);
    out_.most_kv_tokens_buffered =
        in_.most_sequences > 0 ? real(in_.most_sequences) * longest : kManyTokens;
  }

  void count_activations() {
    if (in_.config.num_micro_batches <= 1) return;
    const double hidden = real(in_.model.model().hidden_size);
    const double bytes = real(sequences()) * prompt_tokens() * hidden *
                         bytes_per_element(stream_type(in_.model.types()));
    for (const Tier tier : {Tier::kGpu, Tier::kDram, Tier::kSsd})
      add(tier, "activations", bytes * share(in_.config.placement.activations, tier));
  }

  double workspace() const {
    const ModelSpec& model = in_.model.model();
    const double ranks = real(in_.model.parallelism().tensor);
    const double heads = real(model.num_attention_heads) * real(model.head_dim);
    const double gates = model.gated_mlp ? 2 : 1;
    double widest = heads + 2 * real(model.num_key_value_heads) * real(model.head_dim);
    widest = std::max(widest, gates * real(model.intermediate_size));
    if (model.moe)
      widest = std::max(widest, real(model.moe->num_experts_per_tok) * gates *
                                    real(model.moe->moe_intermediate_size));
    const double element = bytes_per_element(stream_type(in_.model.types()));
    const double forward = largest_pass() * (real(model.hidden_size) + widest / ranks) * element;
    constexpr double kBytesPerLogit = 6;  // as computed and in fp32
    const double logits =
        real(std::min(sequences(), kLogitRows)) * real(model.vocab_size) / ranks * kBytesPerLogit;
    return std::max(forward, logits);
  }

  // KV tokens of which the GPU holds `bytes` each, beside the buffers that restore the rest.
  double tokens_beside_buffers(double free, double bytes) const {
    const double buffered = out_.kv_buffers_per_token.value;
    if (bytes + buffered <= 0) return kManyTokens;
    const double tokens = free / (bytes + buffered);
    if (tokens <= out_.most_kv_tokens_buffered || buffered <= 0) return tokens;
    if (bytes <= 0) return kManyTokens;
    return (free - out_.most_kv_tokens_buffered * buffered) / bytes;
  }

  void count_kv_cache() {
    const TierFractions& placed = in_.config.placement.kv_cache;
    constexpr std::array kAll{Tier::kGpu, Tier::kDram, Tier::kSsd};
    double tokens = kManyTokens;
    double bytes_per_token = 0;
    for (const Tier tier : kAll) {
      const double bytes = share(placed, tier) * kv_per_token(tier);
      const auto i = static_cast<std::size_t>(tier);
      out_.kv_bytes_per_token[i] = Bytes(bytes);
      bytes_per_token += bytes;
      const double free = (out_.capacity[i] - out_.total(tier)).value;
      if (tier == Tier::kGpu) tokens = std::min(tokens, tokens_beside_buffers(free, bytes));
      if (tier != Tier::kGpu && bytes > 0) tokens = std::min(tokens, free / bytes);
    }
    double needed = kv_tokens_needed(in_);
    if (in_.config.kv_cache && bytes_per_token > 0) {
      tokens = in_.config.kv_cache->value / bytes_per_token;
      out_.kv_tokens_short = std::max(0.0, needed - tokens);
      needed = tokens;
    }
    add(Tier::kGpu, "kv_buffers", out_.kv_buffers(needed).value);
    for (const Tier tier : kAll)
      add(tier, "kv_cache", needed * out_.kv_bytes_per_token[static_cast<std::size_t>(tier)].value);
    out_.kv_token_capacity = static_cast<std::int64_t>(std::floor(std::max(0.0, tokens)));
  }

  const TierDemandInput& in_;
  SystemTraits system_;
  WeightParts rank_, arriving_, stored_;
  TierDemand out_;
};

}  // namespace

Bytes TierDemand::total(Tier tier) const {
  Bytes sum{0};
  for (const auto& use : uses)
    if (use.tier == tier) sum += use.bytes;
  return sum;
}

bool TierDemand::fits(Tier tier) const {
  constexpr double kRounding = 1 + 1e-9;  // a capacity that a message suggests is enough
  return total(tier) <= capacity[static_cast<std::size_t>(tier)] * kRounding;
}

bool TierDemand::fits() const {
  return fits(Tier::kGpu) && fits(Tier::kDram) && fits(Tier::kSsd) && kv_tokens_short == 0;
}

Bytes TierDemand::used_by(Tier tier, const std::string& user) const {
  Bytes sum{0};
  for (const auto& use : uses)
    if (use.tier == tier && use.used_by == user) sum += use.bytes;
  return sum;
}

Bytes TierDemand::kv_buffers(double kv_tokens) const {
  return kv_buffers_per_token * std::min(kv_tokens, most_kv_tokens_buffered);
}

std::int64_t sequences_held(const TierDemandInput& input) {
  const auto& config = input.config;
  if (config.micro_batch_size == 0) return input.sequences;
  return std::min(input.sequences, config.micro_batch_size * config.num_micro_batches);
}

double kv_tokens_needed(const TierDemandInput& input) {
  const std::int64_t held = sequences_held(input);
  const std::int64_t longest = input.max_prompt_tokens + input.max_output_tokens;
  const double mean = input.mean_prompt_tokens + input.mean_output_tokens;
  // A scheduler that fills what is left must be able to hold the longest request.
  if (input.config.padded || held == 1 || mean == real(longest))
    return real(held) * real(ceil_div(longest, input.block_size) * input.block_size);
  return real(held) * (mean + real(input.block_size - 1) / 2);  // the last block is half full
}

TierDemand tier_uses(const TierDemandInput& input) { return Count(input).run(); }

TierDemand tier_demand(const TierDemandInput& input) {
  TierDemand demand = tier_uses(input);
  demand.problems = tier_problems(input, demand);
  return demand;
}

}  // namespace headroom
