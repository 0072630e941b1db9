#include "analysis/calibrate/data_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "hwmodels/calibration/calibration.hpp"
#include "hwmodels/catalog/catalog.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "workloads/models/catalog.hpp"

namespace headroom {
namespace {

// What the sources call the boards of our catalogue.
struct SourceGpu {
  std::string_view folder, gpu;
};
constexpr std::array kGpus{SourceGpu{"a100_sxm", "a100-80gb-sxm"},
                           SourceGpu{"h100_sxm", "h100-sxm"},
                           SourceGpu{"h200_sxm", "h200-sxm"},
                           SourceGpu{"b200_sxm", "b200-sxm"},
                           SourceGpu{"gb200", "gb200"},
                           SourceGpu{"l40s", "l40s"},
                           SourceGpu{"a100", "a100-80gb-sxm"},
                           SourceGpu{"h100", "h100-sxm"},
                           SourceGpu{"a40", "a40"},
                           SourceGpu{"a800", "a800-sxm"},
                           SourceGpu{"h800", "h800-sxm"},
                           SourceGpu{"rtx_pro_6000", "rtx-pro-6000"},
                           SourceGpu{"rtx_pro_6000_server", "rtx-pro-6000"},
                           SourceGpu{"RTX4090", "rtx-4090"},
                           SourceGpu{"RTXPRO6000", "rtx-pro-6000"},
                           SourceGpu{"RTX3090", "rtx-3090"},
                           SourceGpu{"A6000", "rtx-a6000"},
                           SourceGpu{"H100", "h100-sxm"},
                           SourceGpu{"matmul_A100.csv", "a100-80gb-sxm"}};

std::optional<std::string> gpu_in(const std::vector<std::string>& parts) {
  for (const auto& part : parts)
    for (const auto& known : kGpus)
      if (known.folder == part) return std::string(known.gpu);
  return std::nullopt;
}

std::vector<std::string> parts_of(const std::filesystem::path& path) {
  std::vector<std::string> parts;
  for (const auto& part : path) parts.push_back(part.string());
  return parts;
}

std::optional<GemmLayout> layout_at(const std::vector<std::string>& parts) {
  const auto holds = [&](std::string_view name) {
    return std::find(parts.begin(), parts.end(), name) != parts.end();
  };
  const std::string& name = parts.back();
  if (name == "gemm_perf.csv.gz") return GemmLayout::kAiconfigurator;
  if (holds("vidur") && name == "mlp.csv.gz") return GemmLayout::kVidur;
  if (holds("frontier") && name.starts_with("linear_op")) return GemmLayout::kFrontier;
  if (holds("llmservingsim") && holds("perf") &&
      (name == "dense.csv" || name == "per_sequence.csv"))
    return GemmLayout::kLlmServingSim;
  if (holds("llmservingsim") && name == "layers.csv.gz") return GemmLayout::kLlmServingSimV0;
  if (holds("llmcompass") && name.starts_with("matmul_")) return GemmLayout::kLlmCompass;
  return std::nullopt;
}

int tensor_of(const std::vector<std::string>& parts) {
  for (const auto& part : parts)
    if (part.size() == 3 && part.starts_with("tp") && part[2] >= '1' && part[2] <= '9')
      return part[2] - '0';
  return 1;
}

// The folder that names the model: the one below its maker's, or the one that holds the file.
std::string model_of(GemmLayout layout, const std::vector<std::string>& parts) {
  if (layout == GemmLayout::kAiconfigurator || layout == GemmLayout::kLlmCompass) return "";
  std::size_t end = parts.size() - 1;
  while (end > 1 && (parts[end - 1].starts_with("tp") || parts[end - 1] == "bf16")) --end;
  return parts[end - 1];
}

const CatalogModel* catalogued(const std::string& folder) {
  // Spellings of folders that are neither a name nor an id of the catalogue.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kSpellings{
      {{"Qwen3-30B-A3B-Instruct-2507", "qwen3-30b-a3b"},
       {"Mixtral-8x7B-v0.1", "mixtral-8x7b"},
       {"llama2_7b_dense_example", "llama-2-7b"}}};
  for (const auto& [spelling, name] : kSpellings)
    if (spelling == folder) return find_catalog_model(name);
  if (folder.starts_with("Llama-3.1-405B")) return find_catalog_model("llama-3.1-405b");
  return find_catalog_model(folder);
}

LayerShape shape_of(const DataFile& file) {
  const CatalogModel* model = catalogued(file.model);
  if (model == nullptr) return {};
  const ModelSpec& spec = model->spec;
  const auto real = [](std::int64_t count) { return static_cast<double>(count); };
  return {real(spec.hidden_size), real(spec.num_attention_heads), real(spec.num_key_value_heads),
          real(spec.head_dim),    real(spec.intermediate_size),   real(spec.vocab_size),
          real(file.tensor)};
}

bool needs_shape(GemmLayout layout) {
  return layout == GemmLayout::kLlmServingSim || layout == GemmLayout::kLlmServingSimV0;
}

}  // namespace

std::vector<DataFile> gemm_data_files(const std::string& data_folder) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(data_folder) / "measured";
  std::vector<DataFile> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(root, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (!at->is_regular_file()) continue;
    const fs::path below = at->path().lexically_relative(data_folder);
    const auto parts = parts_of(below);
    const auto layout = layout_at(parts);
    const auto gpu = gpu_in(parts);
    if (!layout || !gpu) continue;
    DataFile file{at->path().string(),      below.string(),  *layout, *gpu,
                  model_of(*layout, parts), tensor_of(parts)};
    if (needs_shape(*layout) && catalogued(file.model) == nullptr) continue;
    files.push_back(std::move(file));
  }
  if (failed)
    throw UserError("error: cannot read the folder " + root.string() + ": " + failed.message());
  std::sort(files.begin(), files.end(),
            [](const DataFile& a, const DataFile& b) { return a.shown_as < b.shown_as; });
  return files;
}

LayerMeasurements read_data_file(const DataFile& file) {
  const GpuSpec* gpu = find_gpu(file.gpu);
  HEADROOM_CHECK(gpu != nullptr, "a GPU of the catalogue, not " + file.gpu);
  const DataTable table = read_data_table(file.path, file.shown_as, {file.shown_as, 0, 0},
                                          columns_without_header(file.layout));
  LayerMeasurements rows = read_layer_measurements(
      file.layout, table, {file.gpu, die_of(*gpu), file.model, gpu->l2.value}, shape_of(file));
  // A source of few matrices tests what was fitted on many of the same die.
  if (file.layout == GemmLayout::kFrontier)
    for (auto& row : rows.gemm)
      if (row.from.excluded.empty() && row.from.timing == Timing::kKernel)
        row.from.excluded = "kept to test what other sources gave";
  return rows;
}

LayerMeasurements read_users_file(const std::string& path, const std::string& gpu,
                                  const std::string& model, int tensor) {
  const GpuSpec* spec = find_gpu(gpu);
  if (spec == nullptr)
    throw UserError("error: unknown name '" + gpu + '\'' +
                    suggest(gpu, device_names(DeviceKind::kGpu), "gpus"));
  if (!model.empty() && find_catalog_model(model) == nullptr)
    throw UserError("error: unknown name '" + model + '\'' +
                    suggest(model, model_names(), "models"));
  DataTable table = read_data_table(path, path, {path, 0, 0});
  const auto layout = layout_of(table);
  if (!layout)
    throw ConfigError({path, 1, 0},
                      "has none of the known sets of columns; the simplest is m,n,k,type,time_us");
  if (needs_shape(*layout) && model.empty())
    throw UserError("error: " + path + " names layers; --model says of which model they are");
  auto columns = columns_without_header(*layout);
  if (!columns.empty()) table = read_data_table(path, path, {path, 0, 0}, std::move(columns));
  const DataFile file{path, path, *layout, spec->name, model, tensor};
  return read_layer_measurements(*layout, table, {spec->name, die_of(*spec), model, spec->l2.value},
                                 shape_of(file));
}

LayerMeasurements read_data_files(const std::vector<DataFile>& files) {
  LayerMeasurements all;
  for (const auto& file : files) {
    LayerMeasurements some = read_data_file(file);
    all.gemm.insert(all.gemm.end(), std::make_move_iterator(some.gemm.begin()),
                    std::make_move_iterator(some.gemm.end()));
    all.elementwise.insert(all.elementwise.end(), std::make_move_iterator(some.elementwise.begin()),
                           std::make_move_iterator(some.elementwise.end()));
  }
  return all;
}

}  // namespace headroom
