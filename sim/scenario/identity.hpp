// sim/scenario/identity.hpp -- when two scenarios are the same: the hash that runs and sweeps are
// known by. SHA-256 (FIPS 180-4, from libmd) over the resolved text and the content of every file
// that was read. Paths count as they are written, so that a machine's folders do not matter; the
// seed, the code version and the repeat are mixed in where a run gets its id (sim/record).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace headroom {

std::string sha256_of_text(std::string_view text);    // 64 hexadecimal digits
std::string sha256_of_file(const std::string& path);  // throws UserError when it cannot be read

// 63 bits. `file_hashes` in the order in which the scenario names the files.
std::uint64_t scenario_hash(std::string_view resolved_text,
                            const std::vector<std::string>& file_hashes);
// The same for a loaded scenario; reads its input files.
std::uint64_t scenario_hash(const Scenario& scenario);

}  // namespace headroom
