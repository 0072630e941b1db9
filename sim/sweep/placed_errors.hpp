// sim/sweep/placed_errors.hpp -- errors in overrides that a sweep file has written: an override
// has no line of its own, so what it did wrong is placed where the sweep file has its value.
#pragma once

#include <map>
#include <string>

#include "sim/base/diagnostic.hpp"
#include "sim/config/diagnostics.hpp"

namespace headroom {

class PlacedErrors {
 public:
  // The value of the override "key=value" stands at `where`. A later one with the same text wins.
  void add(const std::string& setting, const SourcePosition& where);
  // The same diagnostic where the user can mend it; what has a place of its own is left there, with
  // `remark` behind it.
  Diagnostic placed(const Diagnostic& diagnostic, const std::string& remark = "") const;
  void throw_if_any(const Diagnostics& diagnostics) const;

 private:
  std::map<std::string, SourcePosition> places_;  // by how an override calls itself
};

}  // namespace headroom
