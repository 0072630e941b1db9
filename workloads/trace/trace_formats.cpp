#include "workloads/trace/trace_formats.hpp"

#include <array>
#include <utility>

#include "workloads/trace/text_number.hpp"

namespace headroom {
namespace {

constexpr std::array<std::pair<std::string_view, TraceFormat>, 6> kFormats{{
    {"azure", TraceFormat::kAzure},
    {"mooncake", TraceFormat::kMooncake},
    {"vidur", TraceFormat::kVidur},
    {"burstgpt", TraceFormat::kBurstGpt},
    {"llmservingsim", TraceFormat::kLlmServingSim},
    {"csv", TraceFormat::kCsv},
}};

TraceLayout full_layout(const TraceSpec& spec) {
  TraceLayout layout;
  const auto fields = [&](std::string arrival, TimeUnit unit, std::string prompt,
                          std::string output) {
    layout.arrival = std::move(arrival);
    layout.arrival_unit = unit;
    layout.prompt_tokens = std::move(prompt);
    layout.output_tokens = std::move(output);
  };
  switch (spec.format) {
    case TraceFormat::kAzure:
      fields("TIMESTAMP", TimeUnit::kSeconds, "ContextTokens", "GeneratedTokens");
      layout.arrival_is_date = true;
      break;
    case TraceFormat::kMooncake:
      fields("timestamp", TimeUnit::kMilliseconds, "input_length", "output_length");
      layout.hash_ids = "hash_ids";
      break;
    case TraceFormat::kVidur:
      fields("arrived_at", TimeUnit::kSeconds, "num_prefill_tokens", "num_decode_tokens");
      break;
    case TraceFormat::kBurstGpt:
      fields("Timestamp", TimeUnit::kSeconds, "Request tokens", "Response tokens");
      layout.zero_output_is_failure = true;
      break;
    case TraceFormat::kLlmServingSim:
      fields("arrival_time_ns", TimeUnit::kNanoseconds, "input_toks", "output_toks");
      layout.refused_field = "sub_requests";
      break;
    case TraceFormat::kCsv:
      fields(spec.columns.arrival, spec.columns.arrival_unit, spec.columns.prompt_tokens,
             spec.columns.output_tokens);
      layout.request_class = spec.columns.request_class;
      layout.priority = spec.columns.priority;
      break;
  }
  return layout;
}

}  // namespace

std::string_view name_of(TraceFormat format) {
  for (const auto& [name, value] : kFormats)
    if (value == format) return name;
  return "";
}

std::optional<TraceFormat> trace_format_named(std::string_view name) {
  for (const auto& [known, value] : kFormats)
    if (known == name) return value;
  return std::nullopt;
}

std::vector<std::string> trace_format_names() {
  std::vector<std::string> names;
  for (const auto& [name, value] : kFormats) names.emplace_back(name);
  return names;
}

TraceLayout layout_of(const TraceSpec& spec) {
  TraceLayout layout = full_layout(spec);
  if (!spec.read_arrivals) layout.arrival.clear();
  return layout;
}

bool is_json(TraceFormat format, std::string_view first_line) {
  return format == TraceFormat::kMooncake ||
         (format == TraceFormat::kLlmServingSim && trim_blanks(first_line).starts_with('{'));
}

}  // namespace headroom
