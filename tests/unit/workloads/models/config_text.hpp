// tests/unit/workloads/models/config_text.hpp -- small config.json texts: common shape plus what a
// case is about.
#pragma once

#include <string>

#include "workloads/models/model_config.hpp"

namespace headroom::testing {

// 4 layers, 2 query and 1 key-value head of 16, on lines 1 and 2; `more` starts on line 3.
inline std::string config_text(const std::string& model_type, const std::string& more) {
  return "{\"model_type\": \"" + model_type +
         "\", \"num_hidden_layers\": 4, \"hidden_size\": 32, \"vocab_size\": 100,\n" +
         "\"num_attention_heads\": 2, \"num_key_value_heads\": 1, \"max_position_embeddings\": "
         "4096,\n" +
         more + "}";
}

inline ModelSpec read_config(const std::string& model_type, const std::string& more) {
  return read_model_config_text(config_text(model_type, more), "config.json", "test");
}

}  // namespace headroom::testing
