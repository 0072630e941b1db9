// workloads/models/model_config.hpp -- from a Hugging Face config.json to the shape of a model.
// Families are told apart by `model_type` and read like the Hugging Face configuration classes do,
// their defaults included (head_dim = hidden_size / num_attention_heads, num_key_value_heads =
// num_attention_heads, ...). A key that is neither read nor on the list of keys without influence
// on performance (ignored_keys.cpp) is an error that names it: state space, linear attention and
// other shapes this program does not know must not pass for a transformer it does. Data types do
// not come from here, the scenario's `dtype` decides: `torch_dtype` is ignored, and that there is a
// `quantization_config` is handed on, so that weights stored narrower are not taken for bf16
// unasked. Of multimodal models the text part is read (`text_config`); of DeepSeek and GLM the
// multi-token-prediction layers are left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/node.hpp"
#include "sim/transformer/model_spec.hpp"

namespace headroom {

// Throws ConfigError with everything that is wrong and where. `name` becomes ModelSpec::name.
ModelSpec read_model_config(const Node& root, const std::string& name);
// The same from JSON text; `file` is the name shown in positions.
ModelSpec read_model_config_text(std::string_view json, const std::string& file,
                                 const std::string& name);

// The values of `model_type` that are understood, sorted.
std::vector<std::string> known_model_types();

}  // namespace headroom
