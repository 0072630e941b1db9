#include "tests/simulation/executor/hybrid_graph.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace headroom::test {
namespace {

enum Stream : StreamIndex { kGpu, kWeights, kH2d, kD2h, kCpu };
enum Slot : SlotIndex {
  kWeightsOfNext,
  kProject0,
  kQueries0,
  kAttention0,
  kContext0,
  kProject1,
  kQueries1,
  kAttention1,
  kContext1,
  kFeedForward0,
  kFeedForward1,
  kStoreKv
};

}  // namespace

OpGraph hybrid_graph(const HybridLinks& links) {
  OpGraph graph;
  graph.streams = {"gpu", "weights", "h2d", "d2h", "cpu"};
  graph.causes = {"gpu", "pcie_weights", "pcie_activations", "pcie_activations_out",
                  "cpu_attention"};
  graph.links = {{"h2d", BytesPerSecond(links.h2d)},
                 {"d2h", BytesPerSecond(links.d2h)},
                 {"cpu", BytesPerSecond(links.cpu)},
                 {"dram", BytesPerSecond(links.dram)}};
  GraphLinkIndex copies = 0;
  if (links.one_stream_each) {
    copies = static_cast<GraphLinkIndex>(graph.links.size());
    graph.links.push_back({"h2d of copies", BytesPerSecond(links.h2d)});
  }
  const auto add = [&](const char* name, Stream stream, std::vector<SlotDependency> after,
                       std::vector<std::vector<GraphLinkIndex>> parts) {
    graph.slots.push_back(
        {name, stream, static_cast<CauseIndex>(stream), std::move(after), std::move(parts)});
  };
  constexpr GraphLinkIndex kDram = 3;
  // Into the buffer that the layer before has left.
  add("weights", kWeights, {{kFeedForward1, 1}}, {{0, kDram}});
  add("project.0", kGpu, {{kWeightsOfNext, 1}, {kFeedForward0, 1}}, {});
  add("queries.0", kD2h, {{kProject0, 0}}, {{1, kDram}});
  add("attention.0", kCpu, {{kQueries0, 0}}, {{2, kDram}});
  add("context.0", kH2d, {{kAttention0, 0}}, {{copies, kDram}});
  add("project.1", kGpu, {{kFeedForward1, 1}}, {});
  add("queries.1", kD2h, {{kProject1, 0}}, {{1, kDram}});
  add("attention.1", kCpu, {{kQueries1, 0}}, {{2, kDram}});
  add("context.1", kH2d, {{kAttention1, 0}}, {{copies, kDram}});
  add("feed_forward.0", kGpu, {{kContext0, 0}}, {});
  add("feed_forward.1", kGpu, {{kContext1, 0}}, {});
  add("kv", kD2h, {{kProject1, 0}}, {{1, kDram}});
  return graph;
}

OpGraphAmounts hybrid_amounts(const OpGraph& graph, std::int64_t layers, double scale) {
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  amounts.layers = {{0, layers}};
  const auto private_time = [&](Slot slot, double us) {
    amounts.private_time[slot] = Duration(std::llround(us * 1e3 * scale));
  };
  const auto bytes = [&](Slot slot, double megabytes) {
    amounts.bytes[graph.first_part(slot)] = megabytes * 1e6;
  };
  private_time(kProject0, 310.7);
  private_time(kProject1, 305.3);
  private_time(kFeedForward0, 911.9);
  private_time(kFeedForward1, 903.1);
  private_time(kAttention0, 513.1);
  private_time(kAttention1, 517.7);
  bytes(kWeightsOfNext, 1409.29);
  bytes(kQueries0, 3.1 * scale);
  bytes(kQueries1, 3.2 * scale);
  bytes(kContext0, 2.3 * scale);
  bytes(kContext1, 2.2 * scale);
  bytes(kAttention0, 107.9 * scale);
  bytes(kAttention1, 108.1 * scale);
  bytes(kStoreKv, 0.7 * scale);
  return amounts;
}

}  // namespace headroom::test
