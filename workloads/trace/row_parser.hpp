// workloads/trace/row_parser.hpp -- one line of a trace to one row of numbers. One parser per kind
// of file, configured by the names of the fields; which names, is in trace_formats.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "workloads/trace/trace_spec.hpp"

namespace headroom {

struct TraceRow {
  std::int64_t arrival_ns = 0;  // on the clock of the file
  std::int32_t prompt_tokens = 0;
  std::int32_t output_tokens = 0;
  std::int16_t class_id = 0;
  std::int16_t priority = 0;
  bool served = true;                   // false: a failure of the traced service, not a broken row
  std::vector<std::uint64_t> hash_ids;  // reused from row to row
};

struct RowError {
  int column = 0;  // in the line, from 1; 0: the line as a whole
  std::string message;
};

class RowParser {
 public:
  virtual ~RowParser() = default;
  // False: the row is broken and `error` says how; `row` is then unspecified.
  virtual bool parse(std::string_view line, TraceRow& row, RowError& error) = 0;
  // Names that class_id points into, in order of first appearance; empty when the file has no
  // classes.
  virtual const std::vector<std::string>& classes() const = 0;
};

// The names of the fields in a CSV header or a JSON row. An empty name: the format has no such
// field.
struct TraceLayout {
  std::string arrival, prompt_tokens, output_tokens;
  TimeUnit arrival_unit = TimeUnit::kSeconds;
  bool arrival_is_date = false;
  bool zero_output_is_failure = false;
  std::string request_class, priority;
  std::string hash_ids;       // JSON only
  std::string refused_field;  // JSON only: a row that has it means something else than one request
};

// `header` is the first line of the file, `where` its position. Throws ConfigError naming each
// column that is not there (or there twice) and those that are.
std::unique_ptr<RowParser> make_csv_parser(const TraceLayout& layout, std::string_view header,
                                           const SourcePosition& where);
std::unique_ptr<RowParser> make_json_parser(const TraceLayout& layout);

// Reads a number of tokens in [least, kMaxRowTokens]; false with `error` set (its column is the
// caller's).
bool parse_tokens(std::string_view text, std::string_view name, std::int64_t least,
                  std::int32_t& tokens, std::string& error);
bool parse_arrival(std::string_view text, const TraceLayout& layout, std::int64_t& ns,
                   std::string& error);

}  // namespace headroom
