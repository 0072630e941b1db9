// workloads/models/catalog.hpp -- the models that come with the program. configs/NAME.json has the
// keys of the model's config.json that fix its shape; catalogue.yaml says what else it is called,
// where the shape comes from, how many parameters its makers publish, and how far all that was
// checked. Names are lower case with hyphens; aliases, Hugging Face ids and any letter case are
// accepted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/transformer/model_spec.hpp"

namespace headroom {

struct CatalogModel {
  std::string name;
  std::string hf_id;  // "" when there is none
  std::vector<std::string> aliases;
  std::string shape_source;
  std::string params_source;
  std::string confidence;  // "high", "medium", "low": what was cross-checked; see `note`
  std::string note;
  ModelSpec spec;
};

// nullptr: unknown. The result lives as long as the program.
const CatalogModel* find_catalog_model(std::string_view name);
const ModelSpec* find_model(std::string_view name);
std::vector<std::string> model_names();  // sorted, without aliases

// A catalogue name, or the path of a config.json. `resolved_path` is where the file is when the
// name is a path (scenario files give paths relative to themselves); empty: as written. Throws
// ConfigError at `asked_at` when it is neither, with the nearest name, and with positions inside
// the file when that is wrong.
ModelSpec load_model(const std::string& name_or_path, const std::string& resolved_path = "",
                     const SourcePosition& asked_at = {});

}  // namespace headroom
