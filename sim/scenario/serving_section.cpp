#include "policies/batching/batch_policy.hpp"
#include "policies/routing/router.hpp"
#include "sim/scenario/engine_preset.hpp"
#include "sim/scenario/sections.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostTokens = 1'000'000'000;  // keeps sums of tokens within 64 bits

// Where defaults come from.
struct Origins {
  std::string engine;    // of the preset
  std::string counts;    // of the two counts that depend on the GPU
  std::string switches;  // of what a system turns off
};

void read_scheduler_keys(MapReader& reader, const Origins& from, const ServingDefaults* system,
                         ServingConfig& config) {
  const CountRange at_least_one{.low = 1, .high = kMostTokens};
  const auto count = [&](const char* key, std::int64_t preset,
                         const std::optional<Default<std::int64_t>>& of_system) {
    return reader.count(key, at_least_one,
                        of_system ? *of_system : Default<std::int64_t>{preset, from.counts});
  };
  using Count = std::optional<Default<std::int64_t>>;
  config.max_num_seqs = count("max_num_seqs", config.max_num_seqs,
                              system != nullptr ? system->max_num_seqs : Count{});
  config.max_num_batched_tokens =
      count("max_num_batched_tokens", config.max_num_batched_tokens,
            system != nullptr ? system->max_num_batched_tokens : Count{});
  config.long_prefill_token_threshold =
      reader.count("long_prefill_token_threshold", {.high = kMostTokens},
                   {config.long_prefill_token_threshold, from.engine});
  config.enable_chunked_prefill =
      reader.flag("enable_chunked_prefill", {config.enable_chunked_prefill, from.engine});
  const std::string policy = reader.choice("policy", {"fcfs", "priority"}, {"fcfs", from.engine});
  config.policy = policy == "priority" ? QueuePolicy::kPriority : QueuePolicy::kFcfs;
  config.scheduler_reserve_full_isl =
      reader.flag("scheduler_reserve_full_isl", {config.scheduler_reserve_full_isl, from.engine});
  config.watermark = reader.fraction("watermark", {config.watermark, from.engine});
  config.recycling_bound = reader.flag("recycling_bound", {config.recycling_bound, from.engine});
  config.async_scheduling =
      reader.flag("async_scheduling", {config.async_scheduling, from.switches});
}

void read_cache_keys(MapReader& reader, const Origins& from, ServingConfig& config) {
  reader.accept_alias("kv_cache_memory", "kv_cache_memory_bytes");
  config.block_size =
      reader.count("block_size", {.low = 1, .high = 1 << 20}, {config.block_size, from.engine});
  config.gpu_memory_utilization =
      reader.number("gpu_memory_utilization", {.low = 0, .low_is_allowed = false, .high = 1},
                    {config.gpu_memory_utilization, from.switches});
  config.num_gpu_blocks_override =
      reader.optional_count("num_gpu_blocks_override", {.low = 1, .high = kMostTokens});
  config.kv_cache_memory = reader.optional_bytes("kv_cache_memory");
  config.enable_prefix_caching =
      reader.flag("enable_prefix_caching", {config.enable_prefix_caching, from.switches});
  const bool append = config.free_order == FreeOrder::kAppend;
  const std::string order = reader.choice("free_order", {"append", "unhashed_first"},
                                          {append ? "append" : "unhashed_first", from.engine});
  config.free_order = order == "append" ? FreeOrder::kAppend : FreeOrder::kUnhashedFirst;
  if (config.num_gpu_blocks_override && config.kv_cache_memory)
    reader.error(
        "kv_cache_memory",
        "and 'serving.num_gpu_blocks_override' both set the size of the KV cache; give one");
}

// 0 when the scheduler paces and the rate is to be computed (resolve_admission_rate).
double read_admission_rate(MapReader& reader, const ServingConfig& config) {
  if (config.scheduler == "paced")
    return reader.optional_number("admission_rate", {.low = 1e-6, .high = 1e9}).value_or(0);
  if (reader.node("admission_rate") != nullptr)
    reader.error("admission_rate", "needs 'serving.scheduler: paced'");
  return 0;
}

// What makes no sense beside a system: it plans one iteration at a time, and its KV memory is said
// elsewhere.
void check_with_system(MapReader& reader, const ServingConfig& config) {
  if (config.async_scheduling)
    reader.error("async_scheduling", "must be false with 'system': steps are planned one by one");
  if (config.num_gpu_blocks_override)
    reader.error("num_gpu_blocks_override", "cannot be used with 'system'; set system.kv_cache");
  if (config.kv_cache_memory)
    reader.error("kv_cache_memory", "cannot be used with 'system'; set system.kv_cache");
}

}  // namespace

ServingConfig read_serving_section(MapReader& root, const GpuSpec* gpu, const ModelSpec* model,
                                   const ServingDefaults* system) {
  MapReader reader = root.section("serving");
  const GpuSpec no_gpu;
  using Name = Default<std::string>;
  const std::string engine = reader.choice(
      "engine", engine_names(),
      system != nullptr ? Name{"sync", system->origin} : Name{engine_names().front()});
  ServingConfig config = engine_preset(engine, gpu != nullptr ? *gpu : no_gpu).defaults;
  Origins from{"engine " + engine, engine_origin(engine, gpu != nullptr ? *gpu : no_gpu), ""};
  from.switches = from.engine;
  if (system != nullptr) {
    from.switches = system->origin;
    config.async_scheduling = false;
    config.enable_prefix_caching = false;
    config.gpu_memory_utilization = 1;
  }
  config.scheduler =
      reader.choice("scheduler", batch_policy_names(),
                    system != nullptr ? Name{system->scheduler, system->origin} : Name{"vllm"});
  read_scheduler_keys(reader, from, system, config);
  const std::int64_t positions = model != nullptr && model->max_position_embeddings > 0
                                     ? model->max_position_embeddings
                                     : kMostTokens;
  config.max_model_len = reader.count("max_model_len", {.low = 1, .high = kMostTokens},
                                      {positions, "the model's max_position_embeddings"});
  read_cache_keys(reader, from, config);
  if (system != nullptr) check_with_system(reader, config);
  config.admission_rate = read_admission_rate(reader, config);
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
