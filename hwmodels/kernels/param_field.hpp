// hwmodels/kernels/param_field.hpp -- the free numbers of a kernel model, by name: what a fit may
// move and how far, what a calibration file holds. A model's struct lists its members once, in
//   static constexpr ParamField<Params> kFields[] = {{"e_c", "1", 0.2, 1.2, &Params::e_c}, ...};
// and fitting, reading, writing and listing follow from that. Defaults are the members' own.
#pragma once

#include <span>
#include <string_view>

namespace headroom {

template <class Params>
struct ParamField {
  std::string_view name;
  std::string_view unit;  // "1" for ratios, "us", "tokens", ...
  double lower, upper;    // what a fit may reach, and what a calibration file may say
  double Params::*member;
  bool chosen = false;  // from a menu by comparing fits, not fitted itself
};

template <class Params>
constexpr std::span<const ParamField<Params>> fields_of() {
  return Params::kFields;
}

}  // namespace headroom
