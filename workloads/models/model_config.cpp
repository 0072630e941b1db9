#include "workloads/models/model_config.hpp"

#include <algorithm>

#include "workloads/models/config_keys.hpp"
#include "workloads/models/families.hpp"
#include "workloads/models/ignored_keys.hpp"
#include "workloads/models/layer_plan.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostLayers = 10'000;
constexpr std::int64_t kMostHeads = 100'000;
constexpr std::int64_t kLargestHidden = 1'000'000;
constexpr std::int64_t kLargestVocabulary = 100'000'000;
constexpr std::int64_t kLongestContext = 1'000'000'000;
constexpr std::size_t kMostSpans = 2;

const Family* find_family(std::string_view model_type) {
  for (const auto families : {dense_families(), moe_families()})
    for (const auto& family : families)
      if (family.model_type == model_type) return &family;
  return nullptr;
}

void read_common(ConfigKeys& keys, const Family& family, ModelSpec& spec) {
  const std::size_t errors_before = keys.errors();
  spec.num_hidden_layers = keys.count({"num_hidden_layers", "n_layer", "n_layers"}, 1, kMostLayers);
  spec.hidden_size = keys.count({"hidden_size", "n_embd", "n_embed", "d_model"}, 1, kLargestHidden);
  spec.num_attention_heads =
      keys.count({"num_attention_heads", "n_head", "n_heads"}, 1, kMostHeads);
  spec.num_key_value_heads = keys.optional_count({"num_key_value_heads"}, 1, kMostHeads)
                                 .value_or(spec.num_attention_heads);
  spec.vocab_size = keys.count({"vocab_size"}, 1, kLargestVocabulary);
  const auto positions = keys.optional_count(
      {"max_position_embeddings", "n_positions", "max_seq_len", "seq_length"}, 1, kLongestContext);
  spec.max_position_embeddings = positions.value_or(family.max_positions);
  if (spec.max_position_embeddings == 0) keys.error("max_position_embeddings", "is missing");
  spec.tie_word_embeddings = keys.flag("tie_word_embeddings", family.tied_embeddings);
  if (keys.flag("is_encoder_decoder", false))
    keys.error("is_encoder_decoder", "is true: only decoders are modelled");
  spec.rotary_fraction = keys.optional_number("partial_rotary_factor", 1).value_or(1);
  const auto head_dim = keys.optional_count({"head_dim"}, 1, kLargestHidden);
  // Stand-ins for values that are wrong say nothing about each other.
  const bool all_read = keys.errors() == errors_before;
  if (all_read && spec.num_attention_heads % spec.num_key_value_heads != 0)
    keys.error("num_key_value_heads",
               "is " + std::to_string(spec.num_key_value_heads) + ", which does not divide the " +
                   std::to_string(spec.num_attention_heads) + " attention heads");
  // Latent attention states its own head sizes and hidden_size need not divide.
  if (all_read && !head_dim && !keys.has("kv_lora_rank") &&
      spec.hidden_size % spec.num_attention_heads != 0)
    keys.error(keys.has("hidden_size") ? "hidden_size" : "n_embd",
               "does not divide over " + std::to_string(spec.num_attention_heads) +
                   " heads, and there is no 'head_dim'");
  spec.head_dim =
      head_dim.value_or(std::max<std::int64_t>(1, spec.hidden_size / spec.num_attention_heads));
}

void check_spans(ConfigKeys& keys, const ModelSpec& spec) {
  std::vector<std::int64_t> windows;
  for (const auto& group : spec.layers)
    if (std::find(windows.begin(), windows.end(), group.sliding_window.value) == windows.end())
      windows.push_back(group.sliding_window.value);
  if (windows.size() + (spec.indexer ? 1 : 0) > kMostSpans)
    keys.error(keys.has("layer_types") ? "layer_types" : "sliding_window",
               "gives the layers more than two ways of attending, which is not modelled");
}

ModelSpec read_text_model(const Node& node, const std::string& path, const std::string& name,
                          ReadContext& context) {
  ConfigKeys keys(node, path, context);
  ModelSpec spec;
  spec.name = name;
  if (!node.is_map()) return spec;
  const auto type = keys.optional_text("model_type");
  const Family* family = type ? find_family(*type) : nullptr;
  if (family == nullptr) {
    const std::string problem =
        type ? "has the unknown value '" + type->substr(0, 80) + "'" : "is missing";
    keys.error("model_type", problem + suggest(type.value_or(""), known_model_types(), "values"));
    return spec;
  }
  spec.model_type = *type;
  read_common(keys, *family, spec);
  LayerPlan plan(spec.num_hidden_layers);
  family->read(keys, spec, plan);
  spec.layers = layer_groups(plan, spec.max_position_embeddings);
  check_spans(keys, spec);
  keys.finish(ignored_keys(), spec.model_type);
  return spec;
}

std::optional<StoredQuantization> stored_quantization(const Node& map) {
  for (const auto& entry : map.entries) {
    if (entry.key != "quantization_config" && entry.key != "compression_config") continue;
    if (entry.value.is_null()) continue;
    const Node* method = entry.value.find("quant_method");
    return StoredQuantization{method != nullptr ? method->text : "", entry.key, entry.where};
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> known_model_types() {
  std::vector<std::string> types;
  for (const auto families : {dense_families(), moe_families()})
    for (const auto& family : families) types.emplace_back(family.model_type);
  std::sort(types.begin(), types.end());
  return types;
}

ModelSpec read_model_config(const Node& root, const std::string& name) {
  ReadContext context;
  ModelSpec spec;
  if (const Node* text = root.find("text_config"); text != nullptr && text->is_map()) {
    spec = read_text_model(*text, "text_config", name, context);
    ConfigKeys outer(root, "", context);
    outer.optional_map("text_config");
    std::vector<std::string_view> ignored(ignored_keys().begin(), ignored_keys().end());
    ignored.insert(ignored.end(), ignored_multimodal_keys().begin(),
                   ignored_multimodal_keys().end());
    outer.finish(ignored, "multimodal");
    spec.quantization = stored_quantization(*text);
  } else {
    spec = read_text_model(root, "", name, context);
  }
  if (!spec.quantization) spec.quantization = stored_quantization(root);
  context.diagnostics.throw_if_any();
  return spec;
}

ModelSpec read_model_config_text(std::string_view json, const std::string& file,
                                 const std::string& name) {
  return read_model_config(parse_config(json, file, ConfigSyntax::kJson), name);
}

}  // namespace headroom
