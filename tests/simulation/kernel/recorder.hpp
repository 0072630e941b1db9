// tests/simulation/kernel/recorder.hpp -- what the kernel's tests share: handlers that write down,
// and handlers that run code.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/kernel.hpp"

namespace headroom::test {

struct Call {
  std::int64_t date_ns;
  std::uint64_t token;
  bool operator==(const Call&) const = default;
};
// So that a failed comparison shows them.
inline std::ostream& operator<<(std::ostream& out, const Call& call) {
  return out << call.token << " at " << call.date_ns;
}
using Calls = std::vector<Call>;

class Recorder : public EventHandler {
 public:
  explicit Recorder(const Kernel& kernel) : kernel_(kernel) {}
  void on_event(std::uint64_t token) override { calls.push_back({kernel_.now().value, token}); }
  Calls calls;

 private:
  const Kernel& kernel_;
};

class Script : public EventHandler {
 public:
  explicit Script(std::function<void(std::uint64_t)> body) : body_(std::move(body)) {}
  void on_event(std::uint64_t token) override { body_(token); }

 private:
  std::function<void(std::uint64_t)> body_;
};

// Links l0, l1, ... of these bandwidths and computes c0, c1, ...
inline Platform links(const std::vector<double>& bytes_per_second, int computes = 0) {
  Platform platform;
  const auto name = [](char kind, std::size_t number) {
    return std::string(1, kind).append(std::to_string(number));
  };
  for (const double bandwidth : bytes_per_second)
    platform.links.push_back({name('l', platform.links.size()), BytesPerSecond(bandwidth)});
  for (int i = 0; i < computes; ++i)
    platform.computes.push_back({name('c', platform.computes.size())});
  return platform;
}

}  // namespace headroom::test
