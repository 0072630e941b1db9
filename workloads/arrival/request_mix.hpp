// workloads/arrival/request_mix.hpp -- synthetic requests: classes with shares, lengths, shared
// prefixes, arrivals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/serving/request.hpp"
#include "workloads/arrival/arrival_process.hpp"
#include "workloads/lengths/length_config.hpp"

namespace headroom {

// Either pairs of lengths from the rows of a trace, or a distribution for each of the two.
struct LengthMix {
  std::optional<TraceSpec> pairs;
  std::optional<LengthSpec> prompt, output;
};

struct RequestClass {
  std::string name = "default";
  double share = 1.0;  // of the requests; the shares of a mix sum to 1
  std::int16_t priority = 0;
  LengthMix lengths;
};

// Each request belongs to one of `groups` groups, all equally likely, and the first `tokens` tokens
// of its prompt are those of its group. They are part of its prompt length, not added to it: a
// shorter prompt is a prefix of the group's.
struct SharedPrefix {
  std::int64_t groups = 1;
  std::int32_t tokens = 0;
  SourcePosition where;  // of the section
};

struct RequestMix {
  std::int64_t requests = 0;
  std::vector<RequestClass> classes;
  std::optional<SharedPrefix> shared_prefix;
  ArrivalProcess arrivals;
};

// Every quantity has its own random stream, named after it and its class, so that changing one
// leaves the others as they were: "workload.arrivals", "workload.class", "workload.prefix_group",
// "workload.NAME.prompt_tokens", ".output_tokens",
// ".pair". Prefix ids stand for SharedPrefix::tokens tokens each: the group's id first, then ids
// that no other request has. Throws ConfigError for a broken trace of lengths.
RequestTable draw_requests(const RequestMix& mix, std::uint64_t seed);

}  // namespace headroom
