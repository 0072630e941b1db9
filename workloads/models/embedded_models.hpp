// workloads/models/embedded_models.hpp -- the data files of this folder as they were at build.
#pragma once

#include <span>
#include <string_view>

namespace headroom {

struct EmbeddedModelFile {
  std::string_view
      path;  // relative to workloads/models: "catalogue.yaml", "configs/llama-2-7b.json"
  std::string_view text;
};
std::span<const EmbeddedModelFile> embedded_model_files();

}  // namespace headroom
