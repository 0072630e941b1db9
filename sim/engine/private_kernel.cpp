#include "sim/base/check.hpp"
#include "sim/engine/clocked_kernel.hpp"
#include "sim/engine/kernel.hpp"

namespace headroom {
namespace {

class PrivateKernel final : public ClockedKernel {
 public:
  void transfer(std::span<const LinkId> /*route*/, Bytes bytes, EventHandler& handler,
                std::uint64_t token) override {
    finish_nothing("transfer", bytes.value, handler, token);
  }
  void compute(ComputeId /*resource*/, Seconds work, EventHandler& handler,
               std::uint64_t token) override {
    finish_nothing("compute", work.value, handler, token);
  }

 private:
  void finish_nothing(const char* what, double amount, EventHandler& handler, std::uint64_t token) {
    HEADROOM_CHECK(amount == 0, "expected no shared resource in a private kernel, got a ", what,
                   " of ", amount);
    at(now(), handler, token);
  }
  void run_instants() override {
    while (!stopped() && next_instant() != kNever) drain_instant(next_instant());
  }
};

}  // namespace

std::unique_ptr<Kernel> make_private_kernel() { return std::make_unique<PrivateKernel>(); }

}  // namespace headroom
