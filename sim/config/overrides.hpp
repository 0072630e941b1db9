// sim/config/overrides.hpp -- `--set a.b.c=value` on a parsed document, before it is read: the same
// checks apply to it.
#pragma once

#include <string>
#include <vector>

#include "sim/config/diagnostics.hpp"
#include "sim/config/node.hpp"

namespace headroom {

// A key whose value may be a bare value that is short for a map: `gpu: h100-sxm` is `gpu: {base:
// h100-sxm}`, and `prompt_tokens: 256` is `prompt_tokens: {distribution: fixed, value: 256}`. An
// override below it (hardware.gpu.hbm_bandwidth) expands it first.
struct ShortForm {
  std::string key;        // dotted: "hardware.gpu"
  std::string inner;      // "base"
  std::string also = {};  // "distribution", or "" for nothing more
  std::string also_value = {};
};

// Rewrites every short form that is present as the map it stands for, so that readers see one form
// only.
void expand_short_forms(Node& root, const std::vector<ShortForm>& short_forms);

// Applies "a.b.c=value" texts in order; the value is YAML (a scalar, or a flow list or map).
// Missing maps are created. Positions of what they set read "--set a.b.c=value". Reports overrides
// without '=', with empty key parts, with broken YAML, or that would go through a value that is no
// map.
void apply_overrides(Node& root, const std::vector<std::string>& overrides,
                     const std::vector<ShortForm>& short_forms, Diagnostics& diagnostics);

}  // namespace headroom
