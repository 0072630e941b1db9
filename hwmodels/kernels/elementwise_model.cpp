#include "hwmodels/kernels/elementwise_model.hpp"

#include <algorithm>
#include <array>

#include "sim/base/check.hpp"

namespace headroom {

const ParamField<ElementwiseParams> ElementwiseParams::kFields[3] = {
    {"t_us", "us", 0.2, 40, &ElementwiseParams::t_us},
    {"e", "1", 0.02, 1.2, &ElementwiseParams::e},
    {"kappa", "1", 1, 6, &ElementwiseParams::kappa}};

std::string_view name_of(ElementwiseKind kind) {
  constexpr std::array<std::string_view, kElementwiseKinds> kNames{
      "norm", "add_norm", "rope", "activation", "add", "embed"};
  return kNames[static_cast<std::size_t>(kind)];
}

double elementwise_seconds(const ElementwiseShape& shape, const GpuSpec& gpu,
                           const ElementwiseParams& params) {
  HEADROOM_CHECK(shape.bytes >= 0 && gpu.hbm_bandwidth.value > 0, "bytes and a bandwidth");
  // The first kResident bytes stay in the L2; beyond, what is added comes from memory, and so does,
  // bit by bit, what was there: least-recently-used data leaves before it is used again.
  constexpr double kResident = 0.5;  // of the L2
  const double resident = kResident * gpu.l2.value;
  const double cold =
      shape.bytes <= resident ? 0 : std::min(shape.bytes, 2 * (shape.bytes - resident));
  const double hot_bandwidth = params.kappa * params.e * gpu.hbm_bandwidth.value;
  const double cold_bandwidth = params.e * gpu.hbm_bandwidth.value;
  return params.t_us * 1e-6 + (shape.bytes - cold) / hot_bandwidth + cold / cold_bandwidth;
}

}  // namespace headroom
