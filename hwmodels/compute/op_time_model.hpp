// hwmodels/compute/op_time_model.hpp -- the interface of every cost model: work in, time out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "sim/base/units.hpp"
#include "sim/transformer/op.hpp"

namespace headroom {

enum class Bound { kCompute, kHbm, kNetwork, kLatency };
std::string_view name_of(Bound bound);  // "compute", "hbm", "network", "latency"

struct OpTime {
  Seconds time{0};
  Seconds low{0},
      high{0};  // P10 and P90 of the model's left-out residuals; equal to time for the roofline
  Seconds compute{0};  // flops / peak rate: this op's time on the arithmetic units alone
  Seconds hbm{0};      // bytes / bandwidth: its time on HBM alone
  Seconds network{0};  // bytes sent / link bandwidth: its time on the links between ranks alone
  Seconds launch{0};   // fixed part of `time`
  Bound bound = Bound::kHbm;  // what `time` is bound by
  bool in_range = true;       // false: outside what the model was fitted on
};

class OpTimeModel {
 public:
  virtual ~OpTimeModel() = default;
  // A function of its argument: no state, no clock. Never less than max(compute, hbm, network).
  virtual OpTime time(const Op& op) const = 0;
};

// `cost_model: NAME` in a scenario. Throws UserError naming the known models when `name` is not
// one. Pre: the GPU has some arithmetic rate and an HBM bandwidth; it is copied.
std::unique_ptr<OpTimeModel> make_op_time_model(const std::string& name, const GpuSpec& gpu);
std::vector<std::string> op_time_model_names();

}  // namespace headroom
