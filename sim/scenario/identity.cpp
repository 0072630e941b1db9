#include "sim/scenario/identity.hpp"

#include <array>
#include <cstdio>
#include <fstream>

// libmd's header does not include what it needs.
#include <sha2.h>
#include <sys/types.h>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

class Sha256 {
 public:
  Sha256() { SHA256Init(&state_); }
  void add(std::string_view bytes) {
    SHA256Update(&state_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  // A field with its length, so that moving a byte from one field to the next changes the hash.
  void add_field(std::string_view bytes) {
    add(std::to_string(bytes.size()) + ':');
    add(bytes);
  }
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> finish() {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256Final(digest.data(), &state_);
    return digest;
  }
  std::string finish_hex() {
    std::string text;
    for (const auto byte : finish()) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
    return text;
  }

 private:
  SHA2_CTX state_{};
};

}  // namespace

std::string sha256_of_text(std::string_view text) {
  Sha256 hash;
  hash.add(text);
  return hash.finish_hex();
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UserError(path + ": cannot be read");
  Sha256 hash;
  std::string buffer(std::size_t{1} << 16, '\0');
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.add(std::string_view(buffer.data(), static_cast<std::size_t>(file.gcount())));
  }
  if (!file.eof()) throw UserError(path + ": cannot be read to its end");
  return hash.finish_hex();
}

std::uint64_t scenario_hash(std::string_view resolved_text,
                            const std::vector<std::string>& file_hashes) {
  Sha256 hash;
  hash.add_field(resolved_text);
  for (const auto& file : file_hashes) hash.add_field(file);
  const auto digest = hash.finish();
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i) bits = bits << 8 | digest[i];
  return bits >> 1;  // positive as SQLite's signed integer
}

std::uint64_t scenario_hash(const Scenario& scenario) {
  std::vector<std::string> hashes;
  for (const auto& path : scenario.input_files) hashes.push_back(sha256_of_file(path));
  return scenario_hash(scenario.text, hashes);
}

}  // namespace headroom
