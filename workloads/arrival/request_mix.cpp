#include "workloads/arrival/request_mix.hpp"

#include <limits>

#include "sim/base/random.hpp"

namespace headroom {
namespace {

// A class with its files read and its streams open.
class ClassSampler {
 public:
  ClassSampler(const RequestClass& request_class, std::uint64_t seed)
      : priority_(request_class.priority),
        prompt_random_(seed, "workload." + request_class.name + ".prompt_tokens"),
        output_random_(seed, "workload." + request_class.name + ".output_tokens"),
        pair_random_(seed, "workload." + request_class.name + ".pair") {
    const LengthMix& lengths = request_class.lengths;
    if (lengths.pairs) {
      pairs_ = read_length_pairs(*lengths.pairs);
      return;
    }
    HEADROOM_CHECK(lengths.prompt && lengths.output, "class '", request_class.name,
                   "' has both lengths");
    prompt_ = resolve(*lengths.prompt);
    output_ = resolve(*lengths.output);
  }

  void fill(Request& request) {
    request.priority = priority_;
    if (!pairs_.empty()) {
      const auto last = static_cast<std::int64_t>(pairs_.size()) - 1;
      const LengthPair& pair = pairs_[static_cast<std::size_t>(pair_random_.uniform_int(0, last))];
      request.prompt_tokens = pair.prompt_tokens;
      request.output_tokens = pair.output_tokens;
      return;
    }
    request.prompt_tokens = prompt_.draw(prompt_random_);
    request.output_tokens = output_.draw(output_random_);
  }

 private:
  std::int16_t priority_;
  LengthDistribution prompt_, output_;
  std::vector<LengthPair> pairs_;
  RandomStream prompt_random_, output_random_, pair_random_;
};

void draw_classes(const std::vector<RequestClass>& classes, std::uint64_t seed,
                  std::vector<Request>& requests) {
  if (classes.size() < 2) return;
  std::vector<double> up_to;
  for (const auto& request_class : classes)
    up_to.push_back((up_to.empty() ? 0 : up_to.back()) + request_class.share);
  RandomStream random(seed, "workload.class");
  for (auto& request : requests) {
    const double u = random.uniform() * up_to.back();
    std::size_t index = 0;
    while (index + 1 < up_to.size() && u >= up_to[index]) ++index;
    request.class_id = static_cast<std::int16_t>(index);
  }
}

void draw_prefixes(const SharedPrefix& prefix, std::uint64_t seed, RequestTable& table) {
  std::size_t ids = 0;
  for (const auto& request : table.requests)
    ids += static_cast<std::size_t>(ceil_div(request.prompt_tokens, prefix.tokens));
  if (ids > std::numeric_limits<std::uint32_t>::max()) {
    throw ConfigError(prefix.where, "these prompts need more than 2^32 prefix ids of " +
                                        std::to_string(prefix.tokens) +
                                        " tokens; take fewer requests or a longer prefix");
  }
  table.hash_block_tokens = prefix.tokens;
  table.hash_ids.reserve(ids);
  RandomStream random(seed, "workload.prefix_group");
  auto unique = static_cast<std::uint64_t>(prefix.groups);  // ids below are those of the groups
  for (auto& request : table.requests) {
    request.hash_offset = static_cast<std::uint32_t>(table.hash_ids.size());
    request.hash_count = static_cast<std::uint32_t>(ceil_div(request.prompt_tokens, prefix.tokens));
    table.hash_ids.push_back(static_cast<std::uint64_t>(random.uniform_int(0, prefix.groups - 1)));
    for (std::uint32_t i = 1; i < request.hash_count; ++i) table.hash_ids.push_back(unique++);
  }
}

}  // namespace

RequestTable draw_requests(const RequestMix& mix, std::uint64_t seed) {
  RequestTable table;
  table.classes.clear();
  std::vector<ClassSampler> samplers;
  for (const auto& request_class : mix.classes) {
    table.classes.push_back(request_class.name);
    samplers.emplace_back(request_class, seed);
  }
  table.requests.resize(static_cast<std::size_t>(mix.requests));
  draw_classes(mix.classes, seed, table.requests);
  for (auto& request : table.requests)
    samplers[static_cast<std::size_t>(request.class_id)].fill(request);
  if (mix.shared_prefix) draw_prefixes(*mix.shared_prefix, seed, table);
  draw_arrivals(mix.arrivals, seed, table.requests);
  table.max_concurrency = mix.arrivals.max_concurrency;
  return table;
}

}  // namespace headroom
