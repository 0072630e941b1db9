// sim/app/child_lane.hpp -- the process between a pool and its children. Internal to child_pool.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/app/child_pool.hpp"

namespace headroom {

// Works off the requests that arrive at the socket, one child each, and never returns: ends when
// the other side is closed.
[[noreturn]] void run_lane(int socket, const ChildPool::Work& work, const ChildLimits& limits);

// Texts with their length in front. False when the other side has gone.
bool send_frame(int descriptor, std::string_view text);
// Takes the first complete frame off the front of `received`.
std::optional<std::string> take_frame(std::string& received);

// A result as the text of a frame, and back.
std::string packed_result(const ChildResult& result);
ChildResult unpacked_result(std::string_view text);

}  // namespace headroom
