#include "analysis/limits/growth.hpp"

#include <algorithm>

#include "analysis/limits/batch_steps.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

// Halvings that find the number of passes to the last bit that matters.
constexpr int kHalvings = 60;
// Resources after the binding one that are worth telling.
constexpr std::size_t kAfterwards = 3;
// Times that agree this closely are one bound.
constexpr double kSame = 1e-12;
// And so are counts of passes, found through times that need not be proportional to them.
constexpr double kSamePasses = 1e-9;

bool slower(const ResourceBound& a, const ResourceBound& b) { return a.seconds < b.seconds; }

// With fewer passes down to `fewest`: the most passes that are as fast as those.
double passes_that_suffice(const ResourceBounds& bounds, double fewest, double now) {
  const double best = bounds.tightest(fewest).seconds * (1 + kSame);
  double low = fewest, high = now;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (bounds.tightest(middle).seconds <= best ? low : high) = middle;
  }
  return low;
}

void add_pass_growth(const ResourceBounds& bounds, const std::vector<PassBound>& passes,
                     std::vector<Growth>& out) {
  const PassBound& binding = tightest(passes);
  if (binding.value <= 0) return;
  const PassBound* second = nullptr;
  for (const auto& bound : passes)
    if (&bound != &binding && (second == nullptr || bound.passes > second->passes)) second = &bound;
  HEADROOM_CHECK(second != nullptr, "the longest output always forces passes");
  const double now_s = bounds.tightest(binding.passes).seconds;
  const double then_s = bounds.tightest(second->passes).seconds;
  if (then_s >= now_s * (1 - kSame)) return;
  const double enough = passes_that_suffice(bounds, second->passes, binding.passes);
  // Whether fewer passes would still help but for the next thing that forces them.
  const bool others_bind = enough > second->passes * (1 + kSamePasses);
  out.push_back({binding.name, binding.value, binding.value * binding.passes / enough, binding.unit,
                 others_bind ? bounds.tightest(second->passes).resource : second->name, now_s,
                 then_s, 0});
}

}  // namespace

std::vector<PassBound> pass_bounds(const LimitsInput& input, const WorkTotals& work) {
  const auto seqs = static_cast<double>(input.serving.max_num_seqs);
  const auto budget = static_cast<double>(input.serving.max_num_batched_tokens);
  std::vector<PassBound> bounds{
      {"longest_output", 0, "tokens", steps_of_longest_output(input, work)},
      {"max_num_seqs", seqs, "sequences", static_cast<double>(work.output_tokens) / seqs},
      {"max_num_batched_tokens", budget, "tokens",
       static_cast<double>(work.new_tokens()) / budget}};
  if (input.kv_blocks > 0) {
    const KvLayout layout = kv_layout(input.model, input.serving.block_size);
    bounds.push_back({"kv_memory", kv_tokens_held(input, layout), "tokens",
                      work.block_steps / static_cast<double>(input.kv_blocks)});
  }
  return bounds;
}

const PassBound& tightest(const std::vector<PassBound>& passes) {
  return *std::max_element(
      passes.begin(), passes.end(),
      [](const PassBound& a, const PassBound& b) { return a.passes < b.passes; });
}

std::vector<Growth> what_must_grow(const ResourceBounds& bounds,
                                   const std::vector<PassBound>& passes) {
  std::vector<ResourceBound> sorted = bounds.at(tightest(passes).passes);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return slower(b, a); });
  std::vector<Growth> growth;
  for (std::size_t i = 0; i <= kAfterwards && i + 1 < sorted.size(); ++i) {
    if (sorted[i + 1].seconds <= 0) break;
    const ResourceBound &now = sorted[i], &next = sorted[i + 1];
    growth.push_back({now.resource, now.capacity, now.capacity * now.seconds / next.seconds,
                      now.unit, next.resource, now.seconds, next.seconds, static_cast<int>(i)});
    if (i == 0) add_pass_growth(bounds, passes, growth);
  }
  return growth;
}

}  // namespace headroom
