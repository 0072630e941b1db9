#include "analysis/search/system_space.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

#include "policies/execution/system_traits.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostMicroBatches = 36;
constexpr std::int64_t kFractionSteps = 200;  // of a share of weights: half a per cent

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

// A candidate while it is put together: the scenario it would be, as far as memory goes.
struct Draft {
  Settings settings;
  Scenario scenario;

  ExecutionConfig& system() { return scenario.offload->system; }
  void set(const std::string& key, const std::string& value) {
    settings.push_back(key + "=" + value);
  }
};

using Choice = std::function<void(Draft&)>;

// Every draft with every choice.
std::vector<Draft> crossed(const std::vector<Draft>& drafts, const std::vector<Choice>& choices) {
  std::vector<Draft> result;
  for (const auto& draft : drafts)
    for (const auto& choice : choices) {
      result.push_back(draft);
      choice(result.back());
    }
  return result;
}

TierDemand demand_of(const Scenario& scenario, std::int64_t least_sequences = 1) {
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  TierDemandInput input = tier_demand_input(scenario, model);
  input.sequences = std::max(input.sequences, least_sequences);
  return tier_uses(input);
}

// The largest number in [low, high] that `holds`, which is true up to some number and false beyond;
// low - 1: none.
std::int64_t largest(std::int64_t low, std::int64_t high,
                     const std::function<bool(std::int64_t)>& holds) {
  --low;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (holds(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

std::string written(const TierFractions& fractions) {
  std::string text = "{gpu: " + number(fractions.gpu);
  if (fractions.ssd > 0) text += ", ssd: " + number(fractions.ssd);
  return text + "}";  // the rest is in DRAM
}

void place(Draft& draft, const char* what, TierFractions Placement::*tiers,
           const TierFractions& fractions) {
  draft.system().placement.*tiers = fractions;
  draft.set(std::string("system.placement.") + what, written(fractions));
}

// `gpu` on the GPU; the rest between DRAM and SSD as it was.
TierFractions with_gpu_share(const TierFractions& before, double gpu) {
  const double elsewhere = before.dram + before.ssd;
  const double ssd = elsewhere > 0 ? before.ssd / elsewhere * (1 - gpu) : 0.0;
  return {gpu, 1 - gpu - ssd, ssd};
}

std::vector<Choice> kv_choices() {
  std::vector<Choice> choices;
  for (const double gpu : {0.0, 1.0})
    choices.push_back([gpu](Draft& draft) {
      place(draft, "kv_cache", &Placement::kv_cache,
            with_gpu_share(draft.system().placement.kv_cache, gpu));
    });
  return choices;
}

// Over a KV cache that is not on the GPU; otherwise there is no choice.
std::vector<Draft> with_attention(const std::vector<Draft>& drafts) {
  std::vector<Draft> result;
  for (const auto& draft : drafts)
    for (const Device device : {Device::kCpu, Device::kGpu}) {
      const bool is_choice = draft.scenario.offload->system.placement.kv_cache.gpu < 1;
      if (!is_choice && device == Device::kCpu) continue;
      result.push_back(draft);
      result.back().set("system.attention", device == Device::kCpu ? "cpu" : "gpu");
      result.back().system().attention = device;
    }
  return result;
}

// Fetched to the GPU into a cache that adapts, or a fixed set there and the rest on the CPU.
std::vector<Choice> expert_choices(const Scenario& scenario) {
  const auto choice = [](const char* device, const char* cache, Device compute,
                         CachePolicy policy) {
    return [=](Draft& draft) {
      draft.set("system.experts.compute", device);
      draft.set("system.experts.cache", cache);
      draft.system().experts.compute = compute;
      draft.system().experts.cache = policy;
    };
  };
  std::vector<Choice> choices{choice("gpu", "lru", Device::kGpu, CachePolicy::kLru),
                              choice("gpu", "lfu", Device::kGpu, CachePolicy::kLfu),
                              choice("gpu", "static", Device::kGpu, CachePolicy::kStatic)};
  const ExpertOffloadConfig& experts = scenario.offload->system.experts;
  if (experts.home == Tier::kDram && experts.prefetch_recall <= 0)
    choices.push_back(choice("cpu", "static", Device::kCpu, CachePolicy::kStatic));
  return choices;
}

std::vector<Choice> token_budget_choices(const Scenario& scenario) {
  std::vector<Choice> choices;
  for (const double times : {0.25, 0.5, 1.0, 2.0}) {
    const std::int64_t tokens =
        std::llround(times * static_cast<double>(scenario.serving.max_num_batched_tokens));
    choices.push_back([tokens](Draft& draft) {
      draft.set("serving.max_num_batched_tokens", std::to_string(tokens));
      draft.scenario.serving.max_num_batched_tokens = tokens;
    });
  }
  return choices;
}

// Micro-batches, or batches of systems that do not cut them.
class Batches {
 public:
  explicit Batches(const Scenario& scenario)
      : requests_(scenario.offload->workload.requests),
        cut_(find_system_traits(scenario.offload->system.name)->has_micro_batches),
        uses_ssd_(find_system_traits(scenario.offload->system.name)->uses_ssd &&
                  scenario.offload->node.ssd.has_value()) {
    // Where it is not said it follows from the micro-batches.
    for (const auto& key : scenario.keys)
      if (key.key == "serving.max_num_seqs")
        says_sequences_ = key.origin != "micro_batch_size x num_micro_batches";
  }

  std::vector<Draft> of(const Draft& draft) const {
    std::vector<Draft> result;
    for (const auto& [size, count] : shapes(draft)) {
      result.push_back(draft);
      apply(result.back(), size, count);
    }
    return result;
  }

 private:
  using Shape = std::pair<std::int64_t, std::int64_t>;

  void apply(Draft& draft, std::int64_t size, std::int64_t count) const {
    if (cut_) {
      draft.set("system.micro_batch_size", std::to_string(size));
      draft.set("system.num_micro_batches", std::to_string(count));
      draft.system().micro_batch_size = size;
      draft.system().num_micro_batches = count;
    }
    if (says_sequences_ || !cut_) draft.set("serving.max_num_seqs", std::to_string(size * count));
    draft.scenario.serving.max_num_seqs = size * count;
  }

  // With nothing of the weights on the GPU, and all of them on the SSD where that is possible.
  bool fits(Draft draft, std::int64_t size, std::int64_t count) const {
    apply(draft, size, count);
    draft.system().placement.weights =
        uses_ssd_ ? TierFractions{0, 0, 1} : with_gpu_share(draft.system().placement.weights, 0);
    return demand_of(draft.scenario).fits();
  }

  // The sizes of the grid that fit, the largest that does, and the first beyond.
  template <class Fits>
  static std::vector<std::int64_t> sizes_around(std::int64_t most, const Fits& fits) {
    const std::int64_t limit = largest(1, most, fits);
    std::vector<std::int64_t> sizes;
    for (const std::int64_t size : batch_sizes(most)) {
      if (size > limit && (sizes.empty() || sizes.back() < limit) && limit > 0)
        sizes.push_back(limit);
      sizes.push_back(size);
      if (size > limit) break;
    }
    return sizes;
  }

  std::vector<Shape> shapes(const Draft& draft) const {
    std::vector<Shape> shapes;
    const auto add = [&](std::int64_t size, std::int64_t count) {
      const bool last_is_empty = (count - 1) * size >= requests_;
      if (!last_is_empty &&
          std::find(shapes.begin(), shapes.end(), Shape{size, count}) == shapes.end())
        shapes.emplace_back(size, count);
    };
    const std::int64_t most = cut_ ? std::min(kMostMicroBatches, requests_) : 1;
    for (const std::int64_t count : batch_sizes(most))
      for (const std::int64_t size :
           sizes_around(requests_, [&](std::int64_t wanted) { return fits(draft, wanted, count); }))
        add(size, count);
    if (!cut_) return shapes;
    for (const std::int64_t size : batch_sizes(requests_)) {
      const std::int64_t count =
          largest(1, most, [&](std::int64_t wanted) { return fits(draft, size, wanted); });
      if (count > 0) add(size, count);
    }
    return shapes;
  }

  std::int64_t requests_;
  bool cut_, uses_ssd_, says_sequences_ = false;
};

using Sharing = std::function<void(Draft&, double)>;

// The largest share, in steps, for which the GPU holds everything with so many sequences; 0 if not
// even nothing.
double largest_share(Draft draft, const Sharing& apply, std::int64_t sequences = 1) {
  const std::int64_t steps = largest(0, kFractionSteps, [&](std::int64_t step) {
    apply(draft, static_cast<double>(step) / kFractionSteps);
    return demand_of(draft.scenario, sequences).fits(Tier::kGpu);
  });
  return static_cast<double>(std::max<std::int64_t>(0, steps)) / kFractionSteps;
}

// What DRAM does not hold goes to the SSD, where the system can use one.
void share_weights(Draft& draft, double gpu) {
  const SystemTraits& traits = *find_system_traits(draft.system().name);
  TierFractions fractions = with_gpu_share(draft.system().placement.weights, gpu);
  if (traits.uses_ssd && draft.scenario.offload->node.ssd) {
    const auto elsewhere = static_cast<std::int64_t>(std::floor((1 - gpu) * kFractionSteps));
    const std::int64_t dram = largest(0, elsewhere, [&](std::int64_t step) {
      const double share = static_cast<double>(step) / kFractionSteps;
      draft.system().placement.weights = {gpu, share, 1 - gpu - share};
      return demand_of(draft.scenario).fits(Tier::kDram);
    });
    const double share = static_cast<double>(std::max<std::int64_t>(0, dram)) / kFractionSteps;
    fractions = {gpu, share, dram == elsewhere ? 0.0 : 1 - gpu - share};
    fractions.dram = 1 - gpu - fractions.ssd;
  }
  place(draft, "weights", &Placement::weights, fractions);
}

void share_experts(Draft& draft, double cached) {
  draft.set("system.experts.cached_fraction", number(cached));
  draft.system().experts.cached_fraction = cached;
}

std::vector<Draft> with_shares(const std::vector<Draft>& drafts, const Sharing& apply,
                               const std::function<std::vector<double>(const Draft&)>& shares) {
  std::vector<Draft> result;
  for (const auto& draft : drafts)
    for (const double share : shares(draft)) {
      result.push_back(draft);
      apply(result.back(), share);
    }
  return result;
}

// As much on the GPU as there is room for, and nothing.
std::vector<double> weight_shares(const Draft& draft) {
  const double most = largest_share(draft, share_weights);
  return most > 0 ? std::vector<double>{most, 0} : std::vector<double>{0};
}

// A cache leaves less room for the KV of sequences that come and go: the largest beside one of
// them, the largest beside as many as the scheduler takes, and parts of it.
std::vector<double> cache_shares(const Draft& draft) {
  const double most = largest_share(draft, share_experts);
  const Scenario& scenario = draft.scenario;
  const std::int64_t sequences =
      std::min(scenario.serving.max_num_seqs, scenario.offload->workload.requests);
  std::vector<double> shares{most, largest_share(draft, share_experts, sequences)};
  for (const double part : {0.75, 0.5, 0.25, 0.0})
    shares.push_back(std::floor(part * most * kFractionSteps) / kFractionSteps);
  std::sort(shares.rbegin(), shares.rend());
  shares.erase(std::unique(shares.begin(), shares.end()), shares.end());
  return shares;
}

std::vector<Draft> with_batches(const std::vector<Draft>& drafts, const Scenario& scenario) {
  const Batches batches(scenario);
  std::vector<Draft> result;
  for (const auto& draft : drafts)
    for (auto& shaped : batches.of(draft)) result.push_back(std::move(shaped));
  return result;
}

}  // namespace

std::vector<std::int64_t> batch_sizes(std::int64_t most) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 1; size < most; size = size < 8 ? 2 * size : size * 3 / 2 / 4 * 4)
    sizes.push_back(size);
  sizes.push_back(most);
  return sizes;
}

std::vector<Settings> system_candidates(const Scenario& scenario) {
  const SystemTraits& traits = *find_system_traits(scenario.offload->system.name);
  std::vector<Draft> drafts{{{}, scenario}};
  if (traits.places_kv_cache) drafts = crossed(drafts, kv_choices());
  if (traits.chooses_attention) drafts = with_attention(drafts);
  if (traits.has_experts) drafts = crossed(drafts, expert_choices(scenario));
  if (traits.has_micro_batches || scenario.serving.scheduler == "static_batch") {
    drafts = with_batches(drafts, scenario);
  } else if (traits.saturates_gpu) {
    drafts = crossed(drafts, token_budget_choices(scenario));
  }
  if (traits.has_experts) {
    drafts = with_shares(drafts, share_experts, cache_shares);
  } else if (traits.places_weights) {
    drafts = with_shares(drafts, share_weights, weight_shares);
  }
  std::vector<Settings> candidates{{}};
  for (auto& draft : drafts) candidates.push_back(std::move(draft.settings));
  return candidates;
}

std::string unfit_memory(const Scenario& scenario) {
  const TierDemand demand = demand_of(scenario);
  std::string text;
  for (const Tier tier : {Tier::kGpu, Tier::kDram, Tier::kSsd}) {
    const Bytes there = demand.capacity[static_cast<std::size_t>(tier)],
                needed = demand.total(tier);
    if (demand.fits(tier)) continue;
    const auto bytes = [](Bytes amount) {
      std::array<char, 32> digits{};
      std::snprintf(digits.data(), digits.size(), "%.4g GB", amount.value / 1e9);
      return std::string(digits.data());
    };
    text += (text.empty() ? "" : "; ") + std::string(name_of(tier)) + ": " + bytes(needed) +
            " needed, " + bytes(needed - there) + " short of " + bytes(there);
  }
  return text.empty() ? scenario.unfit : text;
}

}  // namespace headroom
