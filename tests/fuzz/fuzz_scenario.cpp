// Any bytes are a scenario or a ConfigError; nothing else, and no file is read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/base/diagnostic.hpp"
#include "sim/scenario/load_scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  headroom::LoadOptions options;
  options.may_read_files = false;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto scenario = headroom::load_scenario_text(text, "fuzz.yaml", options);
    // What was resolved must resolve to itself.
    if (headroom::load_scenario_text(scenario.text, "fuzz.yaml", options).text != scenario.text)
      __builtin_trap();
  } catch (const headroom::ConfigError&) {
  }
  return 0;
}
