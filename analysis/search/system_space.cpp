#include "analysis/search/system_space.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "policies/execution/system_traits.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostMicroBatches = 36;
constexpr int kFractionSteps = 200;  // of a share of weights: half a per cent

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

// A candidate while it is put together: the scenario it would be, as far as memory goes.
struct Draft {
  Settings settings;
  Scenario scenario;
};

void set(Draft& draft, const std::string& key, const std::string& value) {
  draft.settings.push_back(key + "=" + value);
}

using Choice = std::function<void(Draft&)>;

// Every draft with every choice.
std::vector<Draft> crossed(const std::vector<Draft>& drafts, const std::vector<Choice>& choices) {
  if (choices.empty()) return drafts;
  std::vector<Draft> result;
  for (const auto& draft : drafts)
    for (const auto& choice : choices) {
      result.push_back(draft);
      choice(result.back());
    }
  return result;
}

std::vector<Choice> micro_batch_choices(const Scenario& scenario) {
  std::vector<Choice> choices;
  const std::int64_t requests = std::max<std::int64_t>(1, scenario.offload->workload.requests);
  for (const std::int64_t size : batch_sizes(requests))
    for (const std::int64_t count : batch_sizes(std::min(kMostMicroBatches, requests))) {
      if ((count - 1) * size >= requests) break;  // the last of them would be empty
      choices.push_back([=](Draft& draft) {
        set(draft, "system.micro_batch_size", std::to_string(size));
        set(draft, "system.num_micro_batches", std::to_string(count));
        set(draft, "serving.max_num_seqs", std::to_string(size * count));
        draft.scenario.offload->system.micro_batch_size = size;
        draft.scenario.offload->system.num_micro_batches = count;
        draft.scenario.serving.max_num_seqs = size * count;
      });
    }
  return choices;
}

std::vector<Choice> batch_choices(const Scenario& scenario) {
  std::vector<Choice> choices;
  const std::int64_t requests = std::max<std::int64_t>(1, scenario.offload->workload.requests);
  for (const std::int64_t size : batch_sizes(requests))
    choices.push_back([=](Draft& draft) {
      set(draft, "serving.max_num_seqs", std::to_string(size));
      draft.scenario.serving.max_num_seqs = size;
    });
  return choices;
}

std::vector<Choice> token_budget_choices(const Scenario& scenario) {
  std::vector<Choice> choices;
  for (const double times : {0.25, 0.5, 1.0, 2.0})
    choices.push_back(
        [tokens = std::llround(
             times * static_cast<double>(scenario.serving.max_num_batched_tokens))](Draft& draft) {
          set(draft, "serving.max_num_batched_tokens", std::to_string(tokens));
          draft.scenario.serving.max_num_batched_tokens = tokens;
        });
  return choices;
}

void place(Draft& draft, const char* what, TierFractions& fractions, double gpu) {
  const double elsewhere = fractions.dram + fractions.ssd;
  const bool has_ssd = fractions.ssd > 0;
  const double ssd = has_ssd ? fractions.ssd / elsewhere * (1 - gpu) : 0.0;
  fractions = {gpu, 1 - gpu - ssd, ssd};
  const std::string key = std::string("system.placement.") + what;
  set(draft, key + ".gpu", number(fractions.gpu));
  set(draft, key + ".dram", number(fractions.dram));
  if (has_ssd) set(draft, key + ".ssd", number(fractions.ssd));
}

std::vector<Choice> kv_choices() {
  std::vector<Choice> choices;
  for (const double gpu : {0.0, 1.0})
    choices.push_back([gpu](Draft& draft) {
      place(draft, "kv_cache", draft.scenario.offload->system.placement.kv_cache, gpu);
    });
  return choices;
}

std::vector<Choice> attention_choices() {
  const auto on = [](const char* name, Device device) {
    return [=](Draft& draft) {
      set(draft, "system.attention", name);
      draft.scenario.offload->system.attention = device;
    };
  };
  return {on("cpu", Device::kCpu), on("gpu", Device::kGpu)};
}

// Fetched to the GPU into a cache that adapts, or a fixed set there and the rest on the CPU.
std::vector<Choice> expert_device_choices() {
  const auto choice = [](const char* device, const char* cache) {
    return [=](Draft& draft) {
      set(draft, "system.experts.compute", device);
      set(draft, "system.experts.cache", cache);
    };
  };
  return {choice("gpu", "lru"), choice("gpu", "lfu"), choice("cpu", "static")};
}

bool fits_on_gpu(const Scenario& scenario) {
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  return tier_uses(tier_demand_input(scenario, model)).fits(Tier::kGpu);
}

// The largest share, in steps, for which the GPU holds everything; negative: not even nothing.
double largest_share(Draft draft, const std::function<void(Draft&, double)>& apply) {
  int low = -1, high = kFractionSteps;
  while (low < high) {
    const int middle = low + (high - low + 1) / 2;
    apply(draft, static_cast<double>(middle) / kFractionSteps);
    if (fits_on_gpu(draft.scenario)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return static_cast<double>(low) / kFractionSteps;
}

void share_weights(Draft& draft, double gpu) {
  place(draft, "weights", draft.scenario.offload->system.placement.weights, gpu);
}

void share_experts(Draft& draft, double cached) {
  set(draft, "system.experts.cached_fraction", number(cached));
  draft.scenario.offload->system.experts.cached_fraction = cached;
}

// As much on the GPU as there is room for, and nothing.
std::vector<Draft> with_shares(const std::vector<Draft>& drafts,
                               const std::function<void(Draft&, double)>& apply) {
  std::vector<Draft> result;
  for (const auto& draft : drafts) {
    const double most = std::max(0.0, largest_share(draft, apply));
    for (const double share : most > 0 ? std::vector{most, 0.0} : std::vector{0.0}) {
      result.push_back(draft);
      apply(result.back(), share);
    }
  }
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
  const ExecutionConfig& system = scenario.offload->system;
  const SystemTraits& traits = *find_system_traits(system.name);
  std::vector<Draft> drafts{{{}, scenario}};
  if (traits.has_micro_batches) {
    drafts = crossed(drafts, micro_batch_choices(scenario));
  } else if (scenario.serving.scheduler == "static_batch") {
    drafts = crossed(drafts, batch_choices(scenario));
  } else if (traits.saturates_gpu) {
    drafts = crossed(drafts, token_budget_choices(scenario));
  }
  if (traits.places_kv_cache) drafts = crossed(drafts, kv_choices());
  if (traits.chooses_attention) drafts = crossed(drafts, attention_choices());
  if (traits.has_experts) {
    drafts = crossed(drafts, expert_device_choices());
    drafts = with_shares(drafts, share_experts);
  } else if (traits.places_weights) {
    drafts = with_shares(drafts, share_weights);
  }
  std::vector<Settings> candidates{{}};
  for (auto& draft : drafts) candidates.push_back(std::move(draft.settings));
  return candidates;
}

}  // namespace headroom
