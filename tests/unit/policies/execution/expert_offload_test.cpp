// Work of expert_offload on a model of one dense and three MoE layers: 8 experts each, 2 per token,
// hidden size 64 and experts 48 wide. One expert has 64 * 96 + 48 * 64 = 9216 parameters, 18,432
// bytes in bf16. Layer 0 is the dense one.
#include "policies/execution/expert_offload.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "policies/expert_cache/expert_cache.hpp"
#include "sim/base/check.hpp"
#include "tests/support/small_models.hpp"
#include "workloads/routing/expert_router.hpp"

using namespace headroom;

namespace {

constexpr double kParameters = 9216;
constexpr double kExpertBytes = 2 * kParameters;
constexpr std::size_t kLayers = 4;

NodeSpec small_node(std::size_t sockets) {
  NodeSpec node;
  SocketSpec socket;
  socket.peak.fill(FlopsPerSecond{1e9});
  socket.dram_capacity = Bytes{1e9};
  socket.dram_bandwidth = socket.cpu_dram_bandwidth = BytesPerSecond{1e9};
  node.sockets.assign(sockets, socket);
  node.cross_socket_bandwidth = BytesPerSecond{1e9};
  node.pcie.bandwidth = BytesPerSecond{1e8};
  SsdSpec ssd;
  ssd.read_bandwidth = ssd.write_bandwidth = BytesPerSecond{1e7};
  node.ssd = ssd;
  return node;
}

ExecutionConfig on_gpu(double cached_fraction, CachePolicy cache = CachePolicy::kLru) {
  ExecutionConfig config;
  config.name = "expert_offload";
  config.placement.kv_cache = {1, 0, 0};
  config.experts.cached_fraction = cached_fraction;
  config.experts.cache = cache;
  return config;
}

ExecutionConfig on_cpu() {
  ExecutionConfig config = on_gpu(0);
  config.experts.compute = Device::kCpu;
  return config;
}

class Offload {
 public:
  explicit Offload(const ExecutionConfig& config, std::size_t sockets = 1,
                   const ModelSpec& model = test::expert_model())
      : model_(model, {}, {}),
        system_(make_execution_system(config,
                                      {.model = model_, .node = small_node(sockets), .seed = 5})) {}

  void pass(const std::vector<PassRow>& rows) { system_->lower_pass(rows, amounts_); }
  void decode(std::int32_t prior) { pass({{prior, 1, true}}); }

  bool has(const std::string& slot) const { return index_of(slot) < system_->graph().slots.size(); }
  const SlotWork& work(std::size_t layer, const std::string& slot) {
    const std::size_t index = index_of(slot);
    REQUIRE(index < system_->graph().slots.size());
    return amounts_.at(layer, static_cast<SlotIndex>(index));
  }
  double bytes(std::size_t layer, const std::string& slot) {
    const auto& parts = work(layer, slot).bytes;
    return std::accumulate(parts.begin(), parts.end(), 0.0);
  }
  double flops(std::size_t layer, const std::string& slot) {
    double sum = 0;
    for (const auto& [op, count] : work(layer, slot).ops)
      sum += static_cast<double>(count) * op.flops.value;
    return sum;
  }
  // Over all slots whose name begins so.
  double all_bytes(std::size_t layer, const std::string& prefix) {
    double sum = 0;
    for (const auto& slot : system_->graph().slots)
      if (slot.name.starts_with(prefix)) sum += bytes(layer, slot.name);
    return sum;
  }
  double all_flops() {
    double sum = 0;
    for (std::size_t layer = 0; layer < amounts_.layers.size(); ++layer)
      for (const auto& slot : system_->graph().slots) sum += flops(layer, slot.name);
    return sum;
  }
  double all_bytes(const std::string& prefix) {
    double sum = 0;
    for (std::size_t layer = 0; layer < kLayers; ++layer) sum += all_bytes(layer, prefix);
    return sum;
  }

  const LoweredModel& model() const { return model_; }
  ExecutionSystem& system() { return *system_; }
  CacheCounts cache(std::size_t level = 0) { return system_->cache_counts().at(level); }

 private:
  std::size_t index_of(const std::string& name) const {
    const auto& slots = system_->graph().slots;
    return static_cast<std::size_t>(
        std::find_if(slots.begin(), slots.end(), [&](const OpSlot& s) { return s.name == name; }) -
        slots.begin());
  }

  LoweredModel model_;
  std::unique_ptr<ExecutionSystem> system_;
  PassAmounts amounts_;
};

// What a cache of its own sees on the same routes.
std::int64_t replayed_hits(ExpertCache& cache, int passes) {
  const auto router =
      make_drawn_router({.layers = 3, .experts = 8, .experts_per_token = 2}, {0, 0, 5});
  std::int64_t hits = 0;
  std::vector<ExpertLoad> loads;
  for (int pass = 0; pass < passes; ++pass)
    for (std::int64_t layer = 0; layer < 3; ++layer) {
      router->route(static_cast<std::uint64_t>(pass), 1, layer, loads);
      std::vector<ExpertKey> keys;
      for (const auto& load : loads)
        keys.push_back(static_cast<ExpertKey>(layer * 8 + load.expert));
      std::stable_partition(keys.begin(), keys.end(),
                            [&](auto key) { return cache.contains(key); });
      for (const auto key : keys) hits += cache.access(key) ? 1 : 0;
    }
  return hits;
}

double flops_of_model(const LoweredModel& model, const BatchSummary& batch) {
  double sum = 0;
  for (const auto& [op, count] : lower_iteration(model, batch))
    sum += static_cast<double>(count) * op.flops.value;
  return sum;
}

}  // namespace

TEST_CASE("bytes moved are the misses times the bytes of an expert", "[policies][execution]") {
  const auto policy = GENERATE(CachePolicy::kLru, CachePolicy::kLfu);
  Offload offload(on_gpu(0.25, policy));  // 6 of 24 experts
  double moved = 0;
  constexpr int kPasses = 200;
  for (int i = 0; i < kPasses; ++i) {
    offload.decode(10 + i);
    moved += offload.all_bytes("fetch.");
    REQUIRE(offload.all_bytes(0, "fetch.") == 0);  // dense
  }
  const auto cache = policy == CachePolicy::kLru ? make_lru_cache(24, 6) : make_lfu_cache(24, 6);
  const CacheCounts counts = offload.cache();
  REQUIRE(counts.accesses == kPasses * 3 * 2);
  REQUIRE(counts.hits == replayed_hits(*cache, kPasses));
  REQUIRE(counts.evictions == cache->evictions());
  REQUIRE(moved == static_cast<double>(counts.accesses - counts.hits) * kExpertBytes);
  REQUIRE(counts.bytes_in == moved);
  REQUIRE(counts.hits <= counts.offline_optimal_hits);
  REQUIRE(counts.offline_optimal_hits < counts.accesses);
}

TEST_CASE("an optimal cache hits as often as hindsight allows", "[policies][execution]") {
  Offload offload(on_gpu(0.25, CachePolicy::kOptimal));
  for (int i = 0; i < 300; ++i) offload.decode(i + 1);
  const CacheCounts counts = offload.cache();
  REQUIRE(counts.offline_optimal_hits >= counts.hits);
  // It knows what comes after the last pass, hindsight does not: at most the residents differ.
  REQUIRE(counts.offline_optimal_hits - counts.hits <= 6);
}

TEST_CASE("a static cache holds the hot set", "[policies][execution]") {
  ExecutionConfig config = on_gpu(0.25, CachePolicy::kStatic);
  config.experts.routing.kind = RoutingKind::kZipf;
  config.experts.routing.zipf_exponent = 6;  // nearly always the two hottest of a layer: 6 experts
  Offload offload(config);
  for (int i = 0; i < 300; ++i) offload.decode(i + 1);
  // The second choice falls on rank 3 or later with about (3^-6 + 4^-6 + ...) / 2^-6 = 10 %.
  const CacheCounts counts = offload.cache();
  REQUIRE(static_cast<double>(counts.hits) / static_cast<double>(counts.accesses) ==
          Approx(0.95).margin(0.02));
  REQUIRE(counts.evictions == 0);
}

TEST_CASE("a pass does the arithmetic of the model wherever experts are computed",
          "[policies][execution]") {
  ModelSpec model = GENERATE(test::expert_model(), test::latent_model(), test::indexed_model(),
                             test::hybrid_model(6));
  model.moe = test::expert_model().moe;
  model.layers.back().is_moe = true;
  const ExecutionConfig config = GENERATE(on_gpu(0), on_gpu(0.5), on_cpu());
  Offload offload(config, 1, model);
  // A prompt of 5 behind 3 known tokens, and a decode at 9.
  const std::vector<PassRow> rows{{3, 5, true}, {9, 1, true}};
  offload.pass(rows);
  BatchSummary batch;
  batch.new_tokens = 6;
  batch.prefill_tokens = 5;
  batch.prefill_sequences = batch.decode_sequences = 1;
  batch.sampled_sequences = 2;
  for (std::size_t i = 0; i < offload.model().spans().size(); ++i) {
    const std::int64_t window = offload.model().spans()[i].window;
    batch.prefill[i] = {attention_pairs(3, 5, window), attention_kv_read(3, window)};
    batch.decode[i] = {attention_pairs(9, 1, window), attention_kv_read(9, window)};
  }
  REQUIRE(offload.all_flops() == Approx(flops_of_model(offload.model(), batch)).epsilon(1e-12));
}

TEST_CASE("experts on the CPU read their weights and do two FLOP per parameter and visit",
          "[policies][execution]") {
  Offload offload(on_cpu());
  offload.decode(10);
  const SlotWork& experts = offload.work(1, "cpu0_experts");
  REQUIRE(experts.ops.size() == 1);
  // 2 experts of one token: 2 * 2 * 9216 FLOP and 2 * 18,432 bytes.
  REQUIRE(experts.ops[0].op.flops.value == Approx(36'864).epsilon(1e-12));
  REQUIRE(experts.ops[0].op.weight_bytes.value == Approx(36'864).epsilon(1e-12));
  // The hidden state of a token, 64 bf16 numbers, each way.
  REQUIRE(offload.bytes(1, "activations_out") == 128);
  REQUIRE(offload.bytes(1, "activations_in") == 128);
  REQUIRE(offload.bytes(0, "activations_out") == 0);
  REQUIRE_FALSE(offload.has("fetch.0"));
}

TEST_CASE("two sockets share the experts of a layer", "[policies][execution]") {
  Offload offload(on_cpu(), 2);
  offload.decode(10);
  for (const char* socket : {"cpu0_experts", "cpu1_experts"}) {
    REQUIRE(offload.flops(1, socket) == Approx(18'432).epsilon(1e-12));
    REQUIRE(offload.work(1, socket).ops[0].op.weight_bytes.value == Approx(18'432).epsilon(1e-12));
  }
}

TEST_CASE("experts that travel in four bits are fewer bytes", "[policies][execution]") {
  ExecutionConfig config = on_gpu(0);
  config.weight_transfer_type = DataType::kInt4;
  Offload offload(config);
  offload.decode(10);
  REQUIRE(offload.all_bytes(2, "fetch.") == 2 * kParameters * 0.5625);
}

TEST_CASE("a hot set in HBM is computed on the GPU beside the CPU's experts",
          "[policies][execution]") {
  ExecutionConfig config = on_cpu();
  config.experts.cached_fraction = 0.5;
  config.experts.cache = CachePolicy::kStatic;
  Offload offload(config);
  double on_gpu_flops = 0, on_cpu_flops = 0;
  for (int i = 0; i < 500; ++i) {
    offload.decode(10);
    on_cpu_flops += offload.flops(1, "cpu0_experts");
    for (const auto& [op, count] : offload.work(1, "resident_experts").ops)
      if (op.kind == OpKind::kMoeExperts) on_gpu_flops += op.flops.value;
  }
  REQUIRE(on_cpu_flops + on_gpu_flops == Approx(500 * 36'864).epsilon(1e-9));
  // Uniform: half of the experts, half of the visits; five standard errors of 1000 visits.
  REQUIRE(on_gpu_flops / (500 * 36'864) == Approx(0.5).margin(0.08));
}

TEST_CASE("a perfect predictor moves the fetches of a layer to the layers before",
          "[policies][execution]") {
  ExecutionConfig config = on_gpu(0);
  config.experts.prefetch_recall = 1;
  config.experts.prefetch_lead = 2;
  Offload offload(config);
  offload.decode(10);
  // Layer 1 has nobody two layers before; 2 and 3 are named in layers 0 and 1.
  REQUIRE(offload.all_bytes(1, "fetch.") == 2 * kExpertBytes);
  REQUIRE(offload.all_bytes(2, "fetch.") == 0);
  REQUIRE(offload.all_bytes(3, "fetch.") == 0);
  REQUIRE(offload.bytes(0, "prefetch") == 2 * kExpertBytes);
  REQUIRE(offload.bytes(1, "prefetch") == 2 * kExpertBytes);
  REQUIRE(offload.bytes(2, "prefetch") == 0);
  REQUIRE(offload.flops(2, "prefetched_experts") == Approx(36'864).epsilon(1e-12));
  REQUIRE(offload.cache().bytes_in == 6 * kExpertBytes);
}

TEST_CASE("a predictor that errs fetches as many wrong experts as it misses",
          "[policies][execution]") {
  ExecutionConfig config = on_gpu(0);
  config.experts.prefetch_recall = 0.6;
  Offload offload(config);
  double on_demand = 0;
  constexpr int kPasses = 500;
  for (int i = 0; i < kPasses; ++i) {
    offload.decode(10);
    // Two names per layer, none cached: two experts, right or wrong.
    for (const std::size_t layer : {0, 1, 2})
      REQUIRE(offload.bytes(layer, "prefetch") == 2 * kExpertBytes);
    on_demand += offload.all_bytes("fetch.") / kExpertBytes;
  }
  // 6 experts per pass, 0.4 of them not named; five standard errors of 3000 coins: 0.045.
  REQUIRE(on_demand / (6 * kPasses) == Approx(0.4).margin(0.045));
}

TEST_CASE("no recall is no predictor", "[policies][execution]") {
  const Offload offload(on_gpu(0.5));
  REQUIRE_FALSE(offload.has("prefetch"));
  REQUIRE_FALSE(offload.has("prefetched_experts"));
}

TEST_CASE("an expert is fetched up to the widest plane that a token needs",
          "[policies][execution]") {
  ExecutionConfig config = on_gpu(0);
  config.experts.expert_bits = {2, 3, 4};
  const auto moved_by = [&](std::vector<double> shares, std::int32_t tokens) {
    config.experts.expert_bit_shares = std::move(shares);
    Offload offload(config);
    double moved = 0;
    for (int i = 0; i < 1000; ++i) {
      offload.pass(std::vector<PassRow>(static_cast<std::size_t>(tokens), PassRow{10, 1, true}));
      moved += offload.all_bytes("fetch.");
    }
    return moved / static_cast<double>(offload.cache().accesses);
  };
  // 2, 3 and 4 bits of 9216 parameters are 2304, 3456 and 4608 bytes.
  REQUIRE(moved_by({1, 0, 0}, 1) == 2304);
  REQUIRE(moved_by({0, 0, 1}, 1) == 4608);
  // One token: 2304 + 0.5 * 1152 + 0.2 * 1152 = 3110.4; five standard errors of 6000 are about 60.
  REQUIRE(moved_by({0.5, 0.3, 0.2}, 1) == Approx(3110.4).margin(60));
  // Two tokens of one visit to each of two experts each: an expert used by both is wider.
  REQUIRE(moved_by({0.5, 0.3, 0.2}, 2) > 3110.4);
}

TEST_CASE("planes that are there are not fetched again", "[policies][execution]") {
  ExecutionConfig config = on_gpu(1);
  config.experts.expert_bits = {2, 4};
  config.experts.expert_bit_shares = {0.5, 0.5};
  Offload offload(config);
  double moved = 0;
  for (int i = 0; i < 500; ++i) {
    offload.decode(10);
    moved += offload.all_bytes("fetch.");
  }
  // Everything is needed at full width sooner or later, and stays: 24 experts of 4608 bytes.
  REQUIRE(moved == 24 * 4608);
  REQUIRE(offload.cache().hits == offload.cache().accesses - 24);
  REQUIRE(offload.cache().bytes_in == moved);
}

TEST_CASE("the hottest expert is fetched first", "[policies][execution]") {
  ExecutionConfig config = on_gpu(0);
  config.experts.routing.kind = RoutingKind::kZipf;
  const auto visits_by_group = [&](bool hottest_first) {
    config.experts.hottest_first = hottest_first;
    Offload offload(config);
    offload.pass({{0, 200, true}});
    std::vector<double> visits;
    for (const char* group :
         {"fetched_experts.0", "fetched_experts.1", "fetched_experts.2", "fetched_experts.3"})
      visits.push_back(offload.flops(1, group) / (2 * kParameters));
    REQUIRE(std::accumulate(visits.begin(), visits.end(), 0.0) == Approx(400).epsilon(1e-9));
    return visits;
  };
  const auto hottest = visits_by_group(true);
  REQUIRE(std::is_sorted(hottest.rbegin(), hottest.rend()));
  REQUIRE_FALSE(visits_by_group(false) == hottest);
}

TEST_CASE("KV outside HBM is restored for each layer and written back", "[policies][execution]") {
  ExecutionConfig config = on_gpu(0);
  config.placement.kv_cache = {0.25, 0.75, 0};
  Offload offload(config);
  offload.pass({{100, 1, true}, {50, 4, true}});
  // A token and layer has 2 * 2 heads * 16 * 2 = 128 bytes of KV.
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    REQUIRE(offload.bytes(layer, "kv_in") == 0.75 * 150 * 128);
    REQUIRE(offload.bytes(layer, "kv_out") == 0.75 * 5 * 128);
  }
  REQUIRE_FALSE(offload.has("kv_in_ssd"));
}

TEST_CASE("experts at home on an SSD come from there unless DRAM has them",
          "[policies][execution]") {
  ExecutionConfig config = on_gpu(0);
  config.experts.home = Tier::kSsd;
  const bool with_dram = GENERATE(false, true);
  config.placement.weights = {0, with_dram ? 0.5 : 0.0, 0.5};
  Offload offload(config);
  double from_ssd = 0, from_dram = 0;
  for (int i = 0; i < 300; ++i) {
    offload.decode(10);
    from_ssd += offload.all_bytes("fetch_ssd.");
    from_dram += offload.all_bytes("fetch.");
  }
  REQUIRE(from_ssd + from_dram == 300 * 6 * kExpertBytes);
  const CacheCounts dram = offload.cache(1);
  REQUIRE(dram.tier == "dram");
  REQUIRE(dram.accesses == 1800);
  REQUIRE(from_dram == static_cast<double>(dram.hits) * kExpertBytes);
  REQUIRE(dram.bytes_in == from_ssd);
  // LRU over uniform draws with half of the experts: no more than half of the uses hit.
  if (with_dram) REQUIRE(static_cast<double>(dram.hits) / 1800 == Approx(0.4).margin(0.1));
  if (!with_dram) REQUIRE(from_dram == 0);
}

TEST_CASE("expert offload says what it cannot do", "[policies][execution]") {
  const auto refused = [](const std::function<void(ExecutionConfig&)>& change) {
    ExecutionConfig config = on_gpu(0.5);
    change(config);
    try {
      const Offload offload(config);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using Config = ExecutionConfig;
  REQUIRE(refused([](Config&) {}).empty());
  REQUIRE(refused([](Config& c) { c.experts.compute = Device::kCpu; }) ==
          "expert_offload: with compute: cpu nothing is fetched into a cache: cache: static");
  REQUIRE(refused([](Config& c) {
            c.experts.expert_bits = {4, 2};
          }) == "expert_offload: expert_bit_shares has one share per width of expert_bits");
  REQUIRE(refused([](Config& c) {
            c.experts.expert_bits = {4, 2};
            c.experts.expert_bit_shares = {0.5, 0.5};
          }) == "expert_offload: expert_bits grow and their shares lie between 0 and 1");
  REQUIRE(refused([](Config& c) {
            c.experts.expert_bits = {2, 4};
            c.experts.expert_bit_shares = {0.5, 0.4};
          }) == "expert_offload: expert_bit_shares sum to 1");
  REQUIRE(refused([](Config& c) { c.attention = Device::kCpu; }) ==
          "expert_offload: attention is on the GPU");
  const LoweredModel dense(test::dense_model(), {}, {});
  REQUIRE_THROWS_WITH(
      make_execution_system(on_gpu(0), {.model = dense, .node = small_node(1), .seed = 1}),
      "expert_offload: 'small-dense' has no experts to offload");
}
