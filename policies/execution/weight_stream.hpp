// policies/execution/weight_stream.hpp -- the weights that a step of a pass fetches (PassLayout),
// in the format they have outside the GPU.
#pragma once

#include <optional>

#include "policies/execution/execution_config.hpp"
#include "policies/execution/pass_layout.hpp"

namespace headroom {

// What is placed by `placement.weights`; the rest stays on the GPU.
// kMlp: MLPs and experts; kAttention: the rest of the layers, and what is outside them.
enum class StreamedParts : std::uint8_t { kAll, kMlp, kAttention };

// Bytes on one rank.
struct FetchedWeights {
  Bytes early{0};  // used before attention
  Bytes late{0};   // used after it
  Bytes total() const { return early + late; }
};

class WeightStream {
 public:
  WeightStream(const LoweredModel& model, const ExecutionConfig& config, StreamedParts parts);

  // The share of the step's weights that lies in a tier. A tied LM head comes with the embedding
  // and stays.
  FetchedWeights fetched(const PassStep& step, double share) const;
  // Of one layer, whenever it is fetched.
  Bytes of_layer(const LayerClass& layer, double share) const;
  // Work of unpacking the fetched weights of a layer, `share` of all, on the GPU; absent when they
  // have the same format everywhere.
  std::optional<OpCount> unpacking(const LayerClass& layer, double share) const;

 private:
  FetchedWeights layer(const LayerClass& layer, DataType type) const;

  const LoweredModel& model_;
  DataType transfer_type_;
  StreamedParts parts_;
};

}  // namespace headroom
