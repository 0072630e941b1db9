#include "tests/simulation/offload/offload_run_checks.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <vector>

#include "policies/execution/weight_parts.hpp"
#include "sim/base/units.hpp"

namespace headroom::test {
namespace {

constexpr double kRounding = 1e-9;
// Operations are rounded to the nanosecond, thousands of them in a bin of a series.
constexpr double kRoundingOfBins = 1e-6;

double real(std::int64_t count) { return static_cast<double>(count); }

bool is_or_copy_of(std::string_view link, std::string_view suffix) {
  return link.substr(0, link.find('/')).ends_with(suffix);
}

// Of all links whose name ends so, and of their private copies.
double carried(const CompletedRun& run, std::string_view suffix) {
  double bytes = 0;
  for (const auto& link : run.links)
    if (is_or_copy_of(link.link, suffix)) bytes += link.bytes;
  return bytes;
}

std::int64_t computed_tokens(const CompletedRun& run) {
  std::int64_t tokens = 0;
  for (const auto& iteration : run.iterations)
    tokens += iteration.prefill_tokens + iteration.decode_tokens;
  return tokens;
}

bool streams_layers(const ExecutionConfig& system) {
  return system.name == "layer_streaming" || system.name == "flexgen";
}

// On one GPU every byte between DRAM and something else is on that link too; the exceptions are
// loads of KV from the SSD for the cores and back.
void check_dram(const Scenario& scenario, const CompletedRun& run) {
  const auto& [node, system, facts] = *scenario.offload;
  if (scenario.parallelism.tensor > 1 || node.gpu_direct_storage) return;
  const double copied = carried(run, ".h2d") + carried(run, ".d2h") + carried(run, ".cores");
  const double ssd = carried(run, "ssd.read") + carried(run, "ssd.write");
  const double dram = carried(run, ".dram");
  CHECK(dram >= copied * (1 - kRounding));
  const bool for_cores = system.attention == Device::kCpu && system.placement.kv_cache.ssd > 0;
  CHECK(dram <= (copied + (for_cores ? ssd : 0)) * (1 + kRounding));
}

void check_weights_off_ssd(const Scenario& scenario, const LoweredModel& whole,
                           const CompletedRun& run) {
  const auto& system = scenario.offload->system;
  const Placement& placed = system.placement;
  if (!streams_layers(system) || placed.kv_cache.ssd > 0 || placed.activations.ssd > 0) return;
  const LoweredModel model(whole.model(), whole.types(), scenario.parallelism);
  const WeightParts parts = weight_parts(model, system.weight_transfer_type);
  const double of_pass = (parts.layers() + model.embedding_bytes() + model.lm_head_bytes()).value *
                         placed.weights.ssd * real(scenario.parallelism.tensor);
  CHECK(carried(run, "ssd.read") == Approx(real(run.metrics.iterations) * of_pass).margin(1e-3));
}

// Where the GPU attends and hidden states stay on it nothing else goes down.
void check_new_kv(const Scenario& scenario, const LoweredModel& whole, const CompletedRun& run) {
  const auto& system = scenario.offload->system;
  const bool only_kv = system.attention == Device::kGpu && !system.padded &&
                       system.placement.activations.gpu >= 1 &&
                       system.experts.compute == Device::kGpu && scenario.parallelism.tensor == 1;
  const double per_token = whole.kv_bytes_per_token().value *
                           bytes_per_element(system.kv_transfer_type) /
                           bytes_per_element(whole.types().kv_cache);
  const double kv = real(computed_tokens(run)) * per_token * (1 - system.placement.kv_cache.gpu);
  CHECK(carried(run, ".d2h") >= kv * (1 - kRounding));
  if (only_kv) CHECK(carried(run, ".d2h") == Approx(kv).margin(1e-3));
}

constexpr std::array kDates{&RequestOutcome::queued, &RequestOutcome::scheduled,
                            &RequestOutcome::first_token, &RequestOutcome::finish};

}  // namespace

void check_tokens_and_kv(const Scenario& scenario, const CompletedRun& run) {
  const RequestTable table = scenario.make_requests(scenario.seed);
  REQUIRE(run.outcomes.size() == table.requests.size());
  std::int64_t needed = 0, preemptions = 0, output = 0;
  for (std::size_t i = 0; i < table.requests.size(); ++i) {
    const RequestOutcome& got = run.outcomes[i];
    REQUIRE(got.status == RequestStatus::kFinished);
    CHECK(got.prompt_tokens == table.requests[i].prompt_tokens);
    CHECK(got.output_tokens == table.requests[i].output_tokens);
    needed += got.prompt_tokens + got.output_tokens - 1;  // the last token is not computed with
    output += got.output_tokens;
    preemptions += got.preemptions;
  }
  CHECK(run.metrics.output_tokens == output);
  CHECK(run.metrics.preemptions == preemptions);
  CHECK(static_cast<std::int64_t>(run.iterations.size()) == run.metrics.iterations);
  if (preemptions == 0) {
    CHECK(computed_tokens(run) == needed);
  } else {
    CHECK(computed_tokens(run) > needed);
  }
  CHECK(run.metrics.kv_peak_blocks > 0);
  CHECK(run.metrics.kv_peak_blocks <= run.metrics.kv_blocks);
  for (const auto& iteration : run.iterations)
    CHECK(iteration.kv_blocks_used <= run.metrics.kv_blocks);
}

void check_links(const Scenario& scenario, const CompletedRun& run) {
  REQUIRE_FALSE(run.links.empty());
  for (const auto& link : run.links) {
    INFO(link.link);
    CHECK(link.used_fraction <= 1 + kRounding);
  }
  for (const auto& use : run.resource_use)
    if (use.amount > use.capacity * (1 + kRoundingOfBins))
      FAIL_CHECK(use.resource << " carries " << use.amount / use.capacity << " of " << use.capacity
                              << " from " << use.bin_start_s << " s on");
  check_dram(scenario, run);
  const LoweredModel whole(scenario.model, scenario.dtype, {});
  check_weights_off_ssd(scenario, whole, run);
  check_new_kv(scenario, whole, run);
}

void check_ledger(const CompletedRun& run) {
  std::int64_t total = 0;
  for (const auto& row : run.ledger) {
    CHECK(row.duration_ns >= 0);
    total += row.duration_ns;
  }
  CHECK(total == run.ledger.front().devices * std::llround(run.metrics.makespan_s * 1e9));
}

void check_limits(const CompletedRun& run) {
  const RunMetrics& m = run.metrics;
  const double slack = 1 + 1e-9 + 0.5e-9 * real(m.iterations) / m.makespan_s;
  CHECK(m.attained_fraction > 0);
  CHECK(m.attained_fraction <= 1);
  for (const auto& limit : run.limits) {
    INFO(limit.name << ' ' << limit.metric << ' ' << limit.binding_resource);
    if (limit.metric == "makespan_s" && (limit.name == "resource" || limit.name == "offered"))
      CHECK(m.makespan_s * slack >= limit.value);
    if (limit.name == "saturation" && limit.metric == "requests_per_s")
      CHECK(real(m.completed) / m.makespan_s <= limit.value * slack);
    if (limit.name == "moe_lens_stage1_g_passes" && limit.metric == "total_tokens_per_s")
      CHECK(real(m.prompt_tokens + m.output_tokens) / m.makespan_s <= limit.value * slack);
  }
}

bool is_same(CompletedRun a, CompletedRun b) {
  const auto outcome = [](const RequestOutcome& o) {
    return std::make_tuple(o.arrival.value, o.queued.value, o.scheduled.value, o.first_token.value,
                           o.finish.value, o.prompt_tokens, o.output_tokens, o.cached_tokens,
                           o.preemptions, o.parent_id, o.class_id, o.replica, o.status, o.reason);
  };
  const auto iteration = [](const IterationRow& i) {
    return std::make_tuple(i.replica, i.start_ns, i.duration_ns, i.prefill_tokens, i.decode_tokens,
                           i.kv_blocks_used);
  };
  if (!std::ranges::equal(a.outcomes, b.outcomes, {}, outcome, outcome)) return false;
  if (!std::ranges::equal(a.iterations, b.iterations, {}, iteration, iteration)) return false;
  for (CompletedRun* run : {&a, &b}) {
    run->host = {};
    run->outcomes.clear();  // compared: between their fields are bytes that mean nothing
    run->iterations.clear();
  }
  return pack(a) == pack(b);
}

RunDifference difference(const CompletedRun& a, const CompletedRun& b) {
  RunDifference out;
  out.in_counts = a.outcomes.size() != b.outcomes.size();
  for (std::size_t i = 0; i < std::min(a.outcomes.size(), b.outcomes.size()); ++i) {
    const RequestOutcome &x = a.outcomes[i], &y = b.outcomes[i];
    out.in_counts = out.in_counts || x.arrival != y.arrival || x.status != y.status ||
                    x.output_tokens != y.output_tokens || x.cached_tokens != y.cached_tokens ||
                    x.preemptions != y.preemptions || x.replica != y.replica;
    for (const auto date : kDates)
      out.worst_ns =
          std::max<std::int64_t>(out.worst_ns, std::abs((x.*date).value - (y.*date).value));
  }
  return out;
}

bool has_close_events(const CompletedRun& run, std::int64_t within_ns) {
  struct Event {
    std::int64_t date_ns;
    std::int32_t source;
    bool operator<(const Event& other) const { return date_ns < other.date_ns; }
  };
  constexpr std::int32_t kArrivals = -1;
  std::vector<Event> events;
  for (const auto& outcome : run.outcomes) events.push_back({outcome.arrival.value, kArrivals});
  for (const auto& iteration : run.iterations) {
    events.push_back({iteration.start_ns, iteration.replica});
    events.push_back({iteration.start_ns + iteration.duration_ns, iteration.replica});
  }
  std::sort(events.begin(), events.end());
  for (std::size_t i = 1; i < events.size(); ++i)
    if (events[i].source != events[i - 1].source &&
        events[i].date_ns - events[i - 1].date_ns <= within_ns)
      return true;
  return false;
}

}  // namespace headroom::test
