// tests/bench/kernel_bench.cpp -- what the kernel costs: events per CPU-second of each kind, one
// line each. CPU seconds of the process, so that a busy machine shows less; 3 rounds, the best
// counts.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include "sim/engine/kernel.hpp"
#include "tests/bench/measured_process.hpp"

namespace {

using namespace headroom;
using bench::cpu_seconds;

// One of several chains of events: each makes its successor until the budget of all is spent.
class Chain : public EventHandler {
 public:
  using Step = std::function<void(Chain&, std::uint64_t)>;
  Chain(Kernel& kernel, std::int64_t budget, Step step)
      : kernel_(kernel), left_(budget), step_(std::move(step)) {}
  void on_event(std::uint64_t lane) override {
    if (left_-- > 0) step_(*this, lane);
  }
  double seconds(std::uint64_t lanes) {
    const double before = cpu_seconds();
    for (std::uint64_t lane = 0; lane < lanes; ++lane) step_(*this, lane);
    kernel_.run();
    return cpu_seconds() - before;
  }

 private:
  Kernel& kernel_;
  std::int64_t left_;
  Step step_;
};

void report(const char* what, Kernel& kernel, std::int64_t events, std::uint64_t lanes,
            const Chain::Step& step) {
  double best = 1e9;
  for (int round = 0; round < 3; ++round)
    best = std::min(best, Chain(kernel, events, step).seconds(lanes));
  std::printf("%-44s %5llu pending %12.3g /CPU-s %9.1f ns each\n", what,
              static_cast<unsigned long long>(lanes), static_cast<double>(events) / best,
              best / static_cast<double>(events) * 1e9);
}

void bench_events(Kernel& kernel, const char* what, std::int64_t events) {
  // Lanes of different periods, so that the order among them keeps changing.
  const auto next = [&kernel](Chain& chain, std::uint64_t lane) {
    kernel.at(kernel.now() + Duration(1000 + static_cast<std::int64_t>(lane % 97)), chain, lane);
  };
  for (const std::uint64_t lanes : {1, 8, 1000}) report(what, kernel, events, lanes, next);
}

void bench_cancel(Kernel& kernel) {
  report("at + cancel + at + dispatch", kernel, 4'000'000, 8,
         [&kernel](Chain& chain, std::uint64_t lane) {
           kernel.cancel(kernel.at(kernel.now() + Duration(5000), chain, lane));
           kernel.at(kernel.now() + Duration(1000), chain, lane);
         });
}

void bench_activities(Kernel& kernel, const char* what, bool own_link, std::int64_t events) {
  for (const std::uint64_t lanes : {1, 8, 64})
    report(what, kernel, events, lanes, [&kernel, own_link](Chain& chain, std::uint64_t lane) {
      const std::array<LinkId, 1> route{own_link ? static_cast<LinkId>(lane) : 0};
      kernel.transfer(route, Bytes(1000.0 + static_cast<double>(lane)), chain, lane);
    });
}

}  // namespace

// With the argument "simgrid", every instant goes through a SimGrid timer: a process has one
// SimGrid kernel only.
int main(int argc, char** /*argv*/) {
  const double before = cpu_seconds();
  std::printf("start of the process: %.1f ms CPU before main\n", before * 1e3);
  Platform platform;
  for (int l = 0; l < 64; ++l)
    platform.links.push_back({"link" + std::to_string(l), BytesPerSecond(1e9)});
  const bool through_simgrid = argc > 1;
  const auto kernel =
      make_simgrid_kernel(platform, {.every_instant_through_simgrid = through_simgrid});
  std::printf("kernel with 64 links: %.2f ms CPU\n", (cpu_seconds() - before) * 1e3);
  if (through_simgrid) {
    bench_events(*kernel, "at + dispatch through SimGrid timers", 1'000'000);
    return 0;
  }
  bench_events(*make_private_kernel(), "at + dispatch, private kernel", 8'000'000);
  bench_events(*kernel, "at + dispatch", 8'000'000);
  bench_cancel(*kernel);
  bench_activities(*kernel, "transfers, a link each", true, 200'000);
  bench_activities(*kernel, "transfers, all on one link", false, 100'000);
  return 0;
}
