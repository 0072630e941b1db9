// sim/serving/slo.hpp -- the service-level objectives of a run: what counts as a request served
// well.
#pragma once

#include <optional>
#include <string>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"

namespace headroom {

// `slo:`; a threshold that is absent is always met, and so is `tpot` by a request of one output
// token (it has no TPOT).
struct Slo {
  std::optional<Seconds> ttft, tpot, e2e;
};
struct ClassSlo {
  std::string request_class;
  Slo slo;
  SourcePosition where{};  // of the class in the scenario
};

}  // namespace headroom
