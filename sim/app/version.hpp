// sim/app/version.hpp -- which code this is.
#pragma once

#include <string_view>

namespace headroom {

// The release number in CMakeLists.txt and the code version: "0.1.0 (v0.1.0-3-gabc1234)".
std::string_view version();
// The git description at build time, with a hash of the changes when there are uncommitted ones;
// without git the release number and a hash of the sources. Part of a run's identity: other code,
// other run.
std::string_view code_version();

}  // namespace headroom
