#include "sim/sweep/placed_errors.hpp"

namespace headroom {

void PlacedErrors::add(const std::string& setting, const SourcePosition& where) {
  places_["--set " + setting] = where;
}

Diagnostic PlacedErrors::placed(const Diagnostic& diagnostic, const std::string& remark) const {
  const auto place = places_.find(diagnostic.where.file);
  if (place != places_.end()) return {place->second, diagnostic.message};
  return {diagnostic.where, diagnostic.message + remark};
}

void PlacedErrors::throw_if_any(const Diagnostics& diagnostics) const {
  try {
    diagnostics.throw_if_any();
  } catch (const ConfigError& error) {
    Diagnostics moved;
    for (const auto& found : error.diagnostics()) moved.add({placed(found)});
    moved.throw_if_any();
  }
}

}  // namespace headroom
