// hwmodels/calibration/embedded.hpp -- the files of data/ as text; the definition is generated at
// configure time.
#pragma once

#include <span>
#include <string_view>

namespace headroom {

struct EmbeddedCalibration {
  std::string_view path;  // "data/h100-sxm.yaml"
  std::string_view text;
};
std::span<const EmbeddedCalibration> embedded_calibrations();

}  // namespace headroom
