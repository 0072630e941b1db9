#include "analysis/limits/offload_rows.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>

#include "analysis/limits/growth.hpp"
#include "analysis/limits/model_rows.hpp"
#include "analysis/limits/streamed_weights.hpp"

namespace headroom {
namespace {

// "19.5 GB/s": a number and a unit that takes decimal prefixes.
std::string text_of(double value, const std::string& unit) {
  struct Prefix {
    double size;
    const char* name;
  };
  constexpr std::array<Prefix, 4> kPrefixes{{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  const bool scales = unit == "B/s" || unit == "FLOP/s";
  std::ostringstream out;
  out.precision(4);
  for (const auto& prefix : kPrefixes)
    if (scales && value >= prefix.size) {
      out << value / prefix.size << ' ' << prefix.name << unit;
      return out.str();
    }
  out << value << ' ' << unit;
  return out.str();
}

void add_resources(const Limits& limits, const ResourceBounds& bounds,
                   const std::vector<PassBound>& passes, std::vector<LimitRow>& rows) {
  for (const auto& bound : passes)
    rows.push_back({"passes", bound.name, bound.passes, "passes", bound.name,
                    "iterations that it forces, over all replicas"});
  for (const auto& bound : bounds.at(tightest(passes).passes))
    rows.push_back({"resource", "makespan_s", bound.seconds, "s", bound.resource,
                    bound.work + " / data-sheet rate"});
  if (limits.offered_s)
    rows.push_back({"offered", "makespan_s", *limits.offered_s, "s", "offered_load",
                    "largest arrival + a shortest pass per output token"});
  rows.push_back({"binding", "makespan_s", limits.makespan_s, "s", limits.binding_resource,
                  "largest of the bounds above: no schedule is shorter"});
}

void add_rates(const Limits& limits, std::vector<LimitRow>& rows) {
  const auto output = static_cast<double>(limits.work.output_tokens);
  const auto total = output + static_cast<double>(limits.work.prompt_tokens);
  const char* source = "tokens of the workload / the binding makespan";
  rows.push_back({"binding", "output_tokens_per_s", output / limits.makespan_s, "tokens/s",
                  limits.binding_resource, source});
  rows.push_back({"binding", "total_tokens_per_s", total / limits.makespan_s, "tokens/s",
                  limits.binding_resource, source});
  if (limits.saturation_requests_per_s) {
    const char* saturated =
        "work / time in passes as full as memory and the engine's limits allow, however long the "
        "run";
    rows.push_back({"saturation", "requests_per_s", *limits.saturation_requests_per_s, "requests/s",
                    limits.saturation_bound, saturated});
    rows.push_back({"saturation", "output_tokens_per_s", *limits.saturation_output_tokens_per_s,
                    "tokens/s", limits.saturation_bound, saturated});
    rows.push_back({"saturation", "total_tokens_per_s", *limits.saturation_total_tokens_per_s,
                    "tokens/s", limits.saturation_bound, saturated});
  }
  rows.push_back({"concurrency", "sequences", limits.concurrent_sequences, "sequences", "kv_memory",
                  "KV blocks / blocks of a sequence of mean prompt + mean output"});
}

void add_growth(const ResourceBounds& bounds, const std::vector<PassBound>& passes,
                std::vector<LimitRow>& rows) {
  for (const auto& growth : what_must_grow(bounds, passes)) {
    std::string effect = "from " + text_of(growth.from, growth.unit) + ": the bound falls from " +
                         text_of(growth.makespan_from_s, "s") + " to " +
                         text_of(growth.makespan_until_s, "s");
    if (growth.after > 0) effect += ", with what bound before it out of the way";
    rows.push_back({growth.after == 0 ? "must_grow" : "then_grow", growth.resource, growth.until,
                    growth.unit, growth.next, effect});
  }
}

}  // namespace

std::vector<LimitRow> offload_rows(const OffloadLimitsInput& input, const Limits& limits,
                                   const ResourceBounds& bounds) {
  std::vector<LimitRow> rows;
  const auto passes = pass_bounds(input.serving, limits.work);
  add_resources(limits, bounds, passes, rows);
  add_rates(limits, rows);
  add_growth(bounds, passes, rows);
  if (chooses_experts(input.system)) return rows;
  const ModelInputs models(input, limits.work);
  add_moe_lens_rows(models, rows);
  add_moe_lightning_rows(models, rows);
  add_flexgen_rows(models, rows);
  return rows;
}

bool is_published_model(const LimitRow& row) {
  constexpr std::array<std::string_view, 4> kModels{"moe_lens_", "moe_lightning_", "hrm_",
                                                    "flexgen_"};
  if (row.name == "moe_lens_stage1_g_passes") return false;
  return std::any_of(kModels.begin(), kModels.end(),
                     [&](std::string_view model) { return row.name.starts_with(model); });
}

bool is_advice(const LimitRow& row) { return row.name == "must_grow" || row.name == "then_grow"; }

}  // namespace headroom
