#include "tests/search/random_space.hpp"

#include <array>
#include <cstdio>
#include <vector>

#include "analysis/limits/scenario_limits.hpp"
#include "sim/base/random.hpp"
#include "sim/scenario/load_scenario.hpp"

namespace headroom::test {
namespace {

using Texts = std::vector<std::string>;

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed, "search.space") {}
  const std::string& one(const Texts& texts) {
    return texts[static_cast<std::size_t>(
        random_.uniform_int(0, static_cast<std::int64_t>(texts.size()) - 1))];
  }
  double real(double low, double high) { return random_.uniform(low, high); }
  std::int64_t whole(std::int64_t low, std::int64_t high) { return random_.uniform_int(low, high); }
  bool heads() { return random_.uniform() < 0.5; }
  // So many of them, in their order.
  Texts some(Texts texts, std::size_t count) {
    while (texts.size() > count)
      texts.erase(texts.begin() + whole(0, static_cast<std::int64_t>(texts.size()) - 1));
    return texts;
  }

 private:
  RandomStream random_;
};

std::string lognormal(double mean, double spread, double max) {
  return "{distribution: lognormal, mean: " + number(mean) + ", stddev: " + number(mean * spread) +
         ", max: " + std::to_string(static_cast<int>(max)) + '}';
}

// A scenario without its arrivals, and what a search may vary about it.
struct Sketch {
  std::string model, gpu, replicas = "1", prompt, output, prefix, serving;
  int requests = 1000;
  bool offline = false;
  Texts axes;  // "key: [values]", one line each
};

std::string scenario_text(const Sketch& sketch, const std::string& arrivals,
                          const std::string& slo) {
  return "  model: " + sketch.model + "\n  hardware: {gpu: " + sketch.gpu +
         ", replicas: " + sketch.replicas + "}\n  serving: {" + sketch.serving +
         "}\n  workload:\n    arrivals: " + arrivals + "\n    prompt_tokens: " + sketch.prompt +
         "\n    output_tokens: " + sketch.output +
         "\n    requests: " + std::to_string(sketch.requests) + '\n' +
         (sketch.prefix.empty() ? "" : "    shared_prefix: " + sketch.prefix + '\n') + slo;
}

Scenario offline_scenario(const Sketch& sketch) {
  LoadOptions options;
  options.unfit_is_error = false;
  return load_scenario_text(scenario_text(sketch, "{process: all_at_once}", ""), "sketch.yaml",
                            options);
}

bool fits(const Sketch& sketch) { return offline_scenario(sketch).unfit.empty(); }

struct Scale {
  double requests_per_s = 0, ttft_s = 0, tpot_s = 0;
};

// What the limits say of the sketch: rates and thresholds are drawn relative to it.
Scale scale_of(const Sketch& sketch) {
  const Scenario scenario =
      load_scenario_text(scenario_text(sketch, "{process: all_at_once}", ""), "sketch.yaml");
  const RequestTable table = scenario.make_requests(scenario.seed);
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  const Limits limits = scenario_limits(scenario, model, table);
  Scale scale;
  scale.requests_per_s = limits.saturation_requests_per_s.value_or(1);
  for (const auto& row : limits.rows) {
    if (row.name == "alone" && row.metric == "ttft_s") scale.ttft_s = row.value;
    if (row.name == "alone" && row.metric == "tpot_s") scale.tpot_s = row.value;
  }
  return scale;
}

Sketch late_kv(Draw& draw) {
  Sketch sketch;
  sketch.model = draw.one({"llama-3.1-8b", "qwen3-8b", "llama-2-7b"});
  sketch.gpu = draw.one({"l40s", "a100-40gb-sxm", "rtx-4090", "rtx-5090", "a40"});
  sketch.requests = static_cast<int>(draw.whole(800, 1600));
  const double output = draw.real(500, 1200), prompt = draw.real(150, 700);
  sketch.prompt = lognormal(prompt, draw.real(0.3, 1.0), 3000);
  sketch.output = lognormal(output, draw.real(0.3, 0.9), 1000 + 2.5 * output);
  sketch.serving = "max_model_len: 4096";
  sketch.offline = draw.whole(0, 3) == 0;
  Texts axes{"serving.max_num_seqs: [32, 64, 128, 256]",
             "serving.gpu_memory_utilization: [0.82, 0.88, 0.94]",
             "dtype.kv_cache: [bf16, fp8]",
             "serving.max_num_batched_tokens: [512, 2048, 8192]",
             "serving.scheduler_reserve_full_isl: [true, false]",
             "dtype.weights: [bf16, int8]",
             "hardware.replicas: [1, 2]"};
  sketch.axes = draw.some(axes, 4);
  return sketch;
}

Sketch prefix_reuse(Draw& draw) {
  Sketch sketch;
  sketch.model = draw.one({"llama-3.1-8b", "qwen3-8b", "qwen3-14b"});
  sketch.gpu = draw.one({"l40s", "a100-80gb-sxm", "h100-sxm", "rtx-5090"});
  sketch.requests = static_cast<int>(draw.whole(1000, 2000));
  const auto tokens = draw.whole(1, 4) * 256;
  const double own = draw.real(100, 800);
  sketch.prompt = "{distribution: uniform, min: " + std::to_string(tokens + 16) +
                  ", max: " + std::to_string(tokens + 16 + static_cast<int>(2 * own)) + '}';
  sketch.output = lognormal(draw.real(60, 300), 0.6, 1000);
  sketch.prefix = "{groups: " + std::to_string(draw.whole(4, 150)) +
                  ", tokens: " + std::to_string(tokens) + '}';
  sketch.serving = "max_model_len: 4096";
  Texts axes{"serving.enable_prefix_caching: [true, false]",
             "serving.router: [least_outstanding, round_robin, random]",
             "hardware.replicas: [1, 2, 3]",
             "serving.max_num_seqs: [32, 128, 256]",
             "serving.max_num_batched_tokens: [1024, 2048, 8192]",
             "serving.gpu_memory_utilization: [0.8, 0.9]",
             "serving.block_size: [16, 32, 64]"};
  sketch.axes = draw.some(axes, 4);
  return sketch;
}

Sketch hardware(Draw& draw) {
  Sketch sketch;
  sketch.model = draw.one({"llama-3.1-8b", "qwen3-14b", "qwen3-30b-a3b", "qwen3-8b"});
  sketch.gpu = "h100-sxm";
  sketch.requests = static_cast<int>(draw.whole(600, 1500));
  sketch.prompt = lognormal(draw.real(300, 1500), draw.real(0.4, 1.2), 6000);
  sketch.output = lognormal(draw.real(80, 400), draw.real(0.4, 1.0), 1500);
  sketch.serving = "max_model_len: 8192";
  sketch.offline = draw.whole(0, 4) == 0;
  const Texts cards = draw.some({"l40s", "a100-80gb-sxm", "h100-sxm", "a100-40gb-sxm"}, 3);
  sketch.axes = {"hardware.gpu: [" + cards[0] + ", " + cards[1] + ", " + cards[2] + ']',
                 "hardware.replicas: [1, 2, 4]"};
  for (auto& axis :
       draw.some({"serving.max_num_seqs: [32, 256]", "serving.max_num_batched_tokens: [1024, 4096]",
                  "dtype.weights: [bf16, fp8]", "dtype.kv_cache: [bf16, fp8]"},
                 2))
    sketch.axes.push_back(axis);
  return sketch;
}

Sketch scheduling(Draw& draw) {
  Sketch sketch;
  sketch.model = draw.one({"llama-3.1-8b", "qwen3-30b-a3b", "qwen3-32b", "mixtral-8x7b"});
  sketch.gpu = draw.one({"h200-sxm", "b200-sxm", "mi300x"});
  sketch.requests = static_cast<int>(draw.whole(800, 2000));
  sketch.prompt = lognormal(draw.real(300, 2500), draw.real(0.4, 1.3), 7000);
  sketch.output = lognormal(draw.real(80, 500), draw.real(0.4, 1.0), 2000);
  sketch.serving = "max_model_len: 10240";
  sketch.offline = draw.whole(0, 4) == 0;
  Texts axes{"serving.max_num_seqs: [16, 48, 128, 384]",
             "serving.max_num_batched_tokens: [512, 1024, 2048, 8192]",
             "serving.long_prefill_token_threshold: [0, 512]",
             "serving.async_scheduling: [true, false]",
             "serving.gpu_memory_utilization: [0.85, 0.95]",
             "dtype.kv_cache: [bf16, fp8]"};
  sketch.axes = draw.some(axes, 4);
  return sketch;
}

Sketch sketch_of(Draw& draw, SpaceKind kind) {
  switch (kind) {
    case SpaceKind::kLateKv:
      return late_kv(draw);
    case SpaceKind::kPrefixReuse:
      return prefix_reuse(draw);
    case SpaceKind::kHardware:
      return hardware(draw);
    case SpaceKind::kScheduling:
      break;
  }
  return scheduling(draw);
}

std::string goal_of(Draw& draw, const Sketch& sketch, SpaceKind kind, const Scale& scale) {
  const bool priced =
      sketch.gpu == "h100-sxm" || sketch.gpu == "l40s" || sketch.gpu.starts_with("a100-");
  const std::string ttft = number(scale.ttft_s * draw.real(8, 40));
  const std::string tpot = number(scale.tpot_s * draw.real(2, 6));
  if (sketch.offline)
    return draw.one({"maximize: output_tokens_per_s", "minimize: e2e_mean_s",
                     "minimize: makespan_s",
                     std::string(priced ? "minimize: cost_usd_per_million_output_tokens"
                                        : "maximize: total_tokens_per_s")});
  Texts goals{"minimize: e2e_mean_s",
              "minimize: ttft_mean_s\n  subject_to: [\"tpot_p95_s <= " + tpot + "\"]",
              "minimize: tpot_mean_s\n  subject_to: [\"ttft_p95_s <= " + ttft + "\"]",
              "maximize: goodput_requests_per_s", "minimize: e2e_p95_s"};
  if (priced) {
    goals.push_back(
        "minimize: cost_usd_per_million_output_tokens\n  subject_to: [\"ttft_p95_s <= " + ttft +
        "\"]");
    goals.push_back("minimize: price_per_hour\n  subject_to: [\"slo_attainment >= 0.9\"]");
  }
  if (kind == SpaceKind::kHardware) goals.erase(goals.begin(), goals.begin() + 3);
  return draw.one(goals);
}

}  // namespace

RandomSpace random_space(std::uint64_t seed, SpaceKind kind) {
  Draw draw(mix_bits(seed) + static_cast<std::uint64_t>(kind));
  Sketch sketch = sketch_of(draw, kind);
  // A model that the card cannot hold is no space.
  while (!fits(sketch)) sketch = sketch_of(draw, kind);
  const Scale scale = scale_of(sketch);
  std::string arrivals = "{process: all_at_once}";
  if (!sketch.offline) {
    double load = draw.real(0.25, 0.75);
    if (kind == SpaceKind::kHardware) load = draw.real(0.4, 2.0);
    if (kind == SpaceKind::kLateKv) load = draw.real(0.6, 1.2);
    arrivals = "{process: poisson, rate: " + number(scale.requests_per_s * load) + " /s}";
  }
  const std::string slo = "  slo: {ttft: " + number(1000 * scale.ttft_s * draw.real(10, 40)) +
                          " ms, tpot: " + number(1000 * scale.tpot_s * draw.real(2, 5)) + " ms}\n";
  std::string text = "name: space " + std::to_string(seed) + "\nscenario:\n" +
                     scenario_text(sketch, arrivals, slo) + "axes:\n";
  for (const auto& axis : sketch.axes) text += "  " + axis + '\n';
  text += "search:\n  method: halving\n  " + goal_of(draw, sketch, kind, scale) + '\n';
  return {seed, kind, text};
}

}  // namespace headroom::test
