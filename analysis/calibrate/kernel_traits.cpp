#include "analysis/calibrate/kernel_traits.hpp"

namespace headroom {

std::vector<GemmParams> KernelTraits<GemmMeasurement>::starts(const std::string& type) {
  struct Menu {
    double small_rows, large_rows, columns, row_pad;
  };
  // 64 x 64, 128 x 128, 128 x 256, and pairs of 128 rows.
  constexpr std::array<Menu, 5> kMenus{{{64, 64, 64, 64},
                                        {64, 128, 128, 128},
                                        {64, 128, 256, 128},
                                        {64, 128, 128, 256},
                                        {128, 128, 128, 128}}};
  std::vector<GemmParams> starts;
  for (const auto& menu : kMenus) {
    GemmParams params;
    params.small_rows = menu.small_rows;
    params.large_rows = menu.large_rows;
    params.columns = menu.columns;
    params.row_pad = menu.row_pad;
    if (type != "bf16") {
      params.row_ns = 4;
      params.t0_us = 4.7;
      params.split_us = 200;
    }
    starts.push_back(params);
  }
  return starts;
}

}  // namespace headroom
