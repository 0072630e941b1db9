#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "sim/base/check.hpp"
#include "workloads/routing/expert_router.hpp"
#include "workloads/trace/csv_row.hpp"
#include "workloads/trace/line_reader.hpp"
#include "workloads/trace/text_number.hpp"

namespace headroom {
namespace {

constexpr std::size_t kMaxReportedRows = 10;
constexpr std::int64_t kMaxLayer = 100'000;

// Choices by logged layer: rows of experts_per_token ids behind each other.
using LoggedLayers = std::map<std::int64_t, std::vector<std::int32_t>>;

class RoutingTraceReading {
 public:
  RoutingTraceReading(const RoutingShape& shape, LineReader lines)
      : shape_(shape), lines_(std::move(lines)) {}

  LoggedLayers read() {
    read_header();
    std::string_view line;
    while (fits_ && problems_.size() < kMaxReportedRows && lines_.next(line))
      if (const auto problem = read_row(line)) reject(problem->first, problem->second);
    if (!problems_.empty()) throw ConfigError(std::move(problems_));
    if (layers_.empty()) throw ConfigError({lines_.shown_as(), 0, 0}, "the trace has no rows");
    return std::move(layers_);
  }

 private:
  using Problem = std::optional<std::pair<int, std::string>>;  // column and message

  void reject(int column, std::string message) {
    problems_.push_back(
        {{lines_.shown_as(), static_cast<int>(lines_.line_number()), column}, std::move(message)});
  }

  void read_header() {
    std::string_view line;
    const SourcePosition first{lines_.shown_as(), 1, 0};
    if (!lines_.next(line) || !row_.split(line))
      throw ConfigError(first, "the first line is no CSV header");
    fields_ = row_.size();
    layer_field_ = find_column("layer");
    ids_field_ = find_column("topk_ids");
    if (!problems_.empty()) throw ConfigError(std::move(problems_));
  }

  std::size_t find_column(std::string_view name) {
    std::size_t at = 0;
    while (at < fields_ && row_[at] != name) ++at;
    if (at == fields_)
      reject(0, "no column " + quoted(name) +
                    "; a routing trace has the columns 'layer' and 'topk_ids'");
    return at;
  }

  Problem read_row(std::string_view line) {
    if (!row_.split(line)) return {{0, "a quote is not closed, or followed by more than a comma"}};
    if (row_.size() != fields_)
      return {{0, "the row has " + std::to_string(row_.size()) + " fields, the header " +
                      std::to_string(fields_)}};
    std::int64_t layer = 0;
    const std::string_view layer_text = row_[layer_field_];
    const auto problem = parse_whole(layer_text, kMaxLayer, layer);
    if (problem != NumberProblem::kNone)
      return {{row_.column(layer_field_), describe(problem, "layer", layer_text, kMaxLayer)}};
    return read_ids(row_[ids_field_], row_.column(ids_field_), layers_[layer]);
  }

  Problem read_ids(std::string_view text, int column, std::vector<std::int32_t>& rows) {
    const std::size_t before = rows.size();
    const auto refuse = [&](std::size_t at, std::string message) -> Problem {
      return {{column + static_cast<int>(at), std::move(message)}};
    };
    // One row of another model's trace says it all.
    const auto refuse_model = [&](std::size_t at, std::string message) -> Problem {
      fits_ = false;
      return refuse(at, std::move(message));
    };
    std::size_t begin = 0;
    while ((begin = text.find_first_not_of(' ', begin)) != std::string_view::npos) {
      const std::size_t end = std::min(text.find(' ', begin), text.size());
      const std::string_view word = text.substr(begin, end - begin);
      std::int64_t id = 0;
      const auto problem = parse_whole(word, shape_.experts - 1, id);
      if (problem == NumberProblem::kTooLarge)
        return refuse_model(begin, "expert " + quoted(word) + ", but the model has " +
                                       std::to_string(shape_.experts) + " in a layer");
      if (problem != NumberProblem::kNone)
        return refuse(begin, describe(problem, "topk_ids", word, shape_.experts - 1));
      const auto first = rows.begin() + static_cast<std::ptrdiff_t>(before);
      if (std::find(first, rows.end(), static_cast<std::int32_t>(id)) != rows.end())
        return refuse(begin, "expert " + quoted(word) + " twice");
      rows.push_back(static_cast<std::int32_t>(id));
      begin = end;
    }
    if (rows.size() - before == static_cast<std::size_t>(shape_.experts_per_token)) return {};
    return refuse_model(0, std::to_string(rows.size() - before) +
                               " experts for a token, but the model chooses " +
                               std::to_string(shape_.experts_per_token));
  }

  RoutingShape shape_;
  LineReader lines_;
  CsvRow row_;
  std::size_t fields_ = 0, layer_field_ = 0, ids_field_ = 0;
  LoggedLayers layers_;
  bool fits_ = true;  // the model, as far as it has been read
  std::vector<Diagnostic> problems_;
};

class TraceRouter final : public ExpertRouter {
 public:
  TraceRouter(const RoutingShape& shape, LoggedLayers logged) : ExpertRouter(shape) {
    for (auto& [layer, rows] : logged) logged_.push_back(std::move(rows));
  }

  void experts_of(std::uint64_t token, std::int64_t layer,
                  std::span<std::int32_t> experts) const override {
    const auto [rows, offset] = replay_of(layer);
    const std::uint64_t row = (token + offset) % (rows.size() / experts.size());
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(row * experts.size()), experts.size(),
                experts.begin());
  }

  std::vector<double> visit_probabilities(std::int64_t layer) const override {
    std::vector<double> visits(static_cast<std::size_t>(shape().experts));
    const auto [rows, offset] = replay_of(layer);
    const double weight =
        static_cast<double>(shape().experts_per_token) / static_cast<double>(rows.size());
    for (const std::int32_t expert : rows) visits[static_cast<std::size_t>(expert)] += weight;
    return visits;
  }

 private:
  struct Replay {
    std::span<const std::int32_t> rows;
    std::uint64_t offset;  // in rows
  };
  Replay replay_of(std::int64_t layer) const {
    const auto logged = static_cast<std::int64_t>(logged_.size());
    const auto& rows = logged_[static_cast<std::size_t>(layer % logged)];
    const auto tokens = static_cast<std::int64_t>(rows.size()) / shape().experts_per_token;
    const std::int64_t shared_by = (shape().layers + logged - 1) / logged;
    return {rows, static_cast<std::uint64_t>(layer / logged * tokens / shared_by)};
  }

  std::vector<std::vector<std::int32_t>> logged_;
};

}  // namespace

std::unique_ptr<ExpertRouter> make_trace_router(const RoutingShape& shape,
                                                const TraceRouting& trace) {
  const std::string& shown_as = trace.shown_as.empty() ? trace.path : trace.shown_as;
  RoutingTraceReading reading(shape, LineReader(trace.path, shown_as, trace.asked_at));
  return std::make_unique<TraceRouter>(shape, reading.read());
}

}  // namespace headroom
