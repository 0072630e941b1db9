// hwmodels/catalog/embedded.hpp -- the data files of this folder as text; the definition is
// generated at configure time.
#pragma once

#include <span>
#include <string_view>

namespace headroom {

struct EmbeddedFile {
  std::string_view path;  // "gpus/h100-sxm.yaml"
  std::string_view text;
};
std::span<const EmbeddedFile> embedded_catalog();

}  // namespace headroom
