// tests/unit/policies/execution/pass_checks.hpp -- what a pass of an execution system adds up to.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "policies/execution/execution_system.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

namespace headroom::testing {

// One socket, PCIe at 10 GB/s, DRAM at 200 GB/s of which the cores draw 100 GB/s.
inline NodeSpec plain_node(std::int64_t gpus = 1) {
  NodeSpec node;
  node.gpus = gpus;
  SocketSpec socket;
  socket.dram_capacity = Bytes{1e12};
  socket.dram_bandwidth = BytesPerSecond{200e9};
  socket.cpu_dram_bandwidth = BytesPerSecond{100e9};
  socket.peak[static_cast<std::size_t>(DataType::kFp32)] = FlopsPerSecond{1e12};
  node.sockets = {socket};
  node.pcie.bandwidth = BytesPerSecond{10e9};
  return node;
}

inline SsdSpec plain_ssd() {
  SsdSpec ssd;
  ssd.capacity = Bytes{1e12};
  ssd.read_bandwidth = BytesPerSecond{2e9};
  ssd.write_bandwidth = BytesPerSecond{1e9};
  return ssd;
}

class LoweredPass {
 public:
  LoweredPass(const ExecutionConfig& config, const LoweredModel& model, const NodeSpec& node,
              const std::vector<PassRow>& rows)
      : system_(make_execution_system(config, {.model = model, .node = node})) {
    lower(rows);
  }
  void lower(const std::vector<PassRow>& rows) { system_->lower_pass(rows, amounts_); }

  ExecutionSystem& system() { return *system_; }
  const OpGraph& graph() const { return system_->graph(); }
  PassAmounts& amounts() { return amounts_; }

  SlotIndex slot(const std::string& name) const {
    for (std::size_t i = 0; i < graph().slots.size(); ++i)
      if (graph().slots[i].name == name) return static_cast<SlotIndex>(i);
    FAIL("no slot " << name);
    return 0;
  }
  std::string stream_of(const std::string& name) const {
    return graph().streams[graph().slots[slot(name)].stream];
  }
  // "cpu_attention.0", or "cpu_attention.0/1" with a lag of one layer.
  std::vector<std::string> needs(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [after, lag] : graph().slots[slot(name)].after)
      names.push_back(graph().slots[after].name + (lag > 0 ? "/" + std::to_string(lag) : ""));
    return names;
  }

  // FLOP by kind of op over the pass.
  std::map<OpKind, double> flops() const {
    std::map<OpKind, double> sums;
    for_each([&](SlotIndex, const SlotWork& work, double layers) {
      for (const auto& [op, count] : work.ops)
        sums[op.kind] += layers * static_cast<double>(count) * op.flops.value;
    });
    return sums;
  }
  // Bytes of slots whose name starts with `prefix`, all parts.
  double bytes(const std::string& prefix) const {
    double sum = 0;
    for_each([&](SlotIndex s, const SlotWork& work, double layers) {
      if (graph().slots[s].name.rfind(prefix, 0) != 0) return;
      for (const double b : work.bytes) sum += layers * b;
    });
    return sum;
  }
  // HBM bytes of the ops of such slots.
  double op_bytes(const std::string& prefix) const {
    double sum = 0;
    for_each([&](SlotIndex s, const SlotWork& work, double layers) {
      if (graph().slots[s].name.rfind(prefix, 0) != 0) return;
      for (const auto& [op, count] : work.ops)
        sum += layers * static_cast<double>(count) * op.hbm_bytes().value;
    });
    return sum;
  }

  // Every FLOP of the model's pass is in some slot: those of tokens and samples, and of attention
  // over the rows as they are.
  void check_flops(const LoweredModel& model, const std::vector<PassRow>& rows) const {
    BatchSummary batch;
    for (const PassRow& row : rows) {
      const bool decodes = row.is_decode();
      batch.new_tokens += row.fresh;
      (decodes ? batch.decode_sequences : batch.prefill_tokens) += row.fresh;
      batch.sampled_sequences += row.samples ? 1 : 0;
      for (std::size_t i = 0; i < model.spans().size(); ++i) {
        auto& sums = decodes ? batch.decode[i] : batch.prefill[i];
        sums.pairs += attention_pairs(row.prior, row.fresh, model.spans()[i].window);
        sums.kv_read_tokens += attention_kv_read(row.prior, model.spans()[i].window);
      }
    }
    std::map<OpKind, double> expected;
    const auto ranks = static_cast<double>(model.parallelism().tensor);
    for (const auto& [op, count] : lower_iteration(model, batch))
      expected[op.kind] += static_cast<double>(count) * op.flops.value;
    const auto got = flops();
    for (const auto& [kind, sum] : expected) {
      INFO(name_of(kind));
      const bool on_cpu = kind == OpKind::kAttnDecode && has_cpu_attention();
      const double share = on_cpu ? ranks : 1;  // the CPU attends for all ranks
      CHECK(got.at(kind) == Approx(share * sum).epsilon(1e-9).margin(1e-3));
    }
  }
  bool has_cpu_attention() const {
    for (const auto& slot : graph().slots)
      if (slot.name.rfind("cpu_attention", 0) == 0) return true;
    return false;
  }

  // The amounts fit the graph, every slot has a name of its own and a cause that is one of the
  // ledger's.
  void check_shape() const {
    std::map<std::string, int> names;
    for (const auto& slot : graph().slots) ++names[slot.name];
    CHECK(names.size() == graph().slots.size());
    CHECK(names.count("") == 0);
    REQUIRE(system_->processors().size() == graph().slots.size());
    REQUIRE(amounts_.slots_per_kind == graph().slots.size());
    for_each([&](SlotIndex s, const SlotWork& work, double) {
      CHECK(work.bytes.size() <= graph().slots[s].parts.size());
      if (system_->processors()[s] == Processor::kNone) CHECK(work.ops.empty());
    });
  }

 private:
  template <class Visit>
  void for_each(Visit visit) const {
    for (const LayerRun& run : amounts_.layers)
      for (SlotIndex s = 0; s < graph().slots.size(); ++s)
        visit(s, amounts_.slots[run.kind * amounts_.slots_per_kind + s],
              static_cast<double>(run.count));
  }

  std::unique_ptr<ExecutionSystem> system_;
  PassAmounts amounts_;
};

// Decodes of growing context and two prompts, one of them the second chunk of a longer one.
inline std::vector<PassRow> mixed_rows() {
  std::vector<PassRow> rows;
  for (std::int32_t i = 0; i < 10; ++i) rows.push_back({100 + i, 1, true});
  rows.push_back({0, 50, true});
  rows.push_back({30, 20, false});
  return rows;
}

}  // namespace headroom::testing
