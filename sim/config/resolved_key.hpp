// sim/config/resolved_key.hpp -- one key of a resolved scenario, for `headroom check` and for the
// `param` table.
#pragma once

#include <string>

namespace headroom {

struct ResolvedKey {
  std::string key;     // dotted: "serving.max_num_seqs"
  std::string value;   // as it would be written, with its unit, in one canonical spelling
  std::string origin;  // "scenario.yaml:7:3", "--set", "default", "catalogue: NVIDIA H100
                       // datasheet", "engine vllm-0.19"
};

}  // namespace headroom
