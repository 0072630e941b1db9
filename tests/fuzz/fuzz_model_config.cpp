// Any bytes as a config.json: refused with a ConfigError, or read into a model that can be lowered
// and priced.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/transformer/lowering.hpp"
#include "workloads/models/model_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const ModelSpec spec = read_model_config_text(text, "config.json", "fuzz");
    const LoweredModel model(spec, {}, {});
    std::vector<OpCount> ops;
    model.token_ops(17, ops);
    model.sampling_ops(3, ops);
    for (const auto& op : ops)
      HEADROOM_CHECK(std::isfinite(op.op.flops.value) && op.op.flops.value >= 0 &&
                         op.op.hbm_bytes().value >= 0 && op.count > 0,
                     "work is finite and not negative, got ", name_of(op.op.kind));
    HEADROOM_CHECK(count_parameters(spec).total() > 0 && model.kv_bytes_per_token().value > 0,
                   "a model has parameters and KV");
  } catch (const ConfigError&) {
  }
  return 0;
}
