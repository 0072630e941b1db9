// sim/sweep/document_text.hpp -- a configuration tree back to YAML that parses to the same tree:
// the values of axes as overrides, the base and the sweep as the texts that a results file keeps.
#pragma once

#include <string>

#include "sim/config/node.hpp"

namespace headroom {

std::string flow_text(const Node& node);   // on one line: {base: h100-sxm, hbm_bandwidth: 4 TB/s}
std::string block_text(const Node& node);  // a map, a key per line; ends with a line break

}  // namespace headroom
