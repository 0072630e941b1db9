#include "sim/transformer/op.hpp"

#include <array>

namespace headroom {

std::string_view name_of(OpKind kind) {
  constexpr std::array<std::string_view, 17> kNames{
      "embed",        "norm",   "qkv_proj",   "rope",        "attn_prefill",
      "attn_decode",  "o_proj", "moe_router", "moe_experts", "moe_shared_experts",
      "gate_up_proj", "act",    "down_proj",  "lm_head",     "sample",
      "all_reduce",   "convert"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace headroom
