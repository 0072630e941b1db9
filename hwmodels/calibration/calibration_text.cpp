// The YAML form of a calibration, both ways.
#include <array>
#include <cstdio>
#include <limits>

#include "hwmodels/calibration/calibration.hpp"
#include "sim/config/map_reader.hpp"

namespace headroom {
namespace {

constexpr RealRange kAnyNumber{.low = -std::numeric_limits<double>::max()};

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

// ---- Reading ----

std::vector<CalibratedParam> read_params(MapReader& kernel) {
  std::vector<CalibratedParam> params;
  MapReader values = kernel.child("params");
  for (const auto& name : values.keys_present())
    params.push_back({name, values.number(name, kAnyNumber), 0});
  values.finish();
  if (auto slopes = kernel.optional_child("per_tflops_per_watt")) {
    for (auto& param : params)
      if (const auto slope = slopes->optional_number(param.name, kAnyNumber)) param.slope = *slope;
    slopes->finish();
  }
  return params;
}

FitQuality read_quality(MapReader fit) {
  FitQuality quality;
  for (const Node* source : fit.list("data")) quality.data.push_back(source->text);
  quality.date = fit.text("date");
  quality.rows = fit.count("rows");
  quality.median_ape = fit.number("median_ape");
  quality.p90_ape = fit.number("p90_ape");
  quality.bias = fit.number("bias", kAnyNumber);
  quality.left_out_median_ape = fit.optional_number("left_out_median_ape");
  quality.left_out_p90_ape = fit.optional_number("left_out_p90_ape");
  quality.other_die_median_ape = fit.optional_number("other_die_median_ape");
  quality.other_die_p90_ape = fit.optional_number("other_die_p90_ape");
  quality.residual_p10 = fit.number("residual_p10", kPositive);
  quality.residual_p90 = fit.number("residual_p90", kPositive);
  fit.finish();
  return quality;
}

std::vector<CalibratedRange> read_range(MapReader range) {
  std::vector<CalibratedRange> axes;
  for (const auto& axis : range.keys_present()) {
    MapReader ends = range.child(axis);
    axes.push_back({axis, ends.number("low"), ends.number("high")});
    ends.finish();
  }
  range.finish();
  return axes;
}

// ---- Writing ----

std::string params_text(const KernelCalibration& kernel) {
  std::string text = "    params: {", slopes;
  for (const auto& param : kernel.params) {
    text += (text.back() == '{' ? "" : ", ") + param.name + ": " + number(param.value);
    if (param.slope != 0)
      slopes += (slopes.empty() ? "" : ", ") + param.name + ": " + number(param.slope);
  }
  text += "}\n";
  if (!slopes.empty()) text += "    per_tflops_per_watt: {" + slopes + "}\n";
  return text;
}

std::string quality_text(const FitQuality& fit) {
  std::string text = "    fit:\n      data: [";
  for (const auto& source : fit.data) text += (text.back() == '[' ? "" : ", ") + source;
  text += "]\n      date: " + fit.date + "\n";
  const auto add = [&](const char* key, std::optional<double> value) {
    if (value) text += "      " + std::string(key) + ": " + number(*value) + "\n";
  };
  text += "      rows: " + std::to_string(fit.rows) + "\n";
  add("median_ape", fit.median_ape);
  add("p90_ape", fit.p90_ape);
  add("bias", fit.bias);
  add("left_out_median_ape", fit.left_out_median_ape);
  add("left_out_p90_ape", fit.left_out_p90_ape);
  add("other_die_median_ape", fit.other_die_median_ape);
  add("other_die_p90_ape", fit.other_die_p90_ape);
  add("residual_p10", fit.residual_p10);
  add("residual_p90", fit.residual_p90);
  return text;
}

std::string range_text(const std::vector<CalibratedRange>& range) {
  std::string text = "    range: {";
  for (const auto& axis : range)
    text += (text.back() == '{' ? "" : ", ") + axis.axis + ": {low: " + number(axis.low) +
            ", high: " + number(axis.high) + "}";
  return text + "}\n";
}

}  // namespace

Calibration read_calibration(std::string_view text, const std::string& shown_as) {
  const Node root = parse_config(text, shown_as);
  ReadContext context;
  MapReader file(root, "", context);
  Calibration calibration;
  calibration.gpu = file.text("gpu");
  calibration.die = file.text("die", std::string());
  for (auto& kernel : file.children("kernels")) {
    KernelCalibration one;
    one.kernel = kernel.text("class");
    one.type = kernel.text("type");
    one.generation = kernel.text("generation");
    one.params = read_params(kernel);
    one.fit = read_quality(kernel.child("fit"));
    one.range = read_range(kernel.child("range"));
    kernel.finish();
    calibration.kernels.push_back(std::move(one));
  }
  file.finish();
  context.diagnostics.throw_if_any();
  return calibration;
}

std::string calibration_yaml(const Calibration& calibration) {
  std::string text =
      "# Fitted by `headroom calibrate`; do not edit. Errors are shares: 0.05 is 5 %.\ngpu: " +
      calibration.gpu + "\n";
  if (!calibration.die.empty()) text += "die: " + calibration.die + "\n";
  text += "kernels:\n";
  for (const auto& kernel : calibration.kernels) {
    text += "  - class: " + kernel.kernel + "\n    type: " + kernel.type + "\n    generation: \"" +
            kernel.generation + "\"\n";
    text += params_text(kernel) + quality_text(kernel.fit) + range_text(kernel.range);
  }
  return text;
}

}  // namespace headroom
