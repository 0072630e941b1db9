#include "tests/simulation/executor/random_op_graph.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sim/base/random.hpp"

namespace headroom::test {
namespace {

class Draw {
 public:
  Draw(std::uint64_t seed, Links links) : random_(seed, "op graph"), links_(links) {}

  RandomPass pass(std::int64_t layers) {
    RandomPass pass;
    structure(pass.graph);
    amounts(pass.graph, pass.amounts, layers);
    return pass;
  }

 private:
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(random_.uniform_int(0, static_cast<std::int64_t>(count) - 1));
  }
  bool chance(double probability) { return random_.uniform() < probability; }

  void structure(OpGraph& graph) {
    const std::size_t streams = 2 + below(3);
    for (std::size_t t = 0; t < streams; ++t) {
      graph.streams.push_back("stream" + std::to_string(t));
      graph.causes.push_back("cause" + std::to_string(t));
      // Two links of its own each, and two for all.
      for (int i = 0; i < 2; ++i) add_link(graph, "own" + std::to_string(2 * t + i));
    }
    for (int i = 0; i < 2; ++i) add_link(graph, "common" + std::to_string(i));
    graph.watched = static_cast<StreamIndex>(below(streams));
    const std::size_t slots = 2 + below(6);
    for (std::size_t s = 0; s < slots; ++s) graph.slots.push_back(slot(graph, s, slots));
  }

  void add_link(OpGraph& graph, std::string name) {
    graph.links.push_back({std::move(name), BytesPerSecond(random_.uniform(1e10, 4e10))});
  }

  OpSlot slot(const OpGraph& graph, std::size_t s, std::size_t slots) {
    OpSlot slot;
    slot.name = "slot" + std::to_string(s);
    slot.stream = static_cast<StreamIndex>(below(graph.streams.size()));
    slot.cause = static_cast<CauseIndex>(below(graph.causes.size()));
    for (std::size_t i = below(3); i > 0; --i) {
      const auto lag = static_cast<std::uint32_t>(chance(0.5) ? 0 : 1 + below(3));
      if (lag == 0 && s == 0) continue;
      slot.after.push_back({static_cast<SlotIndex>(below(lag == 0 ? s : slots)), lag});
    }
    const auto own = static_cast<GraphLinkIndex>(2 * slot.stream);
    if (chance(0.7)) slot.parts.push_back(route(graph, own));
    // A link of its own must have one part of each operation.
    if (chance(0.3)) slot.parts.push_back({static_cast<GraphLinkIndex>(own + 1)});
    return slot;
  }

  std::vector<GraphLinkIndex> route(const OpGraph& graph, GraphLinkIndex own) {
    if (links_ == Links::kOwn) return {own};
    const auto common = static_cast<GraphLinkIndex>(graph.links.size() - 1 - below(2));
    if (chance(0.1)) return {own};
    if (chance(0.4)) return {common};
    return {own, common};
  }

  // By order of magnitude; now and then nothing. Flows that are to meet are of like size.
  double nanoseconds() {
    if (chance(0.15)) return 0;
    return std::pow(10.0, links_ == Links::kOwn ? random_.uniform(1, 6) : random_.uniform(4, 5.3));
  }
  Duration duration() { return Duration(std::llround(nanoseconds())); }

  void amounts(const OpGraph& graph, OpGraphAmounts& amounts, std::int64_t layers) {
    const std::size_t kinds = chance(0.5) ? 1 : 1 + below(3);
    amounts.resize(graph, kinds);
    for (Duration& time : amounts.private_time) time = Duration(duration().value / 2);
    for (Duration& time : amounts.latency) time = chance(0.3) ? duration() : Duration(0);
    for (double& bytes : amounts.bytes) bytes = nanoseconds() * 20.123;
    std::int64_t left = layers;
    while (left > 0) {
      const std::int64_t count = random_.uniform_int(1, left);
      amounts.layers.push_back({static_cast<std::uint32_t>(below(kinds)), count});
      left -= count;
    }
  }

  RandomStream random_;
  Links links_;
};

}  // namespace

RandomPass random_pass(std::uint64_t seed, Links links, std::int64_t layers) {
  return Draw(seed, links).pass(layers);
}

}  // namespace headroom::test
