#include "policies/execution/tier_problems.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

#include "policies/execution/system_traits.hpp"

namespace headroom {
namespace {

constexpr std::array kTiersInOrder{Tier::kGpu, Tier::kDram, Tier::kSsd};

std::string digits(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::general, 4);
  return std::string(buffer.data(), end);
}

std::string scaled(double bytes) {
  if (bytes >= 1e13) return digits(bytes / 1e12) + " TB";
  return bytes >= 1e9 ? digits(bytes / 1e9) + " GB" : digits(bytes / 1e6) + " MB";
}

std::string key_of(Tier tier) {
  constexpr std::array kKeys{"hardware.gpu", "hardware.node.dram", "hardware.node.ssd"};
  return kKeys[static_cast<std::size_t>(tier)];
}

// A trial: the input with another configuration.
TierDemand with(const TierDemandInput& input, const ExecutionConfig& config, std::int64_t sequences,
                std::int64_t tokens_per_pass) {
  TierDemandInput trial{input.model, config, input.node};
  trial.gpu_capacity = input.gpu_capacity;
  trial.gpu_memory_utilization = input.gpu_memory_utilization;
  trial.gpu_runtime = input.gpu_runtime;
  trial.sequences = sequences;
  trial.most_sequences = input.most_sequences;
  trial.mean_prompt_tokens = input.mean_prompt_tokens;
  trial.mean_output_tokens = input.mean_output_tokens;
  trial.max_prompt_tokens = input.max_prompt_tokens;
  trial.max_output_tokens = input.max_output_tokens;
  trial.tokens_per_pass = tokens_per_pass;
  trial.block_size = input.block_size;
  return tier_uses(trial);
}

class Remedies {
 public:
  Remedies(const TierDemandInput& input, const TierDemand& demand, Tier tier)
      : in_(input), demand_(demand), tier_(tier), traits_(find_system_traits(input.config.name)) {}

  // "raise hardware.node.dram.capacity to 301 GB, or lower system.num_micro_batches to at most 9"
  std::string text() {
    raise_capacity();
    if (traits_ != nullptr) {
      try_counts();
      try_fractions();
    }
    std::string all;
    for (std::size_t i = 0; i < found_.size(); ++i)
      all += (i == 0 ? "" : i + 1 == found_.size() ? ", or " : ", ") + found_[i];
    return all;
  }

 private:
  void raise_capacity() {
    const Bytes needed = demand_.total(tier_);
    if (tier_ == Tier::kGpu)
      found_.push_back("raise hardware.gpu.hbm_capacity to " +
                       gigabytes_at_least(needed / in_.gpu_memory_utilization));
    if (tier_ == Tier::kDram)
      found_.push_back("raise hardware.node.dram.capacity to " +
                       gigabytes_at_least(needed / static_cast<double>(in_.node.sockets.size())));
    if (tier_ == Tier::kSsd && in_.node.ssd)
      found_.push_back("raise hardware.node.ssd.capacity to " +
                       gigabytes_at_least(needed / static_cast<double>(in_.node.ssd->count)));
  }

  // Whether this memory is then large enough and no other becomes too small.
  bool helps(const TierDemand& trial) const {
    return trial.fits(tier_) &&
           std::all_of(kTiersInOrder.begin(), kTiersInOrder.end(),
                       [&](Tier t) { return trial.fits(t) || !demand_.fits(t); });
  }

  // The largest count below `now` that helps; counts below one that helps do too.
  void lower_count(const std::string& key, std::int64_t now,
                   const std::function<TierDemand(std::int64_t)>& trial) {
    std::int64_t low = 0, high = now - 1;
    while (low < high) {
      const std::int64_t middle = low + (high - low + 1) / 2;
      if (helps(trial(middle))) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (low >= 1) found_.push_back("lower " + key + " to at most " + std::to_string(low));
  }

  void try_counts() {
    const auto& config = in_.config;
    const auto changed = [&](std::int64_t ExecutionConfig::*member) {
      return [this, member](std::int64_t value) {
        ExecutionConfig other = in_.config;
        other.*member = value;
        return with(in_, other, in_.sequences, in_.tokens_per_pass);
      };
    };
    if (config.micro_batch_size > 0) {
      // More than the workload fills changes nothing.
      const std::int64_t filled = ceil_div(in_.sequences, config.micro_batch_size);
      lower_count("system.num_micro_batches", std::min(config.num_micro_batches, filled),
                  changed(&ExecutionConfig::num_micro_batches));
      lower_count("system.micro_batch_size", std::min(config.micro_batch_size, in_.sequences),
                  changed(&ExecutionConfig::micro_batch_size));
      return;
    }
    const double tokens_of_one = static_cast<double>(in_.tokens_per_pass) /
                                 static_cast<double>(std::max<std::int64_t>(1, in_.sequences));
    if (in_.sequences > 1)
      lower_count("serving.max_num_seqs", in_.sequences, [&](std::int64_t sequences) {
        return with(in_, config, sequences,
                    static_cast<std::int64_t>(tokens_of_one * static_cast<double>(sequences)));
      });
    if (in_.sequences == 1)
      lower_count("serving.max_num_batched_tokens", in_.tokens_per_pass,
                  [&](std::int64_t tokens) { return with(in_, config, in_.sequences, tokens); });
  }

  // The value nearest to `now`, in hundredths, that helps.
  void move_fraction(const std::string& key, double now, bool down,
                     const std::function<void(ExecutionConfig&, double)>& set) {
    const int hundredths = static_cast<int>(down ? std::ceil(now * 100) : std::floor(now * 100));
    for (int i = hundredths + (down ? -1 : 1); i >= 0 && i <= 100; i += down ? -1 : 1) {
      ExecutionConfig other = in_.config;
      set(other, i / 100.0);
      if (!helps(with(in_, other, in_.sequences, in_.tokens_per_pass))) continue;
      found_.push_back((down ? "lower " : "raise ") + key + " to at " +
                       (down ? "most " : "least ") + digits(i / 100.0));
      return;
    }
  }

  void try_fractions() {
    if (traits_->places_weights && !traits_->has_experts)
      move_placement("system.placement.weights", &Placement::weights);
    if (traits_->places_kv_cache) move_placement("system.placement.kv_cache", &Placement::kv_cache);
    if (traits_->has_experts && tier_ == Tier::kGpu && in_.config.experts.cached_fraction > 0)
      move_fraction("system.experts.cached_fraction", in_.config.experts.cached_fraction, true,
                    [](ExecutionConfig& c, double f) { c.experts.cached_fraction = f; });
  }

  // Less on the GPU that is too small; more on the GPU or the SSD where it is DRAM.
  void move_placement(const std::string& key, TierFractions Placement::*what) {
    const TierFractions& now = in_.config.placement.*what;
    const auto set_gpu = [what](ExecutionConfig& config, double fraction) {
      TierFractions& f = config.placement.*what;
      f.gpu = fraction;
      f.ssd = std::min(f.ssd, 1 - fraction);
      f.dram = 1 - f.gpu - f.ssd;
    };
    const auto set_ssd = [what](ExecutionConfig& config, double fraction) {
      TierFractions& f = config.placement.*what;
      f.ssd = fraction;
      f.gpu = std::min(f.gpu, 1 - fraction);
      f.dram = 1 - f.gpu - f.ssd;
    };
    if (tier_ == Tier::kGpu && now.gpu > 0) move_fraction(key + ".gpu", now.gpu, true, set_gpu);
    if (tier_ != Tier::kDram || now.dram <= 0) return;
    move_fraction(key + ".gpu", now.gpu, false, set_gpu);
    if (traits_->uses_ssd && in_.node.ssd) move_fraction(key + ".ssd", now.ssd, false, set_ssd);
  }

  const TierDemandInput& in_;
  const TierDemand& demand_;
  Tier tier_;
  const SystemTraits* traits_;
  std::vector<std::string> found_;
};

std::string what_does_not_fit(const TierDemand& demand, Tier tier) {
  std::string text =
      "has " + gigabytes(demand.capacity[static_cast<std::size_t>(tier)]) + ", but needs ";
  bool first = true;
  for (const auto& use : demand.uses) {
    if (use.tier != tier) continue;
    text += (first ? "" : " + ") + use.used_by + " " + gigabytes(use.bytes);
    first = false;
  }
  return text + " = " + gigabytes(demand.total(tier));
}

// The given KV memory does not hold what has to be held at once.
TierProblem kv_cache_problem(const TierDemandInput& input, const TierDemand& demand) {
  const std::int64_t held = sequences_held(input);
  const double needed = kv_tokens_needed(input);
  const double bytes = input.config.kv_cache->value / (needed - demand.kv_tokens_short) * needed;
  return {"system.kv_cache", "holds " + std::to_string(demand.kv_token_capacity) + " tokens, but " +
                                 std::to_string(held) +
                                 (held == 1 ? " sequence needs " : " sequences at once need ") +
                                 std::to_string(static_cast<std::int64_t>(std::ceil(needed))) +
                                 "; raise it to " + gigabytes_at_least(Bytes(bytes))};
}

}  // namespace

std::string gigabytes(Bytes bytes) { return scaled(bytes.value); }

std::string gigabytes_at_least(Bytes bytes) {
  if (bytes.value <= 0) return scaled(0);
  const double step = std::pow(10, std::floor(std::log10(bytes.value)) - 3);
  return scaled(std::ceil(bytes.value / step - 1e-9) * step);
}

std::vector<TierProblem> tier_problems(const TierDemandInput& input, const TierDemand& demand) {
  std::vector<TierProblem> problems;
  for (const Tier tier : kTiersInOrder)
    if (!demand.fits(tier))
      problems.push_back({key_of(tier), what_does_not_fit(demand, tier) + "; " +
                                            Remedies(input, demand, tier).text()});
  if (demand.kv_tokens_short > 0) problems.push_back(kv_cache_problem(input, demand));
  return problems;
}

}  // namespace headroom
