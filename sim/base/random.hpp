// sim/base/random.hpp -- reproducible random numbers: one stream per purpose, from (seed, name).
// std::*_distribution is not used: its output differs between standard libraries.
#pragma once

#include <cstdint>
#include <string_view>

namespace headroom {

// 64-bit finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014); a bijection with good
// avalanche.
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// FNV-1a, for naming streams and hashing short texts; not for adversarial input.
constexpr std::uint64_t hash_text(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

// SplitMix64 counter generator: period 2^64, streams of different (seed, name) are unrelated.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name)
      : state_(mix_bits(seed + 0x9e3779b97f4a7c15ULL) ^ hash_text(name)) {}

  std::uint64_t next_bits() { return mix_bits(state_ += 0x9e3779b97f4a7c15ULL); }
  // In (0, 1): never 0, so a logarithm of it is finite.
  double uniform() { return (static_cast<double>(next_bits() >> 11) + 0.5) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // Uniform integer in [low, high], unbiased enough for high - low << 2^53.
  std::int64_t uniform_int(std::int64_t low, std::int64_t high);
  double normal();  // mean 0, standard deviation 1 (Box-Muller, one value per two draws)
  double exponential(double mean);  // inverse transform
  // Marsaglia, Tsang, ACM TOMS 26(3), 2000. Pre: shape > 0, scale > 0. Mean shape * scale.
  double gamma(double shape, double scale);

 private:
  std::uint64_t state_;
};

}  // namespace headroom
