// sim/scenario/device_numbers.hpp -- a device of a scenario: a name of the catalogue, or `base` and
// numbers of one's own, or nothing but numbers.
#pragma once

#include <span>
#include <string>

#include "hwmodels/catalog/catalog.hpp"
#include "sim/config/map_reader.hpp"

namespace headroom {

// "catalogue: NVIDIA H100 datasheet".
std::string origin_of(const DeviceFact& fact);

// The device that `base` names, recorded; nullptr without `base`, or when it is not known, which is
// reported. `what` is "GPU", "CPU", "SSD".
const DeviceEntry* read_base(MapReader& reader, DeviceKind kind, const std::string& what);

// A number: as the catalogue has it, unless it is written in the scenario. A device without `base`
// must state what it cannot do without.
template <class Spec>
void read_number(MapReader& reader, const std::string& what, const SpecNumber<Spec>& number,
                 const DeviceEntry* base, Spec& spec) {
  const auto* fact = base != nullptr ? base->find(number.key) : nullptr;
  const RealRange range{.low = 0, .low_is_allowed = number.optional};
  if (!reader.has(number.key) && fact == nullptr) {
    if (!number.optional)
      reader.diagnostics().error(
          reader.where(),
          "missing key '" + reader.dotted(number.key) + "' of a " + what +
              (base != nullptr ? ": the catalogue does not have it" : " without 'base'"));
    reader.node(number.key);
    return;
  }
  const std::string origin = fact != nullptr ? origin_of(*fact) : "";
  number.write(spec,
               reader.quantity(number.key, number.dimension, range, {number.read(spec), origin}));
}

}  // namespace headroom
