#include "policies/batching/batch_policy.hpp"
#include "policies/routing/router.hpp"
#include "sim/scenario/engine_preset.hpp"
#include "sim/scenario/sections.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostTokens = 1'000'000'000;  // keeps sums of tokens within 64 bits

void read_scheduler_keys(MapReader& reader, const std::string& from, const std::string& counts_from,
                         ServingConfig& config) {
  const CountRange at_least_one{.low = 1, .high = kMostTokens};
  config.max_num_seqs =
      reader.count("max_num_seqs", at_least_one, {config.max_num_seqs, counts_from});
  config.max_num_batched_tokens = reader.count("max_num_batched_tokens", at_least_one,
                                               {config.max_num_batched_tokens, counts_from});
  config.long_prefill_token_threshold =
      reader.count("long_prefill_token_threshold", {.high = kMostTokens},
                   {config.long_prefill_token_threshold, from});
  config.enable_chunked_prefill =
      reader.flag("enable_chunked_prefill", {config.enable_chunked_prefill, from});
  const std::string policy = reader.choice("policy", {"fcfs", "priority"}, {"fcfs", from});
  config.policy = policy == "priority" ? QueuePolicy::kPriority : QueuePolicy::kFcfs;
  config.scheduler_reserve_full_isl =
      reader.flag("scheduler_reserve_full_isl", {config.scheduler_reserve_full_isl, from});
  config.watermark = reader.fraction("watermark", {config.watermark, from});
  config.recycling_bound = reader.flag("recycling_bound", {config.recycling_bound, from});
  config.async_scheduling = reader.flag("async_scheduling", {config.async_scheduling, from});
}

void read_cache_keys(MapReader& reader, const std::string& from, ServingConfig& config) {
  reader.accept_alias("kv_cache_memory", "kv_cache_memory_bytes");
  config.block_size =
      reader.count("block_size", {.low = 1, .high = 1 << 20}, {config.block_size, from});
  config.gpu_memory_utilization =
      reader.number("gpu_memory_utilization", {.low = 0, .low_is_allowed = false, .high = 1},
                    {config.gpu_memory_utilization, from});
  config.num_gpu_blocks_override =
      reader.optional_count("num_gpu_blocks_override", {.low = 1, .high = kMostTokens});
  config.kv_cache_memory = reader.optional_bytes("kv_cache_memory");
  config.enable_prefix_caching =
      reader.flag("enable_prefix_caching", {config.enable_prefix_caching, from});
  const bool append = config.free_order == FreeOrder::kAppend;
  const std::string order = reader.choice("free_order", {"append", "unhashed_first"},
                                          {append ? "append" : "unhashed_first", from});
  config.free_order = order == "append" ? FreeOrder::kAppend : FreeOrder::kUnhashedFirst;
  if (config.num_gpu_blocks_override && config.kv_cache_memory)
    reader.error(
        "kv_cache_memory",
        "and 'serving.num_gpu_blocks_override' both set the size of the KV cache; give one");
}

}  // namespace

ServingConfig read_serving_section(MapReader& root, const GpuSpec* gpu, const ModelSpec* model) {
  MapReader reader = root.section("serving");
  const GpuSpec no_gpu;
  const std::string engine =
      reader.choice("engine", engine_names(), std::string(engine_names().front()));
  const std::string from = "engine " + engine;
  ServingConfig config = engine_preset(engine, gpu != nullptr ? *gpu : no_gpu).defaults;
  config.scheduler = reader.choice("scheduler", batch_policy_names(), std::string("vllm"));
  read_scheduler_keys(reader, from, engine_origin(engine, gpu != nullptr ? *gpu : no_gpu), config);
  const std::int64_t positions = model != nullptr && model->max_position_embeddings > 0
                                     ? model->max_position_embeddings
                                     : kMostTokens;
  config.max_model_len = reader.count("max_model_len", {.low = 1, .high = kMostTokens},
                                      {positions, "the model's max_position_embeddings"});
  read_cache_keys(reader, from, config);
  config.router = reader.choice("router", router_names(), std::string("least_outstanding"));
  reader.finish();
  // vLLM refuses this too: positions beyond have no embedding that was trained.
  if (config.max_model_len > positions)
    reader.error("max_model_len", "is " + std::to_string(config.max_model_len) + ", but " +
                                      model->name + " has max_position_embeddings " +
                                      std::to_string(positions));
  if (config.block_size > config.max_model_len)
    reader.error("block_size", "is " + std::to_string(config.block_size) +
                                   ", more than serving.max_model_len (" +
                                   std::to_string(config.max_model_len) + ")");
  // vLLM refuses this at start: a prompt longer than the budget could never be scheduled.
  if (!config.enable_chunked_prefill && config.max_num_batched_tokens < config.max_model_len)
    reader.error("max_num_batched_tokens",
                 "is " + std::to_string(config.max_num_batched_tokens) +
                     ", less than serving.max_model_len (" + std::to_string(config.max_model_len) +
                     "): with chunked prefill off, longer prompts could never run");
  return config;
}

}  // namespace headroom
