// tests/support/constant_time.hpp -- a cost model under which every iteration takes the same time,
// whatever is in it. Service times are then known beforehand, which is what queueing theory asks
// for. Its times have no relation to work: no ledger can be made of such a run.
#pragma once

#include "hwmodels/compute/op_time_model.hpp"

namespace headroom::test {

class ConstantTime final : public OpTimeModel {
 public:
  explicit ConstantTime(Seconds iteration) : iteration_(iteration) {}
  OpTime time(const Op& op) const override {
    OpTime result;
    // Every iteration has exactly one embedding.
    if (op.kind == OpKind::kEmbed)
      result.time = result.low = result.high = result.launch = iteration_;
    return result;
  }

 private:
  Seconds iteration_;
};

}  // namespace headroom::test
