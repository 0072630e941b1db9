#include "sim/scenario/device_numbers.hpp"

namespace headroom {

std::string origin_of(const DeviceFact& fact) {
  return "catalogue: " + fact.source + (fact.low_confidence ? " (low confidence)" : "");
}

const DeviceEntry* read_base(MapReader& reader, DeviceKind kind, const std::string& what) {
  const Node* given = reader.node("base");
  if (given == nullptr) return nullptr;
  const DeviceEntry* base = find_device(kind, given->text);
  if (base == nullptr) {
    reader.error("base", "names an unknown " + what + " '" + given->text + "'" +
                             suggest(given->text, device_names(kind), "names"));
    return nullptr;
  }
  reader.record("base", base->name, reader.origin("base"));
  return base;
}

}  // namespace headroom
