#include "sim/app/ledger_words.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace headroom {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

// Why a batch was not larger: what weights are read or streamed once for.
constexpr std::array<Words, 3> kLimits{
    {{"_offered_load", "; no further requests to put into the batch"},
     {"_memory", "; batch capped by KV capacity"},
     {"_policy", "; batch capped by the scheduler's settings"}}};

constexpr std::array<Words, 2> kAmortised{
    {{"wait_weights_pcie", "GPU idle, waiting for weights over PCIe"},
     {"wait_weights_ssd", "GPU idle, waiting for weights from the SSD"}}};

constexpr std::array<Words, 31> kCategories{
    {{"useful", "work that no policy avoids"},
     {"extra_recompute", "tokens computed again, mostly after preemption"},
     {"extra_padding", "prompts padded to the longest"},
     {"extra_weights_offered_load", "weights read again; no further requests for a larger batch"},
     {"extra_weights_memory", "weights read again; batch capped by KV capacity"},
     {"extra_weights_policy", "weights read again; batch capped by the scheduler's settings"},
     {"extra_kv_reread", "earlier chunks of a prompt read again"},
     {"extra_activations", "inputs and outputs of operators"},
     {"wait_compute", "HBM idle inside operators bound by arithmetic"},
     {"wait_hbm", "arithmetic idle inside operators bound by HBM"},
     {"efficiency", "operators slower than their roofline"},
     {"launch", "launching operators"},
     {"overhead", "fixed time of layers"},
     {"collective", "all-reduce between GPUs"},
     {"conversion", "packing and unpacking what is kept narrower outside the GPU"},
     {"wait_kv_pcie", "GPU idle, waiting for KV cache over PCIe"},
     {"wait_kv_ssd", "GPU idle, waiting for KV cache on the SSD"},
     {"wait_activations_pcie", "GPU idle, waiting for hidden states over PCIe"},
     {"wait_activations_ssd", "GPU idle, waiting for hidden states on the SSD"},
     {"wait_experts_pcie", "GPU idle, waiting for experts over PCIe"},
     {"wait_experts_ssd", "GPU idle, waiting for experts from the SSD"},
     {"wait_cpu_attention_dram", "GPU idle, waiting for CPU attention (DRAM-bound)"},
     {"wait_cpu_attention_compute", "GPU idle, waiting for CPU attention (bound by its cores)"},
     {"wait_cpu_experts_dram", "GPU idle, waiting for experts on the CPU (DRAM-bound)"},
     {"wait_cpu_experts_compute", "GPU idle, waiting for experts on the CPU (bound by its cores)"},
     {"wait_collective", "GPU idle, waiting for other GPUs"},
     {"wait_gpu", "GPU idle, waiting for an operation it does beside"},
     {"no_work", "idle, nothing to do"},
     {"imbalance", "idle while requests wait at another replica"},
     {"memory", "idle between iterations, KV memory is full"},
     {"policy", "idle between iterations, the scheduler holds requests back"}}};

}  // namespace

std::string ledger_words(const std::string& category) {
  for (const auto& [name, words] : kCategories)
    if (category == name) return std::string(words);
  for (const auto& [name, words] : kAmortised)
    for (const auto& [limit, reason] : kLimits)
      if (category == std::string(name) + std::string(limit))
        return std::string(words) + std::string(reason);
  return "";
}

}  // namespace headroom
