// The same program gives the same calls however the kernel gets through the quiet stretches, and
// every time.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/simulation/kernel/in_child.hpp"
#include "tests/simulation/kernel/recorder.hpp"

namespace headroom::test {
namespace {

constexpr int kLinks = 5;
constexpr int kComputes = 3;

// A program drawn at random: every call writes itself down and makes up to two new requests, of
// every kind, until the budget is spent. Fractional amounts make ends that are not whole
// nanoseconds; short ones make ties.
class RandomProgram : public EventHandler {
 public:
  RandomProgram(Kernel& kernel, std::uint64_t seed, int budget)
      : kernel_(kernel), random_(seed, "program"), budget_(budget) {}

  void on_event(std::uint64_t token) override {
    calls.push_back({kernel_.now().value, token});
    const auto requests = random_.uniform_int(0, 2);
    for (int i = 0; i < requests || (live_ < 3 && budget_ > 0); ++i) request();
    --live_;
  }
  void begin() {
    live_ = 1;
    request();
  }

  Calls calls;
  int activities = 0;

 private:
  void request() {
    if (budget_-- <= 0) return;
    ++live_;
    const std::uint64_t token = next_token_++;
    // Quiet stretches: a wait that outlasts most activities.
    const bool quiet = random_.uniform() < 0.1;
    switch (random_.uniform_int(0, 5)) {
      case 0:
      case 1:
        timer_ = kernel_.at(kernel_.now() + Duration(random_.uniform_int(0, quiet ? 100'000 : 50)),
                            *this, token);
        return;
      case 2:
        if (kernel_.cancel(timer_)) --live_;
        kernel_.at_end_of_instant(*this, token);
        return;
      case 3:
        ++activities;
        kernel_.compute(static_cast<ComputeId>(random_.uniform_int(0, kComputes - 1)),
                        Seconds(random_.uniform(0, 200e-9)), *this, token);
        return;
      default: {
        ++activities;
        const auto first = static_cast<LinkId>(random_.uniform_int(0, kLinks - 1));
        std::vector<LinkId> route{first};
        if (random_.uniform() < 0.5) route.push_back((first + 1) % kLinks);
        kernel_.transfer(route, Bytes(static_cast<double>(random_.uniform_int(0, 400)) / 4), *this,
                         token);
      }
    }
  }

  Kernel& kernel_;
  RandomStream random_;
  int budget_;
  int live_ = 0;
  EventId timer_ = 0;
  std::uint64_t next_token_ = 0;
};

Calls run_program(std::uint64_t seed, const KernelOptions& options) {
  const Platform platform = links({1e9, 2e9, 3e9, 1.5e9, 0.7e9}, kComputes);
  return in_child([&] {
    const auto kernel = make_simgrid_kernel(platform, options);
    RandomProgram program(*kernel, seed, 400);
    program.begin();
    kernel->run();
    if (program.activities < 50) throw std::runtime_error("too few activities to say anything");
    return program.calls;
  });
}

TEST_CASE("taking every instant through SimGrid changes no call and no date") {
  std::size_t calls = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO("seed " << seed);
    const Calls fast = run_program(seed, {});
    const Calls slow = run_program(seed, {.every_instant_through_simgrid = true});
    REQUIRE(fast == slow);
    calls += fast.size();
  }
  CHECK(calls > 20'000);
}

TEST_CASE("two runs of one program leave the same trace") {
  const auto hash = [](const Calls& calls) {
    std::string bytes(reinterpret_cast<const char*>(calls.data()), calls.size() * sizeof(Call));
    return hash_text(bytes);
  };
  CHECK(hash(run_program(1, {})) == hash(run_program(1, {})));
  CHECK(hash(run_program(1, {})) != hash(run_program(2, {})));
}

TEST_CASE("the private kernel and SimGrid's make the same calls without activities") {
  const auto program = [](Kernel& kernel) {
    Recorder done(kernel);
    RandomStream random(3, "timers");
    std::vector<EventId> extras;
    const auto soon = [&] { return kernel.now() + Duration(random.uniform_int(0, 20)); };
    Script act([&](std::uint64_t token) {
      done.on_event(token);
      if (token == 5'000) return;
      kernel.at(soon(), act, token + 1);
      extras.push_back(kernel.at(soon(), done, 10'000 + token));
      if (token % 5 == 0) kernel.at_end_of_instant(done, 20'000 + token);
      // Half of these have happened already.
      if (token % 3 == 0)
        kernel.cancel(extras[extras.size() - std::min<std::size_t>(extras.size(), 2)]);
    });
    kernel.at(TimePoint(0), act, 0);
    kernel.run();
    return done.calls;
  };
  const auto own = make_private_kernel();
  const auto simgrid = make_simgrid_kernel({});
  const Calls calls = program(*own);
  // 5,001 steps, 5,000 extras of which at most 1,667 are taken back, 1,000 ends of an instant.
  CHECK(calls.size() > 9'300);
  CHECK(calls.size() < 11'001);
  CHECK(calls == program(*simgrid));
}

}  // namespace
}  // namespace headroom::test
