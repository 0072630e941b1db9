// tests/support/mock_kernel.hpp -- a kernel under which no time passes: it accepts everything and
// calls nobody. With it in the place of the real one nothing may happen; whatever still does found
// another way to make time pass.
#pragma once

#include <cstdint>

#include "sim/engine/kernel.hpp"

namespace headroom::test {

class MockKernel final : public Kernel {
 public:
  TimePoint now() const override { return TimePoint(0); }
  EventId at(TimePoint /*date*/, EventHandler& /*handler*/, std::uint64_t /*token*/) override {
    return ++requests;
  }
  bool cancel(EventId id) override { return id != 0 && id <= requests; }
  void at_end_of_instant(EventHandler& /*handler*/, std::uint64_t /*token*/) override {
    ++requests;
  }
  TimePoint next_event() const override { return kNever; }
  void transfer(std::span<const LinkId> /*route*/, Bytes /*bytes*/, EventHandler& /*handler*/,
                std::uint64_t /*token*/) override {
    ++requests;
  }
  void compute(ComputeId /*resource*/, Seconds /*work*/, EventHandler& /*handler*/,
               std::uint64_t /*token*/) override {
    ++requests;
  }
  void run() override { ++runs; }
  void stop() override {}

  std::uint64_t requests = 0;  // everything that was asked to happen, and never did
  int runs = 0;
};

}  // namespace headroom::test
