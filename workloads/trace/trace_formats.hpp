// workloads/trace/trace_formats.hpp -- the field names of the formats that trace_spec.hpp lists.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/trace/row_parser.hpp"
#include "workloads/trace/trace_spec.hpp"

namespace headroom {

std::string_view name_of(TraceFormat format);
std::optional<TraceFormat> trace_format_named(std::string_view name);
std::vector<std::string> trace_format_names();

// The arrival field is left out when the spec does not read arrivals.
TraceLayout layout_of(const TraceSpec& spec);
bool is_json(TraceFormat format, std::string_view first_line);

}  // namespace headroom
