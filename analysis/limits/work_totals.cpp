#include "analysis/limits/work_totals.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace headroom {
namespace {

// Sum over i in [first, first + n) of min(i, cap).
std::int64_t capped_ramp(std::int64_t first, std::int64_t n, std::int64_t cap) {
  const std::int64_t growing = std::clamp<std::int64_t>(cap - first, 0, n);
  return growing * first + growing * (growing - 1) / 2 + (n - growing) * cap;
}

void add_attention(WorkTotals& totals, const std::vector<AttentionSpan>& spans, std::int64_t prompt,
                   std::int64_t cached, std::int64_t output) {
  constexpr std::int64_t kUncapped = std::int64_t{1} << 40;
  const std::int64_t decodes = output - 1;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const std::int64_t window = spans[i].window;
    const std::int64_t cap = window > 0 ? window : kUncapped;
    SpanWork& work = totals.spans[i];
    work.prefill_pairs += attention_pairs(cached, prompt - cached, window);
    // Decode d has `prompt + d` tokens before it.
    work.decode_pairs += capped_ramp(prompt + 1, decodes, cap);
    work.prefill_read += attention_kv_read(cached, window);
    work.decode_read += capped_ramp(prompt, decodes, cap - (window > 0 ? 1 : 0));
  }
}

// Blocks held in the step that yields output token d+1: the KV of prompt + d tokens, less what may
// be shared.
double block_steps(const KvLayout& layout, std::int64_t prompt, std::int64_t output,
                   std::int64_t shareable_blocks) {
  double sum = 0;
  const auto bs = static_cast<double>(layout.block_size);
  for (const auto& group : layout.groups) {
    // Without rounding up to whole blocks this stays a lower bound, and has a closed form.
    const auto n = static_cast<double>(output);
    const double tokens = static_cast<double>(prompt);
    const double whole =
        n * tokens / bs + n * (n - 1) / (2 * bs) - n * static_cast<double>(shareable_blocks);
    const double window = n * static_cast<double>(std::min(group.window - 1, prompt)) / bs -
                          n * static_cast<double>(shareable_blocks);
    sum += std::max(0.0, group.window > 0 ? std::min(whole, window) : whole);
  }
  return sum;
}

// Prefix identities: who came first, and which are there more than once.
class SharedPrefixes {
 public:
  explicit SharedPrefixes(const RequestTable& table) : table_(table) {
    counts_.reserve(table.hash_ids.size());
    for (const std::uint64_t id : table.hash_ids) ++counts_[id];
  }

  // Leading prompt tokens that have been seen before; marks all of this request's as seen.
  std::int64_t cached_tokens(const Request& request) {
    const auto ids = ids_of(request);
    std::int64_t tokens = 0;
    std::size_t i = 0;
    for (; i < ids.size() && seen_.contains(ids[i]); ++i) tokens += tokens_of(request, i);
    for (; i < ids.size(); ++i) seen_.insert(ids[i]);
    // One token at least is computed, whatever is cached.
    return std::min<std::int64_t>(tokens, request.prompt_tokens - 1);
  }

  // Leading prompt tokens that some other request has as well.
  std::int64_t shareable_tokens(const Request& request) const {
    const auto ids = ids_of(request);
    std::int64_t tokens = 0;
    for (std::size_t i = 0; i < ids.size() && counts_.at(ids[i]) > 1; ++i)
      tokens += tokens_of(request, i);
    return tokens;
  }

 private:
  std::span<const std::uint64_t> ids_of(const Request& request) const {
    return std::span(table_.hash_ids).subspan(request.hash_offset, request.hash_count);
  }
  std::int64_t tokens_of(const Request& request, std::size_t i) const {
    const std::int64_t before = static_cast<std::int64_t>(i) * table_.hash_block_tokens;
    return std::min<std::int64_t>(table_.hash_block_tokens, request.prompt_tokens - before);
  }
  const RequestTable& table_;
  std::unordered_map<std::uint64_t, std::int32_t> counts_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

std::int32_t effective_output(const Request& request, const WorkRules& rules) {
  const std::int64_t room = rules.max_model_len - request.prompt_tokens;
  const std::int64_t output = std::min<std::int64_t>(request.output_tokens, room);
  const bool fits = output >= 1 && can_ever_fit(rules.layout, rules.kv, rules.kv_blocks,
                                                request.prompt_tokens, output);
  return fits ? static_cast<std::int32_t>(output) : 0;
}

WorkTotals count_work(const RequestTable& table, const WorkRules& rules) {
  WorkTotals totals;
  const bool shares = rules.kv.prefix_caching && !table.hash_ids.empty();
  std::optional<SharedPrefixes> prefixes;
  if (shares) prefixes.emplace(table);
  if (shares) totals.avoidable_tokens.reserve(table.requests.size());
  for (std::size_t i = 0; i < table.requests.size(); ++i) {
    const Request& request = table.requests[i];
    const std::int64_t output = effective_output(request, rules);
    const bool runs = output > 0;
    const std::int64_t cached = shares && runs ? prefixes->cached_tokens(request) : 0;
    if (shares) totals.avoidable_tokens.push_back(static_cast<std::int32_t>(cached));
    if (!runs) {
      ++totals.impossible;
      continue;
    }
    ++totals.requests;
    totals.prompt_tokens += request.prompt_tokens;
    totals.new_prompt_tokens += request.prompt_tokens - cached;
    totals.output_tokens += output;
    totals.decode_tokens += output - 1;
    totals.last_arrival = std::max(totals.last_arrival, request.arrival);
    totals.longest_prompt = std::max<std::int64_t>(totals.longest_prompt, request.prompt_tokens);
    if (output > totals.longest_output) {
      totals.longest_output = output;
      totals.longest_request = static_cast<std::int64_t>(i);
    }
    add_attention(totals, rules.spans, request.prompt_tokens, cached, output);
    const std::int64_t shareable =
        shares ? ceil_div(prefixes->shareable_tokens(request), rules.layout.block_size) : 0;
    totals.block_steps += block_steps(rules.layout, request.prompt_tokens, output, shareable);
  }
  return totals;
}

}  // namespace headroom
