// tests/simulation/offload/tiny_system.hpp -- an execution system of five slots a layer that can be
// followed by hand: weights over PCIe two layers ahead, prefill attention on the GPU, decode
// attention on the CPU.
//
//   h2d:  weights(i), after post(i - 2)
//   gpu:  pre(i) after weights(i): norm, QKV, rotary; post(i) after attention(i): the rest, prefill
//         attention included; embedding with the first layer, head and sampling with the last
//   cpu:  attention(i) after pre(i)
//   d2h:  keys(i) after pre(i): what prefill adds to the KV cache
#pragma once

#include "policies/execution/execution_system.hpp"

namespace headroom::test {

struct TinyOptions {
  BytesPerSecond pcie{1e9};  // per direction
  BytesPerSecond dram{1e7};
  // Keys go down over the link that weights come up on: two streams share it.
  bool shared = false;
  Seconds overhead{0};         // before pre
  std::int64_t padded_to = 0;  // every prompt computes as many tokens; 0: its own
  Flops work_twice{0};         // added to every post: arithmetic that no token asked for
  Flops unpacking{0};          // likewise: of weights that arrive packed
};

class TinySystem final : public ExecutionSystem {
 public:
  enum : SlotIndex { kWeights, kPre, kAttention, kPost, kKeys };

  TinySystem(const LoweredModel& model, const TinyOptions& options);

  const OpGraph& graph() const override { return graph_; }
  const std::vector<Processor>& processors() const override { return processors_; }
  void lower_pass(std::span<const PassRow> rows, PassAmounts& out) override;
  std::vector<CacheCounts> cache_counts() const override;

  std::int64_t passes = 0;

 private:
  struct Sums {
    std::int64_t tokens = 0, prefill_tokens = 0, decodes = 0, sampled = 0;
    AttentionSums prefill, decode;
  };
  Sums sums_of(std::span<const PassRow> rows) const;

  const LoweredModel& model_;
  TinyOptions options_;
  OpGraph graph_;
  std::vector<Processor> processors_;
};

}  // namespace headroom::test
