#include <algorithm>
#include <map>
#include <optional>

#include "workloads/trace/csv_row.hpp"
#include "workloads/trace/row_parser.hpp"
#include "workloads/trace/text_number.hpp"

namespace headroom {
namespace {

constexpr std::size_t kMaxClasses = 1000;
constexpr std::int64_t kMaxPriority = 32767;

class CsvParser final : public RowParser {
 public:
  CsvParser(const TraceLayout& layout, std::string_view header, const SourcePosition& where)
      : layout_(layout) {
    std::vector<Diagnostic> problems;
    const auto report = [&](std::string message) {
      problems.push_back({where, std::move(message)});
    };
    const bool is_text = std::none_of(header.begin(), header.end(),
                                      [](char c) { return c >= 0 && c < ' ' && c != '\t'; });
    if (!is_text || !row_.split(header)) {
      report("the first line is no CSV header: " + quoted(header));
      throw ConfigError(std::move(problems));
    }
    field_count_ = row_.size();
    const auto find = [&](const std::string& name) -> std::size_t {
      const std::size_t found = index_of(name, 0);
      if (found == field_count_) {
        report("no column " + quoted(name) + "; the header has: " + header_names() +
               (name == layout_.arrival
                    ? "; without arrivals in the file the workload needs 'arrivals'"
                    : ""));
      } else if (index_of(name, found + 1) != field_count_) {
        report("column " + quoted(name) + " appears twice in the header");
      }
      return found;
    };
    if (!layout.arrival.empty()) arrival_ = find(layout.arrival);
    prompt_ = find(layout.prompt_tokens);
    output_ = find(layout.output_tokens);
    if (!layout.request_class.empty()) class_ = find(layout.request_class);
    if (!layout.priority.empty()) priority_ = find(layout.priority);
    if (!problems.empty()) throw ConfigError(std::move(problems));
  }

  bool parse(std::string_view line, TraceRow& row, RowError& error) override {
    if (!row_.split(line))
      return fail(error, 0, "a quote is not closed, or followed by more than a comma");
    if (row_.size() != field_count_) {
      return fail(error, 0,
                  "the row has " + std::to_string(row_.size()) + " fields, the header " +
                      std::to_string(field_count_));
    }
    row.served = true;
    if (arrival_ && !parse_arrival(row_[*arrival_], layout_, row.arrival_ns, error.message))
      return at(error, *arrival_);
    if (!parse_tokens(row_[prompt_], layout_.prompt_tokens, layout_.zero_output_is_failure ? 0 : 1,
                      row.prompt_tokens, error.message))
      return at(error, prompt_);
    if (!parse_tokens(row_[output_], layout_.output_tokens, layout_.zero_output_is_failure ? 0 : 1,
                      row.output_tokens, error.message))
      return at(error, output_);
    if (row.output_tokens == 0) {
      row.served = false;
      return true;
    }
    if (row.prompt_tokens == 0)
      return fail(error, prompt_, quoted(layout_.prompt_tokens) + " is '0'; it must be at least 1");
    if (class_ && !intern_class(row_[*class_], row, error.message)) return at(error, *class_);
    return !priority_ || parse_priority(row_[*priority_], row, error);
  }

  const std::vector<std::string>& classes() const override { return classes_; }

 private:
  std::size_t index_of(const std::string& name, std::size_t from) const {
    while (from < field_count_ && row_[from] != name) ++from;
    return from;
  }

  std::string header_names() const {
    constexpr std::size_t kShown = 20;
    std::string names;
    for (std::size_t i = 0; i < std::min(field_count_, kShown); ++i)
      names += (i > 0 ? ", " : "") + quoted(row_[i]);
    return field_count_ > kShown ? names + ", ..." : names;
  }

  bool at(RowError& error, std::size_t field) const {
    error.column = row_.column(field);
    return false;
  }
  static bool fail(RowError& error, int column, std::string message) {
    error = {column, std::move(message)};
    return false;
  }
  bool fail(RowError& error, std::size_t field, std::string message) const {
    return fail(error, row_.column(field), std::move(message));
  }

  bool intern_class(std::string_view name, TraceRow& row, std::string& error) {
    auto found = class_ids_.find(name);
    if (found == class_ids_.end()) {
      if (name.empty()) {
        error = quoted(layout_.request_class) + " is empty";
        return false;
      }
      if (classes_.size() == kMaxClasses) {
        error = "more than " + std::to_string(kMaxClasses) + " different classes in " +
                quoted(layout_.request_class);
        return false;
      }
      found =
          class_ids_.emplace(std::string(name), static_cast<std::int16_t>(classes_.size())).first;
      classes_.emplace_back(name);
    }
    row.class_id = found->second;
    return true;
  }

  bool parse_priority(std::string_view text, TraceRow& row, RowError& error) const {
    const bool negative = text.starts_with('-');
    std::int64_t value = 0;
    const auto problem = parse_whole(negative ? text.substr(1) : text, kMaxPriority, value);
    if (problem != NumberProblem::kNone || (negative && text.substr(1).starts_with('-'))) {
      error.message = quoted(layout_.priority) + " is " + quoted(text) +
                      "; it must be a whole number from -32767 to 32767";
      return at(error, *priority_);
    }
    row.priority = static_cast<std::int16_t>(negative ? -value : value);
    return true;
  }

  TraceLayout layout_;
  CsvRow row_;
  std::size_t field_count_ = 0;
  std::optional<std::size_t> arrival_, class_, priority_;
  std::size_t prompt_ = 0, output_ = 0;
  std::map<std::string, std::int16_t, std::less<>> class_ids_;
  std::vector<std::string> classes_;
};

}  // namespace

std::unique_ptr<RowParser> make_csv_parser(const TraceLayout& layout, std::string_view header,
                                           const SourcePosition& where) {
  return std::make_unique<CsvParser>(layout, header, where);
}

bool parse_tokens(std::string_view text, std::string_view name, std::int64_t least,
                  std::int32_t& tokens, std::string& error) {
  std::int64_t value = 0;
  const auto problem = parse_whole(text, kMaxRowTokens, value);
  if (problem != NumberProblem::kNone) {
    error = describe(problem, name, text, kMaxRowTokens);
    return false;
  }
  if (value < least) {
    error = quoted(name) + " is " + quoted(text) + "; it must be at least " + std::to_string(least);
    return false;
  }
  tokens = static_cast<std::int32_t>(value);
  return true;
}

bool parse_arrival(std::string_view text, const TraceLayout& layout, std::int64_t& ns,
                   std::string& error) {
  if (layout.arrival_is_date) {
    const auto problem = parse_date_time(text, ns);
    if (problem == NumberProblem::kNone) return true;
    error = quoted(layout.arrival) + " is " + quoted(text) +
            ", which is no date-time such as '2023-11-16 18:15:46.6805900'";
    return false;
  }
  const auto problem = parse_scaled(text, static_cast<int>(layout.arrival_unit), ns);
  if (problem == NumberProblem::kNone) return true;
  error = problem == NumberProblem::kTooLarge
              ? quoted(layout.arrival) + " is " + quoted(text) + ", which is too large"
              : describe(problem, layout.arrival, text, 0);
  return false;
}

}  // namespace headroom
