// hwmodels/measured/gemm_layouts.hpp -- published tables of GEMM, linear-layer and elementwise
// times, as they are, and a simple one of our own. Every row becomes measurements that know their
// file and line; a row that no fit should see says why in Provenance::excluded. What a file does
// not say (the GPU, often the model's shape) the caller does.
//
// Wrong fields are a ConfigError at FILE:LINE.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hwmodels/measured/data_table.hpp"
#include "hwmodels/measured/measurement.hpp"

namespace headroom {

enum class GemmLayout {
  kAiconfigurator,   // gemm_dtype,m,n,k,latency: ms; narrow types include quantising A
  kVidur,            // time_stats.OP.median: ms of the kernels of an op; fp16
  kFrontier,         // the same with measurement_type: events or kernels
  kLlmServingSim,    // layer,tokens|sequences,time_us
  kLlmServingSimV0,  // layer_name,input,kv_cache,tp_size,latency(ns)
  kLlmCompass,       // no header: M, K, N, 1.0ms, 1.0Tflops; fp16
  kSimple            // m,n,k,type,time_us; type bf16, fp16, fp8, fp8_block, int8, nvfp4
};
std::string_view name_of(GemmLayout layout);

// By the names of the columns; nullopt: none of these.
std::optional<GemmLayout> layout_of(const DataTable& table);

// The columns of a layout that has no header line; empty for the others.
std::vector<std::string> columns_without_header(GemmLayout layout);

// What was measured, as far as the file does not say.
struct MeasuredOn {
  std::string gpu, die;  // of the catalogue, and its silicon
  std::string model;     // "" for plain sweeps
  double l2_bytes = 0;   // of the GPU: which rows repeated on matrices that stayed in it
};

// The model whose layers a table times by name, on one of `tensor` ranks. Only for layouts that
// name layers and not shapes.
struct LayerShape {
  double hidden = 0, heads = 0, kv_heads = 0, head_dim = 0, intermediate = 0, vocab = 0;
  double tensor = 1;
};

struct LayerMeasurements {
  std::vector<GemmMeasurement> gemm;
  std::vector<ElementwiseMeasurement> elementwise;
};

// `layers`: of kLlmServingSim and kLlmServingSimV0, not looked at for others. Layers that are
// neither GEMM nor elementwise (attention, sampler, experts) are not read.
LayerMeasurements read_layer_measurements(GemmLayout layout, const DataTable& table,
                                          const MeasuredOn& on, const LayerShape& layers = {});

}  // namespace headroom
