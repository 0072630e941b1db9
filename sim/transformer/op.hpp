// sim/transformer/op.hpp -- one operator of an iteration: amounts of work, never time.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/units.hpp"
#include "sim/transformer/data_type.hpp"

namespace headroom {

// The documented list of operator names (`headroom ops`), in the order they run.
enum class OpKind {
  kEmbed,
  kNorm,
  kQkvProj,
  kRope,
  kAttnPrefill,
  kAttnDecode,
  kOProj,
  kMoeRouter,
  kMoeExperts,
  kMoeSharedExperts,
  kGateUpProj,
  kAct,
  kDownProj,
  kLmHead,
  kSample,
  kAllReduce,
  kConvert  // packing and unpacking of weights or KV that are kept narrower outside the GPU: only
            // in systems that move them, so not among the operators of `headroom ops`
};
std::string_view name_of(OpKind kind);  // "qkv_proj", "attn_prefill", ...

// Work of one instance of an op on one rank. HBM bytes are split by what they are, because the gap
// ledger asks which of them any policy could have avoided.
struct Op {
  OpKind kind = OpKind::kNorm;
  DataType compute_type = DataType::kBf16;  // selects the peak arithmetic rate
  std::int64_t m = 0, n = 0,
               k = 0;  // GEMM shape where the op is one (rows, columns, inner), else 0
  Flops flops{0};
  Bytes weight_bytes{0};      // parameters read
  Bytes kv_bytes{0};          // KV cache read and written
  Bytes activation_bytes{0};  // inputs read and outputs written
  Bytes comm_bytes{0};        // what this rank sends
  Bytes hbm_bytes() const { return weight_bytes + kv_bytes + activation_bytes; }
};

struct OpCount {
  Op op;
  std::int64_t count = 1;  // identical instances in the iteration (for instance one per layer)
};

}  // namespace headroom
