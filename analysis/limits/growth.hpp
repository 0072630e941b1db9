// analysis/limits/growth.hpp -- which resource must grow, up to where, before another becomes the
// bound.
#pragma once

#include <string>
#include <vector>

#include "analysis/limits/resource_bounds.hpp"

namespace headroom {

// Something that forces passes: KV memory, a limit of the engine, the longest output.
struct PassBound {
  std::string name;   // "kv_memory", "max_num_seqs", "max_num_batched_tokens", "longest_output"
  double value = 0;   // how much of it there is; 0: it cannot grow
  std::string unit;   // "tokens", "sequences"
  double passes = 0;  // that it forces; inversely proportional to `value`
};
std::vector<PassBound> pass_bounds(const LimitsInput& input, const WorkTotals& work);
// The largest.
const PassBound& tightest(const std::vector<PassBound>& passes);

struct Growth {
  std::string resource;
  double from = 0, until = 0;  // in `unit`
  std::string unit;
  std::string next;  // what bounds from there on: a resource, or a PassBound that cannot be passed
  double makespan_from_s = 0, makespan_until_s = 0;
  // 0: this alone helps. n: only beside the n resources that bound before it, each out of the way.
  int after = 0;
};

// The binding resource; what forces passes, if fewer of them would be faster; then, with the
// binding resource out of the way, the one after it, and so on for three. Empty when nothing takes
// time.
std::vector<Growth> what_must_grow(const ResourceBounds& bounds,
                                   const std::vector<PassBound>& passes);

}  // namespace headroom
