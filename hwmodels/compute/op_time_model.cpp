#include "hwmodels/compute/op_time_model.hpp"

#include <array>

#include "hwmodels/compute/roofline.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

struct Entry {
  const char* name;
  std::unique_ptr<OpTimeModel> (*make)(const GpuSpec&);
};

// A new cost model is one line here.
constexpr std::array<Entry, 1> kModels{{
    {"roofline",
     [](const GpuSpec& gpu) -> std::unique_ptr<OpTimeModel> {
       return std::make_unique<RooflineModel>(gpu);
     }},
}};

}  // namespace

std::string_view name_of(Bound bound) {
  constexpr std::array<std::string_view, 4> kNames{"compute", "hbm", "network", "latency"};
  return kNames[static_cast<std::size_t>(bound)];
}

std::vector<std::string> op_time_model_names() {
  std::vector<std::string> names;
  for (const auto& model : kModels) names.emplace_back(model.name);
  return names;
}

std::unique_ptr<OpTimeModel> make_op_time_model(const std::string& name, const GpuSpec& gpu) {
  std::string known;
  for (const auto& model : kModels) {
    if (name == model.name) return model.make(gpu);
    known += (known.empty() ? "" : ", ") + std::string(model.name);
  }
  throw UserError("unknown cost model '" + name + "'; known: " + known);
}

}  // namespace headroom
