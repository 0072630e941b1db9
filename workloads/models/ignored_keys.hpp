// workloads/models/ignored_keys.hpp -- keys of config.json files that do not change how fast a
// model runs.
#pragma once

#include <span>
#include <string_view>

namespace headroom {

std::span<const std::string_view> ignored_keys();
// Keys beside `text_config` in the file of a multimodal model.
std::span<const std::string_view> ignored_multimodal_keys();

}  // namespace headroom
