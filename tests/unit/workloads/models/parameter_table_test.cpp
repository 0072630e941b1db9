#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>

#include "sim/transformer/lowering.hpp"
#include "workloads/models/catalog.hpp"

namespace headroom {
namespace {

TEST_CASE("every catalogue model has its published number of parameters within 1 percent",
          "[models]") {
  std::printf("%-20s %12s %12s %8s %10s %10s  %s\n", "model", "counted/1e9", "published", "off",
              "active", "published", "source");
  int compared = 0;
  for (const auto& name : model_names()) {
    const auto& model = *find_catalog_model(name);
    const auto count = count_parameters(model.spec);
    const double published = model.spec.published_params.value_or(0);
    const double off = published > 0 ? count.total() / published - 1 : 0;
    std::printf("%-20s %12.4f %12.4f %+7.2f%% %10.3f %10.3f  %s\n", name.c_str(),
                count.total() / 1e9, published / 1e9, 100 * off, count.active / 1e9,
                model.spec.published_active_params.value_or(0) / 1e9, model.params_source.c_str());
    if (published > 0) {
      CHECK(std::abs(off) <= 0.01);
      ++compared;
    }
  }
  CHECK(compared >= 35);
}

TEST_CASE("parameter counts equal the released tensors to the last element", "[models]") {
  // Totals of the safetensors files: every matrix, norm and bias counted once.
  const auto [name, released] = GENERATE(table<const char*, double>({
      {"llama-2-7b", 6'738'415'616.0},
      {"llama-2-70b", 68'976'648'192.0},
      {"llama-3.1-8b", 8'030'261'248.0},
      {"llama-3.1-70b", 70'553'706'496.0},
      {"llama-3.1-405b", 405'853'388'800.0},
      {"mixtral-8x7b", 46'702'792'704.0},
      {"qwen3-8b", 8'190'735'360.0},
      {"qwen3-14b", 14'768'307'200.0},
      {"qwen3-32b", 32'762'123'264.0},
      {"qwen3-30b-a3b", 30'532'122'624.0},
      {"qwen3-235b-a22b", 235'093'634'560.0},
      {"qwen1.5-moe-a2.7b", 14'315'784'192.0},
      {"deepseek-v2-lite", 15'706'484'224.0},
      {"dbrx", 131'596'523'520.0},
      {"gpt-oss-20b", 20'914'757'184.0},
      {"gpt-oss-120b", 116'829'156'672.0},
      // 2 x 50304 x 2048 + 2048 + 16 x (4 x 2048^2 + 4 x 2048 + 64 x 2048 + 64 x 3 x 2048 x 1024)
      {"olmoe-1b-7b", 6'919'161'856.0},
      {"phi-2", 2'779'683'840.0},
      {"bloom-176b", 176'247'271'424.0},
  }));
  INFO(name);
  REQUIRE(count_parameters(*find_model(name)).total() == released);
}

}  // namespace
}  // namespace headroom
