#include "analysis/limits/offload_limits.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "tests/support/small_models.hpp"

using namespace headroom;

namespace {

// small-dense in bf16: layers 4 x (qkv 64 x 128, o 64 x 64, MLP 3 x 64 x 192, norms 2 x 64),
// embedding and LM head 500 x 64 each, a final norm of 64.
constexpr double kLayers = 2.0 * 4 * (64 * 128 + 64 * 64 + 3 * 64 * 192 + 2 * 64);
constexpr double kMlps = 2.0 * 4 * (3 * 64 * 192);
constexpr double kEnds = 2.0 * (2 * 500 * 64 + 64);
constexpr double kKvPerToken = 2.0 * (2 * 2 * 16) * 4;  // K and V, 2 heads of 16, 4 layers
// Around CPU attention a decode sends 4 heads of 16 down, beside its new KV, and gets as much back,
// in each of 4 layers.
constexpr double kBoundary = 2.0 * 4 * (4 * 16);

struct Case {
  explicit Case(const char* name, ModelSpec spec = test::dense_model())
      : model(std::move(spec), {}, {}), gpu(test::slow_gpu()) {
    system.name = name;
    system.attention = Device::kCpu;
    SocketSpec socket;
    socket.rate(DataType::kFp32) = FlopsPerSecond{1e12};
    socket.dram_bandwidth = BytesPerSecond{100e6};
    socket.cpu_dram_bandwidth = BytesPerSecond{50e6};
    node.sockets = {socket};
    node.pcie.bandwidth = BytesPerSecond{10e6};
    serving.block_size = 4;
    serving.max_num_seqs = 100;
    serving.max_num_batched_tokens = 1000;
  }
  void add(std::int32_t prompt, std::int32_t output, double arrival_s = 0) {
    Request r;
    r.prompt_tokens = prompt;
    r.output_tokens = output;
    r.arrival = TimePoint{0} + to_duration(Seconds{arrival_s});
    table.requests.push_back(r);
  }
  Limits limits() const {
    return compute_offload_limits(
        {{model, gpu, serving, table, replicas, blocks, 1000}, node, system});
  }
  double seconds(const std::string& resource) const {
    for (const auto& row : limits().rows)
      if (row.name == "resource" && row.binding_resource == resource) return row.value;
    return 0;
  }
  LoweredModel model;
  GpuSpec gpu;
  NodeSpec node;
  ExecutionConfig system;
  ServingConfig serving;
  RequestTable table;
  std::int64_t replicas = 1, blocks = 10'000;
};

const LimitRow* find(const Limits& limits, const std::string& name, const std::string& metric) {
  const auto found = std::find_if(limits.rows.begin(), limits.rows.end(), [&](const LimitRow& row) {
    return row.name == name && row.metric == metric;
  });
  return found == limits.rows.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("weights outside HBM cross PCIe once per token of the longest output",
          "[limits][offload]") {
  Case c("moe_lens");
  c.add(10, 3);
  c.add(10, 2);
  // And the attention output of 3 decodes.
  const double outputs = 3 * kBoundary;
  CHECK(c.seconds("pcie_h2d") == Approx((3 * (kLayers + kEnds) + outputs) / 10e6));
  CHECK(c.limits().binding_resource == "pcie_h2d");
  c.system.placement.weights = {0.25, 0.75, 0};
  CHECK(c.seconds("pcie_h2d") == Approx((0.75 * 3 * (kLayers + kEnds) + outputs) / 10e6));
  c.system.name = "moe_lightning";
  CHECK(c.seconds("pcie_h2d") == Approx((0.75 * 3 * kMlps + outputs) / 10e6));
}

TEST_CASE("KV memory and the engine's limits force passes", "[limits][offload]") {
  Case c("moe_lens");
  for (int i = 0; i < 40; ++i) c.add(8, 2);
  // 8 + 9 tokens of KV each, 40 x 17 / 4 block-passes; 10 blocks: 17 passes.
  c.blocks = 10;
  const double outputs = 40 * kBoundary;
  CHECK(c.seconds("pcie_h2d") == Approx((17 * (kLayers + kEnds) + outputs) / 10e6));
  c.blocks = 10'000;
  // 80 output tokens, 4 in a pass.
  c.serving.max_num_seqs = 4;
  CHECK(c.seconds("pcie_h2d") == Approx((20 * (kLayers + kEnds) + outputs) / 10e6));
  c.serving.max_num_seqs = 100;
  // 40 x 9 tokens are computed, 12 in a pass.
  c.serving.max_num_batched_tokens = 12;
  CHECK(c.seconds("pcie_h2d") == Approx((30 * (kLayers + kEnds) + outputs) / 10e6));
}

TEST_CASE("KV outside HBM goes down once and is read by CPU or GPU in every decode",
          "[limits][offload]") {
  Case c("flexgen");
  c.add(10, 3);
  // 12 tokens are computed; 2 decodes read 10 + 11.
  CHECK(c.seconds("pcie_d2h") == Approx((12 * kKvPerToken + 2 * kBoundary) / 10e6));
  CHECK(c.seconds("cpu_memory") == Approx(21 * kKvPerToken / 50e6));
  const double streamed = 3 * (kLayers + kEnds);
  CHECK(c.seconds("dram") == Approx((streamed + (12 + 21) * kKvPerToken + 4 * kBoundary) / 100e6));
  // 10 + 1 and 11 + 1 pairs of 4 heads of 16 in 4 layers, 4 FLOP each.
  CHECK(c.seconds("cpu_compute") == Approx(23 * 4 * 4 * 16 * 4 / 1e12));
  // A link of its own for prompts' KV and one for what decodes send.
  c.node.shared_links = false;
  CHECK(c.seconds("pcie_d2h") == Approx(10 * kKvPerToken / 10e6));
  c.node.shared_links = true;
  c.system.attention = Device::kGpu;
  CHECK(c.seconds("cpu_memory") == 0);
  CHECK(c.seconds("pcie_h2d") == Approx((streamed + 21 * kKvPerToken) / 10e6));
  c.system.placement.kv_cache = {0.5, 0.5, 0};
  CHECK(c.seconds("pcie_d2h") == Approx(6 * kKvPerToken / 10e6));
  // Every user of a link of its own: the larger alone.
  c.node.shared_links = false;
  CHECK(c.seconds("pcie_h2d") == Approx(streamed / 10e6));
}

TEST_CASE("what is on SSD is read from it and crosses DRAM unless the GPU reads it",
          "[limits][offload]") {
  Case c("flexgen");
  c.add(10, 3);
  c.node.ssd = SsdSpec{};
  c.node.ssd->read_bandwidth = BytesPerSecond{2e6};
  c.node.ssd->write_bandwidth = BytesPerSecond{1e6};
  c.node.ssd->count = 2;
  c.system.attention = Device::kGpu;
  c.system.placement.weights = {0, 0.5, 0.5};
  c.system.placement.kv_cache = {0, 0, 1};
  const double weights = 3 * (kLayers + kEnds);
  CHECK(c.seconds("ssd_read") == Approx((0.5 * weights + 21 * kKvPerToken) / 4e6));
  CHECK(c.seconds("ssd_write") == Approx(12 * kKvPerToken / 2e6));
  CHECK(c.seconds("dram") == Approx((weights + 33 * kKvPerToken) / 100e6));
  c.node.gpu_direct_storage = true;
  CHECK(c.seconds("dram") == Approx(0.5 * weights / 100e6));
}

TEST_CASE("weights in a narrower format move fewer bytes", "[limits][offload]") {
  Case c("flexgen");
  c.add(10, 3);
  c.system.weight_transfer_type = DataType::kInt8;
  // Matrices take half; norms, embedding and LM head stay at 16 bits.
  const double norms = 2.0 * 4 * 2 * 64;
  CHECK(c.seconds("pcie_h2d") ==
        Approx((3 * ((kLayers - norms) / 2 + norms + kEnds) + 2 * kBoundary) / 10e6));
}

TEST_CASE("an expert cache is bounded by what no cache of its size can hold", "[limits][offload]") {
  // 3 MoE layers, 2 of 8 experts per token; one expert 3 x 64 x 48 in bf16.
  Case c("expert_offload", test::expert_model());
  c.system.placement.kv_cache = {1, 0, 0};
  c.add(10, 3);
  const double expert = 2.0 * 3 * 64 * 48;
  CHECK(c.seconds("pcie_h2d") == Approx(3 * 6 * expert / 10e6));
  c.system.experts.cached_fraction = 0.125;  // 3 of 24
  CHECK(c.seconds("pcie_h2d") == Approx(3 * 3 * expert / 10e6));
  c.system.experts.expert_bits = {4, 8};
  CHECK(c.seconds("pcie_h2d") == Approx(3 * 3 * expert / 4 / 10e6));
  c.system.experts.expert_bits = {};
  c.system.experts.compute = Device::kCpu;
  CHECK(c.seconds("cpu_memory") == Approx(3 * 3 * expert / 50e6));
  c.system.experts.cached_fraction = 0.25;  // 6: all that a token needs
  CHECK(c.seconds("cpu_memory") == 0);
  CHECK(c.seconds("cpu_compute") == 0);
  CHECK(c.seconds("pcie_h2d") == 0);
}

TEST_CASE("experts on the CPU are bound by its arithmetic and by hidden states over PCIe",
          "[limits][offload]") {
  Case c("expert_offload", test::expert_model());
  c.system.placement.kv_cache = {1, 0, 0};
  c.system.attention = Device::kGpu;
  c.system.experts.compute = Device::kCpu;
  c.add(10, 3);
  // 12 tokens visit 2 experts in each of 3 layers, 6 FLOP for each of 64 x 48.
  const double visit = 6.0 * 64 * 48;
  CHECK(c.seconds("cpu_compute") == Approx(12 * 6 * visit / 1e12));
  // 64 elements of each token go down and come back in each of 3 layers.
  const double hidden = 12 * 3 * 64 * 2;
  CHECK(c.seconds("pcie_d2h") == Approx(hidden / 10e6));
  CHECK(c.seconds("pcie_h2d") == Approx(hidden / 10e6));
  const double read = 3 * 6 * 2.0 * 3 * 64 * 48;
  CHECK(c.seconds("dram") == Approx((2 * hidden + read) / 100e6));
  // 3 of 24 experts are cached: of a token's 6 visits 3 at most, in one layer both.
  c.system.experts.cached_fraction = 0.125;
  CHECK(c.seconds("cpu_compute") == Approx(12 * 3 * visit / 1e12));
  CHECK(c.seconds("pcie_d2h") == Approx(hidden * 2 / 3 / 10e6));
}

TEST_CASE("experts at home on the SSD come off it unless DRAM can have them", "[limits][offload]") {
  Case c("expert_offload", test::expert_model());
  c.system.placement.kv_cache = {1, 0, 0};
  c.system.attention = Device::kGpu;
  c.system.experts.home = Tier::kSsd;
  c.node.ssd = SsdSpec{};
  c.node.ssd->read_bandwidth = BytesPerSecond{2e6};
  c.add(10, 3);
  const double expert = 2.0 * 3 * 64 * 48;
  CHECK(c.seconds("ssd_read") == Approx(3 * 6 * expert / 2e6));
  CHECK(c.seconds("pcie_h2d") == Approx(3 * 6 * expert / 10e6));
  CHECK(c.seconds("dram") == Approx(3 * 6 * expert / 100e6));
  // 4 of 24 may be in DRAM, one in HBM.
  c.system.placement.weights = {0, 4.0 / 24, 20.0 / 24};
  c.system.experts.cached_fraction = 1.0 / 24;
  CHECK(c.seconds("ssd_read") == Approx(3 * 1 * expert / 2e6));
  CHECK(c.seconds("pcie_h2d") == Approx(3 * 5 * expert / 10e6));
  // Read by the GPU itself, nothing has to go through DRAM: what DRAM has may come off the SSD.
  c.node.gpu_direct_storage = true;
  CHECK(c.seconds("dram") == 0);
}

TEST_CASE("hidden states that wait outside HBM go down and come back in every layer",
          "[limits][offload]") {
  Case c("flexgen");
  c.system.attention = Device::kGpu;
  c.system.placement = {{1, 0, 0}, {1, 0, 0}, {0.5, 0.5, 0}};
  c.add(10, 3);
  CHECK(c.seconds("pcie_d2h") == 0);  // a single micro-batch does not wait
  c.system.micro_batch_size = 1;
  c.system.num_micro_batches = 2;
  // Half of 12 tokens x 4 layers x 64 elements.
  const double hidden = 0.5 * 12 * 4 * 64 * 2;
  CHECK(c.seconds("pcie_d2h") == Approx(hidden / 10e6));
  CHECK(c.seconds("pcie_h2d") == Approx(hidden / 10e6));
  CHECK(c.seconds("dram") == Approx(2 * hidden / 100e6));
  // With a share on the SSD all that is not in HBM goes there.
  c.node.ssd = SsdSpec{};
  c.node.ssd->read_bandwidth = c.node.ssd->write_bandwidth = BytesPerSecond{1e6};
  c.system.placement.activations = {0.5, 0.25, 0.25};
  CHECK(c.seconds("ssd_read") == Approx(hidden / 1e6));
  CHECK(c.seconds("ssd_write") == Approx(hidden / 1e6));
}

TEST_CASE("KV on the SSD is staged in DRAM for CPU attention", "[limits][offload]") {
  Case c("flexgen");
  c.system.placement = {{1, 0, 0}, {0, 0.5, 0.5}, {1, 0, 0}};
  c.node.ssd = SsdSpec{};
  c.node.ssd->read_bandwidth = BytesPerSecond{4e6};
  c.node.ssd->write_bandwidth = BytesPerSecond{2e6};
  c.add(10, 3);
  CHECK(c.seconds("ssd_read") == Approx(0.5 * 21 * kKvPerToken / 4e6));
  CHECK(c.seconds("ssd_write") == Approx(0.5 * 12 * kKvPerToken / 2e6));
  // Down and around attention, half of it on to the SSD and back; then the cores read.
  const double crosses = 12 * kKvPerToken + 4 * kBoundary + 0.5 * (12 + 21) * kKvPerToken;
  CHECK(c.seconds("dram") == Approx((crosses + 21 * kKvPerToken) / 100e6));
  CHECK(c.seconds("cpu_memory") == Approx(21 * kKvPerToken / 50e6));
}

TEST_CASE("a late request needs its own passes", "[limits][offload]") {
  Case c("moe_lens");
  c.add(10, 3, 5.0);
  const double pass_s = (kLayers + kEnds) / 10e6;
  CHECK(c.limits().makespan_s == Approx(5 + 3 * pass_s));
  CHECK(c.limits().binding_resource == "offered_load");
  CHECK(c.limits().hardware_bound == "pcie_h2d");
}

TEST_CASE("replicas share the work", "[limits][offload]") {
  Case c("moe_lens");
  c.add(10, 3);
  c.add(10, 3);
  c.replicas = 2;
  // 3 passes of one replica and one at least of the other, over two links; 4 decodes.
  CHECK(c.seconds("pcie_h2d") == Approx((4 * (kLayers + kEnds) + 4 * kBoundary) / 20e6));
}

TEST_CASE("the binding resource grows until the next one binds", "[limits][offload]") {
  Case c("moe_lens");
  c.add(10, 3);
  const Limits limits = c.limits();
  const LimitRow* link = find(limits, "must_grow", "pcie_h2d");
  REQUIRE(link != nullptr);
  CHECK(link->binding_resource == "dram");
  // The weights and the output of 2 decodes cross DRAM as well, beside their queries and 12 tokens
  // of KV written and 21 read.
  const double up = 3 * (kLayers + kEnds) + 2 * kBoundary;
  const double others = 33 * kKvPerToken + 2 * kBoundary;
  CHECK(link->value == Approx(up / ((up + others) / 100e6)));
  c.node.pcie.bandwidth = BytesPerSecond{link->value * 1.001};
  CHECK(c.limits().binding_resource == "dram");
  c.node.pcie.bandwidth = BytesPerSecond{link->value * 0.999};
  CHECK(c.limits().binding_resource == "pcie_h2d");
}

TEST_CASE("KV memory grows until it forces no more passes than something else",
          "[limits][offload]") {
  Case c("moe_lens");
  for (int i = 0; i < 40; ++i) c.add(8, 2);
  c.blocks = 10;
  const Limits limits = c.limits();
  const LimitRow* kv = find(limits, "must_grow", "kv_memory");
  REQUIRE(kv != nullptr);
  // 17 passes with 40 tokens; 80 output tokens of 100 sequences, 360 tokens of 1000 and two tokens
  // of the longest output force 2: 8.5 times as many tokens.
  CHECK(kv->value == Approx(340).epsilon(1e-6));
  CHECK(kv->binding_resource == "longest_output");
  c.blocks = 85;
  CHECK(find(c.limits(), "must_grow", "kv_memory") == nullptr);
}

TEST_CASE("published models are told from bounds", "[limits][offload]") {
  Case c("moe_lens", test::expert_model());
  for (int i = 0; i < 40; ++i) c.add(8, 2);
  c.blocks = 10;
  const Limits limits = c.limits();
  const LimitRow* stage1 = find(limits, "moe_lens_stage1_g_passes", "total_tokens_per_s");
  REQUIRE(stage1 != nullptr);
  // The same bound as that of the passes that KV memory forces, where the link binds.
  CHECK(limits.binding_resource == "pcie_h2d");
  CHECK(stage1->value == Approx(400 / limits.makespan_s).epsilon(0.3));
  CHECK(find(limits, "moe_lens_stage2", "makespan_s") != nullptr);
}

TEST_CASE("stage 1 in g passes holds for lengths that differ and for all replicas",
          "[limits][offload]") {
  Case c("moe_lens", test::expert_model());
  c.serving.block_size = 1;
  c.blocks = 100;
  c.add(4, 1);
  c.add(10, 3);
  // KV memory is held for 4 and 10 + 11 + 12 tokens in the passes that give a token.
  const Limits one = c.limits();
  const LimitRow* pme = find(one, "moe_lens_stage1_g_passes", "parallelism_memory_efficiency");
  REQUIRE(pme != nullptr);
  CHECK(pme->value == Approx(18.0 / 37));
  const double pass_s = find(one, "moe_lens_pass", "time_s")->value;
  const LimitRow* rate = find(one, "moe_lens_stage1_g_passes", "total_tokens_per_s");
  REQUIRE(rate->binding_resource == "kv_memory");
  CHECK(rate->value == Approx(18.0 / 37 * 100 / pass_s));
  CHECK(find(one, "moe_lens_stage1_g_passes", "output_tokens_per_s")->value ==
        Approx(rate->value * 4 / 18));
  c.replicas = 2;
  CHECK(find(c.limits(), "moe_lens_stage1_g_passes", "total_tokens_per_s")->value ==
        Approx(2 * rate->value));
}

TEST_CASE("every system is bounded by all that it uses", "[limits][offload]") {
  const auto resources = [](Case& c) {
    c.add(10, 3);
    std::set<std::string> names;
    for (const auto& row : c.limits().rows)
      if (row.name == "resource") names.insert(row.binding_resource);
    return names;
  };
  const auto with_ssd = [](Case& c) {
    c.node.ssd = SsdSpec{};
    c.node.ssd->read_bandwidth = c.node.ssd->write_bandwidth = BytesPerSecond{1e6};
  };
  const std::set<std::string> gpu{"gpu_compute", "hbm"};
  std::set<std::string> cpu_attention = gpu;
  cpu_attention.merge(
      std::set<std::string>{"pcie_h2d", "pcie_d2h", "dram", "cpu_memory", "cpu_compute"});
  for (const char* name : {"moe_lens", "moe_lightning", "flexgen", "layer_streaming"}) {
    INFO(name);
    Case c(name);
    CHECK(resources(c) == cpu_attention);
  }
  Case all("flexgen");
  with_ssd(all);
  all.system.placement = {{0, 0.5, 0.5}, {0, 0.5, 0.5}, {1, 0, 0}};
  std::set<std::string> everything = cpu_attention;
  everything.merge(std::set<std::string>{"ssd_read", "ssd_write"});
  CHECK(resources(all) == everything);

  Case streaming("layer_streaming");
  with_ssd(streaming);
  streaming.system.attention = Device::kGpu;
  streaming.system.placement = {{0, 0, 1}, {1, 0, 0}, {1, 0, 0}};
  CHECK(resources(streaming) ==
        std::set<std::string>{"gpu_compute", "hbm", "pcie_h2d", "dram", "ssd_read"});

  Case fetched("expert_offload", test::expert_model());
  with_ssd(fetched);
  fetched.system.attention = Device::kGpu;
  fetched.system.placement.kv_cache = {1, 0, 0};
  fetched.system.experts.home = Tier::kSsd;
  CHECK(resources(fetched) ==
        std::set<std::string>{"gpu_compute", "hbm", "pcie_h2d", "dram", "ssd_read"});
  Case on_cpu("expert_offload", test::expert_model());
  on_cpu.system.attention = Device::kGpu;
  on_cpu.system.placement.kv_cache = {1, 0, 0};
  on_cpu.system.experts.compute = Device::kCpu;
  CHECK(resources(on_cpu) == cpu_attention);
}
