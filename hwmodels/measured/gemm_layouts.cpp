#include "hwmodels/measured/gemm_layouts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "hwmodels/measured/columns.hpp"
#include "hwmodels/measured/layer_layouts.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

struct NumberFormat {
  std::string_view name, type;
  DataType weights, compute;
};
constexpr std::array kFormats{
    NumberFormat{"bfloat16", "bf16", DataType::kBf16, DataType::kBf16},
    NumberFormat{"float16", "bf16", DataType::kFp16, DataType::kFp16},
    NumberFormat{"bf16", "bf16", DataType::kBf16, DataType::kBf16},
    NumberFormat{"fp16", "bf16", DataType::kFp16, DataType::kFp16},
    NumberFormat{"fp8", "fp8", DataType::kFp8, DataType::kFp8},
    NumberFormat{"fp8_block", "fp8_block", DataType::kFp8, DataType::kFp8},
    NumberFormat{"int8", "int8", DataType::kInt8, DataType::kInt8},
    NumberFormat{"nvfp4", "nvfp4", DataType::kNvfp4, DataType::kNvfp4}};

const NumberFormat& format_of(const Column& column, const DataTable& table, const DataRow& row) {
  for (const auto& format : kFormats)
    if (format.name == column.text(row)) return format;
  throw ConfigError({table.shown_as, static_cast<int>(row.line), 0},
                    "unknown number format '" + column.text(row) + '\'');
}

// The benchmark goes round about six copies of the weights: what of them it finds in the L2.
// (Inferred from where its bandwidth drops on two boards with large L2s.)
double share_left_in_l2(const GemmShape& shape, double l2_bytes) {
  constexpr double kCopies = 6, kUsable = 0.9;
  if (l2_bytes <= 0) return 0;
  const double copies = kCopies * bytes_per_element(shape.weights) * shape.n * shape.k;
  return std::clamp(2 - copies / (kUsable * l2_bytes), 0.0, 1.0);
}

// The host launches one repetition after another; where all small shapes of a kernel take the same
// long time, that is the host's. More than half of the rows are small, so a quarter is amid them.
void find_floors(std::vector<GemmMeasurement>& rows) {
  constexpr double kHostTime = 50e-6;  // no kernel takes that long for nothing
  constexpr double kAtFloor = 1.2;
  std::vector<std::pair<std::string, std::vector<double>>> times;
  const auto of_kernel = [&](const GemmMeasurement& row) -> std::vector<double>& {
    const std::string key = row.type + '/' + row.from.kernel;
    for (auto& [name, list] : times)
      if (name == key) return list;
    return times.emplace_back(key, std::vector<double>()).second;
  };
  for (const auto& row : rows) of_kernel(row).push_back(row.seconds);
  for (auto& [name, list] : times) std::sort(list.begin(), list.end());
  for (auto& row : rows) {
    const auto& list = of_kernel(row);
    const double low = list[list.size() / 4];
    if (low <= kHostTime) continue;
    row.floor_s = low;
    if (list[list.size() * 19 / 20] < kAtFloor * low)
      row.from.excluded = "the host was slower than nearly every kernel of the file";
  }
}

LayerMeasurements read_aiconfigurator(const DataTable& table, const Provenance& from,
                                      double l2_bytes) {
  const Column m(table, "m"), n(table, "n"), k(table, "k"), type(table, "gemm_dtype"),
      latency(table, "latency"), kernel(table, "kernel_source");
  LayerMeasurements result;
  result.gemm.reserve(table.rows.size());
  for (const auto& row : table.rows) {
    GemmMeasurement one;
    one.from = from;
    one.from.line = row.line;
    one.from.kernel = kernel.text(row);
    const NumberFormat& format = format_of(type, table, row);
    one.type = format.type;
    one.shape = {m.positive(row), n.positive(row), k.positive(row), format.weights, format.compute};
    one.residency.weights = share_left_in_l2(one.shape, l2_bytes);
    one.from.l2_resident = one.residency.weights > 0;
    one.seconds = latency.positive(row) * 1e-3;
    result.gemm.push_back(std::move(one));
  }
  find_floors(result.gemm);
  return result;
}

LayerMeasurements read_simple(const DataTable& table, const Provenance& from) {
  const Column m(table, "m"), n(table, "n"), k(table, "k"), type(table, "type"),
      time(table, "time_us");
  LayerMeasurements result;
  for (const auto& row : table.rows) {
    GemmMeasurement one;
    one.from = from;
    one.from.line = row.line;
    const NumberFormat& format = format_of(type, table, row);
    one.type = format.type;
    one.shape = {m.positive(row), n.positive(row), k.positive(row), format.weights, format.compute};
    one.seconds = time.positive(row) * 1e-6;
    result.gemm.push_back(std::move(one));
  }
  return result;
}

double milliseconds(const DataTable& table, const DataRow& row, std::size_t column) {
  const std::string& text = row.fields[column];
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || std::string_view(end) != "ms" || value <= 0)
    throw ConfigError({table.shown_as, static_cast<int>(row.line), 0},
                      '\'' + text + "' is not a time such as 0.1900ms");
  return value * 1e-3;
}

LayerMeasurements read_llmcompass(const DataTable& table, const Provenance& from) {
  const Column m(table, "m"), k(table, "k"), n(table, "n");
  const std::size_t time = *table.column("time");
  LayerMeasurements result;
  for (const auto& row : table.rows) {
    GemmMeasurement one;
    one.from = from;
    one.from.line = row.line;
    one.type = "bf16";
    one.shape = {m.positive(row), n.positive(row), k.positive(row), DataType::kFp16,
                 DataType::kFp16};
    one.seconds = milliseconds(table, row, time);
    // Its smallest matrices take 30 us: the host's time, which no size changes.
    constexpr double kEventFloor = 30e-6;
    one.floor_s = kEventFloor;
    result.gemm.push_back(std::move(one));
  }
  return result;
}

bool has_columns(const DataTable& table, std::initializer_list<std::string_view> names) {
  return std::all_of(names.begin(), names.end(),
                     [&](std::string_view name) { return table.column(name).has_value(); });
}

}  // namespace

std::string_view name_of(GemmLayout layout) {
  constexpr std::array<std::string_view, 7> kNames{
      "aiconfigurator",   "vidur",      "frontier", "llmservingsim",
      "llmservingsim_v0", "llmcompass", "simple"};
  return kNames[static_cast<std::size_t>(layout)];
}

std::optional<GemmLayout> layout_of(const DataTable& table) {
  if (has_columns(table, {"gemm_dtype", "m", "n", "k", "latency"}))
    return GemmLayout::kAiconfigurator;
  if (has_columns(table, {"m", "n", "k", "type", "time_us"})) return GemmLayout::kSimple;
  if (has_columns(table, {"time_stats.attn_pre_proj.median", "num_tokens"}))
    return table.column("measurement_type") ? GemmLayout::kFrontier : GemmLayout::kVidur;
  if (has_columns(table, {"layer", "time_us"}) &&
      (table.column("tokens") || table.column("sequences")))
    return GemmLayout::kLlmServingSim;
  if (has_columns(table, {"layer_name", "input", "kv_cache", "latency(ns)"}))
    return GemmLayout::kLlmServingSimV0;
  if (table.columns.size() == 5 && table.columns[3].ends_with("ms") &&
      table.columns[4].ends_with("flops"))
    return GemmLayout::kLlmCompass;
  return std::nullopt;
}

std::vector<std::string> columns_without_header(GemmLayout layout) {
  if (layout != GemmLayout::kLlmCompass) return {};
  return {"m", "k", "n", "time", "rate"};
}

LayerMeasurements read_layer_measurements(GemmLayout layout, const DataTable& table,
                                          const MeasuredOn& on, const LayerShape& layers) {
  Provenance from;
  from.source = name_of(layout);
  from.gpu = on.gpu;
  from.die = on.die;
  from.model = on.model;
  from.file = table.shown_as;
  switch (layout) {
    case GemmLayout::kAiconfigurator:
      return read_aiconfigurator(table, from, on.l2_bytes);
    case GemmLayout::kVidur:
      from.generation = Generation::k2023;
      return read_op_columns(table, from, layers.head_dim);
    case GemmLayout::kFrontier:
      return read_op_columns(table, from, layers.head_dim);
    case GemmLayout::kLlmServingSim:
      return read_layer_rows(table, from, layers, "layer", {"tokens", "sequences"}, "time_us",
                             1e-6);
    case GemmLayout::kLlmServingSimV0:
      from.generation = Generation::kEager;
      return read_layer_rows(table, from, layers, "layer_name", {"input"}, "latency(ns)", 1e-9);
    case GemmLayout::kLlmCompass:
      return read_llmcompass(table, from);
    case GemmLayout::kSimple:
      return read_simple(table, from);
  }
  return {};
}

}  // namespace headroom
