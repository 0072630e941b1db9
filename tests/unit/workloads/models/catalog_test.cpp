#include "workloads/models/catalog.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/check.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {
namespace {

TEST_CASE("models are found by name and alias and Hugging Face id in any letter case", "[models]") {
  for (const char* name : {"llama-3.1-8b", "llama-3-8b", "Llama-3.1-8B", "meta-llama/Llama-3.1-8B",
                           "META-LLAMA/llama-3.1-8b"}) {
    INFO(name);
    REQUIRE(find_model(name) != nullptr);
    CHECK(find_model(name)->name == "llama-3.1-8b");
  }
  CHECK(find_model("llama-4-8b") == nullptr);
  CHECK(find_model("") == nullptr);
}

TEST_CASE("every model of the catalogue can be lowered and says where it comes from", "[models]") {
  CHECK(model_names().size() == 36);
  for (const auto& name : model_names()) {
    INFO(name);
    const auto* model = find_catalog_model(name);
    REQUIRE(model != nullptr);
    CHECK_FALSE(model->shape_source.empty());
    CHECK((model->hf_id.empty() || find_catalog_model(model->hf_id) == model));
    std::int64_t layers = 0;
    for (const auto& group : model->spec.layers) layers += group.count;
    CHECK(layers == model->spec.num_hidden_layers);
    const LoweredModel lowered(model->spec, {}, {});
    // Resident bytes are the parameters at two bytes each.
    CHECK(lowered.weight_bytes().value ==
          Approx(2 * count_parameters(model->spec).total()).epsilon(1e-12));
  }
}

TEST_CASE("an unknown model is refused where it was asked for and with the nearest name",
          "[models]") {
  CHECK_THROWS_WITH(load_model("llama-3.1-8c", "", {"s.yaml", 2, 8}),
                    "s.yaml:2:8: error: unknown model 'llama-3.1-8c', and no such file; did you "
                    "mean 'llama-3.1-8b'?");
  CHECK_THROWS_WITH(load_model("./none/config.json", "", {"s.yaml", 2, 8}),
                    Catch::Contains("s.yaml:2:8: error: no such file './none/config.json'"));
}

TEST_CASE("a config.json is loaded by path and keeps the path as its name", "[models]") {
  const auto path = std::filesystem::temp_directory_path() / "headroom_catalog_test.json";
  std::ofstream(path)
      << R"({"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4,
      "intermediate_size": 128, "vocab_size": 100, "max_position_embeddings": 512})";
  const auto spec = load_model("models/mine.json", path.string());
  CHECK(spec.name == "models/mine.json");
  CHECK(spec.num_key_value_heads == 4);
  CHECK(spec.head_dim == 16);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace headroom
