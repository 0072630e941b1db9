#include "workloads/trace/trace_config.hpp"

#include <filesystem>
#include <system_error>

#include "workloads/trace/trace_formats.hpp"
#include "workloads/trace/trace_reader.hpp"

namespace headroom {
namespace {

TimeUnit unit_named(const std::string& name) {
  if (name == "ms") return TimeUnit::kMilliseconds;
  if (name == "us") return TimeUnit::kMicroseconds;
  if (name == "ns") return TimeUnit::kNanoseconds;
  return TimeUnit::kSeconds;
}

ColumnMap read_columns(MapReader columns, TraceUse use) {
  ColumnMap map;
  if (use == TraceUse::kReplay) {
    MapReader arrival = columns.child("arrival");
    map.arrival = arrival.text("column");
    map.arrival_unit = unit_named(arrival.choice("unit", {"s", "ms", "us", "ns"}));
    arrival.finish();
  }
  map.prompt_tokens = columns.text("prompt_tokens");
  map.output_tokens = columns.text("output_tokens");
  if (use == TraceUse::kReplay) {
    map.request_class = columns.optional_text("class").value_or("");
    map.priority = columns.optional_text("priority").value_or("");
  }
  columns.finish(use == TraceUse::kReplay
                     ? std::vector<std::string>{}
                     : std::vector<std::string>{"arrival", "class", "priority"});
  return map;
}

void read_arrival_keys(MapReader& reader, TraceSpec& spec) {
  constexpr double kMaxWindow = static_cast<double>(kMaxArrivalNs) / kNanosecondsPerSecond;
  if (auto window = reader.optional_child("window")) {
    spec.window_from = window->optional_seconds("from", {.high = kMaxWindow});
    spec.window_until =
        window->optional_seconds("until", {.low_is_allowed = false, .high = kMaxWindow});
    if (!spec.window_from && !spec.window_until)
      reader.error("window", "needs 'from', 'until' or both");
    if (spec.window_from && spec.window_until && *spec.window_from >= *spec.window_until)
      window->error("until", "must be later than 'from'");
    window->finish();
  }
  spec.rate_scale = reader.number("rate_scale", {.low = 1e-6, .high = 1e6}, 1.0);
  const bool is_date = spec.format == TraceFormat::kAzure;
  spec.rebase = reader.flag("rebase", Default<bool>(is_date, is_date ? "format azure" : "default"));
  if (is_date && !spec.rebase)
    reader.error("rebase", "cannot be false for format azure: its times are dates");
}

void refuse_arrival_keys(MapReader& reader) {
  for (const char* key : {"window", "rate_scale", "rebase"}) {
    reader.node(key);
    if (reader.has(key))
      reader.error(key,
                   "is about the arrivals of the trace, of which only the lengths are used here");
  }
}

}  // namespace

TraceSpec trace_from_config(MapReader& reader, TraceUse use) {
  TraceSpec spec;
  std::optional<TraceFormat> format;  // none: reported, and which keys go with it is unknown
  if (!reader.has("format")) {
    reader.choice("format", trace_format_names());
  } else if (const auto name = reader.optional_choice("format", trace_format_names())) {
    format = trace_format_named(*name);
  }
  spec.where = reader.where("path");
  const FilePath path = reader.file("path");
  spec.path = path.resolved;
  spec.shown_as = path.as_written;
  spec.read_arrivals = use == TraceUse::kReplay;
  if (format) spec.format = *format;
  if (format == TraceFormat::kCsv) {
    spec.columns = read_columns(reader.child("columns"), use);
  } else {
    reader.node("columns");
    if (format && reader.has("columns")) reader.error("columns", "goes with format csv only");
  }
  spec.skip_bad_rows = reader.choice("on_bad_row", {"error", "skip"}, {"error"}) == "skip";
  spec.offset = reader.count("offset", {}, std::int64_t{0});
  spec.limit = reader.optional_count("limit", {.low = 1, .high = kMaxRequests});
  if (use == TraceUse::kReplay) {
    read_arrival_keys(reader, spec);
  } else {
    refuse_arrival_keys(reader);
  }
  // What is wrong so far has been reported; the header is looked at only when that can say
  // something new.
  const bool wants_arrival = use == TraceUse::kReplay && spec.columns.arrival.empty();
  const bool columns_known =
      !spec.columns.prompt_tokens.empty() && !spec.columns.output_tokens.empty() && !wants_arrival;
  if (!format || (format == TraceFormat::kCsv && !columns_known)) return spec;
  if (std::error_code failed;
      !reader.context().may_read_files || !std::filesystem::is_regular_file(spec.path, failed))
    return spec;
  try {
    check_trace_header(spec);
  } catch (const ConfigError& error) {
    reader.diagnostics().add(error.diagnostics());
  }
  return spec;
}

}  // namespace headroom
