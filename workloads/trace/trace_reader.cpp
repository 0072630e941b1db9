#include "workloads/trace/trace_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "workloads/trace/line_reader.hpp"
#include "workloads/trace/row_parser.hpp"
#include "workloads/trace/trace_formats.hpp"

namespace headroom {
namespace {

constexpr std::size_t kMaxReportedRows = 10;

std::string seconds_text(std::int64_t ns) {
  std::string digits = std::to_string(ns % 1'000'000'000);
  digits.insert(0, 9 - digits.size(), '0');
  return std::to_string(ns / 1'000'000'000) + "." + digits + " s";
}

std::int64_t to_ns(Seconds time) { return to_duration(time).value; }

class TraceReading {
 public:
  TraceReading(const TraceSpec& spec, LineReader lines) : spec_(spec), lines_(std::move(lines)) {}

  void open() {
    if (!lines_.next(line_)) throw ConfigError({lines_.shown_as(), 1, 0}, "the file is empty");
    const TraceLayout layout = layout_of(spec_);
    const bool json = is_json(spec_.format, line_);
    parser_ =
        json ? make_json_parser(layout) : make_csv_parser(layout, line_, {lines_.shown_as(), 1, 0});
    header_is_row_ = json;
    if (!layout.hash_ids.empty()) table_.hash_block_tokens = kMooncakeBlockTokens;
  }

  RequestTable read() {
    open();
    bool more = header_is_row_ || lines_.next(line_);
    for (; more && wants_more(); more = lines_.next(line_)) {
      if (line_.find_first_not_of(" \t") == std::string_view::npos) {
        if (blank_line_ == 0) blank_line_ = lines_.line_number();
        continue;
      }
      if (blank_line_ != 0) reject(std::exchange(blank_line_, 0), {0, "a blank line between rows"});
      if (!parser_->parse(line_, row_, error_)) {
        reject(lines_.line_number(), std::move(error_));
      } else if (!row_.served) {
        ++table_.failed_rows;
      } else if (row_.arrival_ns < last_arrival_) {
        reject(lines_.line_number(),
               {0, "the arrival lies " + seconds_text(last_arrival_ - row_.arrival_ns) +
                       " before that of the row above; rows must be in order of arrival"});
      } else {
        accept();
      }
    }
    if (!problems_.empty()) throw ConfigError(std::move(problems_));
    return finish();
  }

 private:
  bool wants_more() const {
    if (problems_.size() >= kMaxReportedRows || past_window_) return false;
    return !spec_.limit || static_cast<std::int64_t>(table_.requests.size()) < *spec_.limit;
  }

  void reject(std::int64_t line, RowError error) {
    if (spec_.skip_bad_rows) {
      ++table_.skipped_rows;
      return;
    }
    const auto shown =
        static_cast<int>(std::min<std::int64_t>(line, std::numeric_limits<int>::max()));
    problems_.push_back({{lines_.shown_as(), shown, error.column}, std::move(error.message)});
  }

  void accept() {
    last_arrival_ = row_.arrival_ns;
    if (good_rows_++ == 0 && spec_.rebase) origin_ = row_.arrival_ns;
    if (good_rows_ <= spec_.offset) return;
    const std::int64_t arrival = row_.arrival_ns - origin_;
    if (spec_.window_until && arrival >= to_ns(*spec_.window_until)) {
      past_window_ = true;
      return;
    }
    if (spec_.window_from && arrival < to_ns(*spec_.window_from)) return;
    if (table_.requests.empty() && spec_.read_arrivals) {
      zero_ = spec_.window_from ? to_ns(*spec_.window_from) : spec_.offset > 0 ? arrival : 0;
    }
    append(arrival - zero_);
  }

  void append(std::int64_t arrival) {
    const double scaled = static_cast<double>(arrival) / spec_.rate_scale;
    if (scaled > static_cast<double>(kMaxArrivalNs)) {
      reject(lines_.line_number(),
             {0, "the arrival lies more than ten years after time 0" +
                     std::string(spec_.rebase ? "" : "; if these are dates, give 'rebase: true'")});
      return;
    }
    auto& requests = table_.requests;
    if (static_cast<std::int64_t>(requests.size()) == kMaxRequests)
      throw ConfigError({lines_.shown_as(), 0, 0},
                        "more than " + std::to_string(kMaxRequests) + " requests; give a 'limit'");
    if (requests.size() == requests.capacity()) grow();
    Request request;
    request.arrival = TimePoint(spec_.rate_scale == 1.0 ? arrival : std::llround(scaled));
    request.prompt_tokens = row_.prompt_tokens;
    request.output_tokens = row_.output_tokens;
    request.class_id = row_.class_id;
    request.priority = row_.priority;
    if (!row_.hash_ids.empty()) {
      constexpr std::size_t kMaxIds = std::numeric_limits<std::uint32_t>::max();
      if (table_.hash_ids.size() + row_.hash_ids.size() > kMaxIds)
        throw ConfigError({lines_.shown_as(), 0, 0}, "more than 2^32 hash ids; give a 'limit'");
      request.hash_offset = static_cast<std::uint32_t>(table_.hash_ids.size());
      request.hash_count = static_cast<std::uint32_t>(row_.hash_ids.size());
      table_.hash_ids.insert(table_.hash_ids.end(), row_.hash_ids.begin(), row_.hash_ids.end());
    }
    requests.push_back(request);
  }

  // Growth by doubling would take up to three times the memory of a large table; what was read says
  // how long it gets.
  void grow() {
    constexpr std::size_t kFirst = 4096;
    const auto have = static_cast<double>(table_.requests.size());
    const double expected = have / lines_.fraction_read() * 1.02;
    const double most =
        spec_.limit ? static_cast<double>(*spec_.limit) : static_cast<double>(kMaxRequests);
    const double wanted = std::clamp(expected, have * 1.25, have * 16);
    const auto rows = static_cast<std::size_t>(std::min(wanted, std::max(most, have + 1)));
    table_.requests.reserve(std::max(rows + 1, std::min(kFirst, static_cast<std::size_t>(most))));
  }

  RequestTable finish() {
    if (table_.requests.empty()) {
      const SourcePosition where =
          spec_.where.file.empty() ? SourcePosition{lines_.shown_as(), 0, 0} : spec_.where;
      throw ConfigError(where, "no request is left of trace '" + lines_.shown_as() +
                                   "': " + std::to_string(good_rows_) + " good rows were read" +
                                   (table_.skipped_rows > 0
                                        ? ", " + std::to_string(table_.skipped_rows) + " skipped"
                                        : "") +
                                   (spec_.offset > 0 || spec_.window_from || spec_.window_until
                                        ? "; look at 'offset' and 'window'"
                                        : ""));
    }
    if (!parser_->classes().empty()) table_.classes = parser_->classes();
    return std::move(table_);
  }

  const TraceSpec& spec_;
  LineReader lines_;
  std::string_view line_;
  std::unique_ptr<RowParser> parser_;
  bool header_is_row_ = false;
  TraceRow row_;
  RowError error_;
  RequestTable table_;
  std::vector<Diagnostic> problems_;
  std::int64_t blank_line_ = 0;  // the first blank line with no row after it yet; 0: none
  std::int64_t good_rows_ = 0;
  std::int64_t last_arrival_ = 0;
  std::int64_t origin_ = 0;  // time of the file that counts as its zero
  std::int64_t zero_ = 0;    // of the selection, after the origin
  bool past_window_ = false;
};

}  // namespace

RequestTable read_trace(const TraceSpec& spec) {
  return TraceReading(spec, LineReader(spec.path, spec.shown_as, spec.where)).read();
}

RequestTable read_trace_text(const TraceSpec& spec, std::string_view text) {
  return TraceReading(spec, LineReader::of_text(text, spec.shown_as)).read();
}

void check_trace_header(const TraceSpec& spec) {
  TraceReading(spec, LineReader(spec.path, spec.shown_as, spec.where)).open();
}

std::optional<std::string> prefix_ids_problem(std::int32_t hash_block_tokens,
                                              std::int64_t block_size) {
  if (hash_block_tokens == 0 || (block_size > 0 && hash_block_tokens % block_size == 0))
    return std::nullopt;
  return "is " + std::to_string(block_size) + ", but the prefix ids of the workload stand for " +
         std::to_string(hash_block_tokens) + " tokens each: a KV block must divide that";
}

}  // namespace headroom
