#include "tests/invariants/random_scenario.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/serving/kv_layout.hpp"
#include "tests/support/constant_time.hpp"

namespace headroom::test {
namespace {

bool chance(RandomStream& random, double probability) { return random.uniform() < probability; }

std::int32_t draw(RandomStream& random, std::int64_t low, std::int64_t high) {
  return static_cast<std::int32_t>(random.uniform_int(low, high));
}

void choose_model(RandomStream& random, SmallRun& run, FeatureCounts& features) {
  const std::int64_t window = random.uniform_int(3, 40);
  switch (random.uniform_int(0, 5)) {
    case 0:
      run.model = dense_model();
      break;
    case 1:
      run.model = window_model(window);
      break;
    case 2:
      run.model = hybrid_model(window);
      break;
    case 3:
      run.model = latent_model();
      break;
    case 4:
      run.model = indexed_model();
      break;
    default:
      run.model = expert_model();
  }
  ++features["model " + run.model.name];
}

void choose_serving(RandomStream& random, SmallRun& run, FeatureCounts& features) {
  ServingConfig& s = run.serving;
  const auto option = [&](const char* name, double probability) {
    const bool on = chance(random, probability);
    features[std::string(name) + (on ? ": on" : ": off")] += 1;
    return on;
  };
  s.block_size =
      std::vector<std::int64_t>{1, 2, 4, 8, 16}[static_cast<std::size_t>(random.uniform_int(0, 4))];
  s.enable_prefix_caching = option("prefix caching", 0.6);
  s.async_scheduling = option("async", 0.5);
  s.policy = option("priority", 0.3) ? QueuePolicy::kPriority : QueuePolicy::kFcfs;
  s.scheduler_reserve_full_isl = option("full-sequence gate", 0.5);
  s.free_order =
      option("unhashed blocks first", 0.5) ? FreeOrder::kUnhashedFirst : FreeOrder::kAppend;
  s.recycling_bound = option("recycling bound", 0.3);
  s.watermark = option("watermark", 0.2) ? random.uniform(0.01, 0.2) : 0.0;
  s.enable_chunked_prefill = option("chunked prefill", 0.8);
  s.long_prefill_token_threshold =
      option("long prefill threshold", 0.3) ? random.uniform_int(1, 24) : 0;
  s.max_num_seqs = random.uniform_int(1, 12);
  run.max_model_len = random.uniform_int(60, 160);
  // Without chunks a prompt has to fit the budget, as vLLM demands.
  s.max_num_batched_tokens =
      s.enable_chunked_prefill ? random.uniform_int(2, 64) : run.max_model_len;
  run.replicas = random.uniform_int(1, 3);
  ++features["replicas: " + std::to_string(run.replicas)];
  const auto routers = router_names();
  s.router = routers[static_cast<std::size_t>(
      random.uniform_int(0, static_cast<std::int64_t>(routers.size()) - 1))];
  ++features["router " + s.router];
}

void choose_requests(RandomStream& random, SmallRun& run, FeatureCounts& features) {
  RequestTable& table = run.table;
  const std::int64_t count = random.uniform_int(4, 24);
  const bool shares = chance(random, 0.6);
  // Identities cover one or several blocks.
  table.hash_block_tokens =
      static_cast<std::int32_t>(run.serving.block_size * random.uniform_int(1, 3));
  const std::int64_t longest_prompt = random.uniform_int(1, 60);
  const std::int64_t longest_output = random.uniform_int(1, 60);
  // About the length of an iteration up to that of a request; a tenth arrive all at once.
  const double mean_gap_ns = chance(random, 0.1) ? 0.0 : random.exponential(2e6);
  std::int64_t now = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    Request r;
    now += mean_gap_ns > 0 ? static_cast<std::int64_t>(random.exponential(mean_gap_ns)) : 0;
    r.arrival = TimePoint{now};
    r.prompt_tokens = draw(random, 1, longest_prompt);
    r.output_tokens = draw(random, 1, longest_output);
    r.priority = static_cast<std::int16_t>(random.uniform_int(0, 3));
    if (chance(random, 0.02)) r.prompt_tokens = draw(random, 100, 400);  // some can never run
    if (shares && chance(random, 0.8)) {
      // One of three prefixes, left after a random number of identities for one's own.
      const std::int64_t prefix = random.uniform_int(0, 2);
      const std::int64_t common = random.uniform_int(0, 12);
      r.hash_offset = static_cast<std::uint32_t>(table.hash_ids.size());
      r.hash_count = static_cast<std::uint32_t>(ceil_div(r.prompt_tokens, table.hash_block_tokens));
      for (std::int64_t b = 0; b < r.hash_count; ++b)
        table.hash_ids.push_back(
            static_cast<std::uint64_t>(b < common ? 1000 * prefix + b : 100000 + 1000 * i + b));
      ++features["requests with shared prefixes"];
    }
    table.requests.push_back(r);
  }
  if (chance(random, 0.3)) {
    table.max_concurrency = random.uniform_int(1, 10);
    ++features["closed loop"];
  } else {
    ++features["open loop"];
  }
}

// A clock that ticks: every iteration takes a microsecond and requests arrive at whole ones, so
// that ends of steps of several replicas and arrivals fall on one instant all the time.
void choose_clock(RandomStream& random, SmallRun& run, FeatureCounts& features) {
  static const ConstantTime microsecond(Seconds{1e-6});
  if (!chance(random, 0.25)) return;
  run.op_times = &microsecond;
  ++features["ticking clock"];
  for (auto& r : run.table.requests) r.arrival = TimePoint{r.arrival.value / 200000 * 1000};
}

// Between what the longest request needs, or somewhat less, and enough for a few of them.
void choose_blocks(RandomStream& random, SmallRun& run) {
  const LoweredModel model(run.model, DataTypes{}, Parallelism{});
  const auto layout = kv_layout(model, run.serving.block_size);
  std::int64_t longest = 1;
  for (const auto& r : run.table.requests)
    if (r.prompt_tokens < 100)
      longest = std::max<std::int64_t>(longest, r.prompt_tokens + r.output_tokens);
  longest = std::min(longest, run.max_model_len);
  const auto groups = static_cast<std::int64_t>(layout.groups.size());
  const std::int64_t one = ceil_div(longest, run.serving.block_size) * groups;
  run.kv_blocks = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(static_cast<double>(one) * random.uniform(0.9, 2.5)));
}

}  // namespace

SmallRun random_scenario(std::uint64_t number, FeatureCounts& features) {
  RandomStream random(number, "random scenario");
  SmallRun run;
  run.seed = number;
  choose_model(random, run, features);
  choose_serving(random, run, features);
  choose_requests(random, run, features);
  choose_blocks(random, run);
  choose_clock(random, run, features);
  return run;
}

}  // namespace headroom::test
