#include <charconv>

#include "sim/base/units.hpp"
#include "workloads/trace/json_cursor.hpp"
#include "workloads/trace/row_parser.hpp"
#include "workloads/trace/text_number.hpp"

namespace headroom {
namespace {

class JsonParser final : public RowParser {
 public:
  explicit JsonParser(const TraceLayout& layout) : layout_(layout) {}

  bool parse(std::string_view line, TraceRow& row, RowError& error) override {
    JsonCursor cursor(line);
    row.served = true;
    row.hash_ids.clear();
    has_arrival_ = has_prompt_ = has_output_ = has_ids_ = false;
    if (!cursor.take('{')) return fail(error, cursor, "the row is no JSON object");
    if (!cursor.take('}')) {
      do {
        if (!parse_field(cursor, row, error)) return false;
      } while (cursor.take(','));
      if (!cursor.take('}'))
        return fail(error, cursor, "expected ',' or '}': broken or cut-off JSON");
    }
    if (!cursor.at_end()) return fail(error, cursor, "more text after the JSON object");
    return has_all(error) && ids_fit(row, error);
  }

  const std::vector<std::string>& classes() const override { return no_classes_; }

 private:
  static bool fail(RowError& error, JsonCursor& cursor, std::string message) {
    cursor.skip_blanks();
    error = {cursor.column(), std::move(message)};
    return false;
  }

  bool parse_field(JsonCursor& cursor, TraceRow& row, RowError& error) {
    std::string_view key;
    if (!cursor.take_string(key) || !cursor.take(':'))
      return fail(error, cursor, "expected a quoted name and ':'");
    if (key.empty()) return skip(cursor, error);
    if (key == layout_.arrival)
      return number(cursor, key, has_arrival_, error, [&](std::string_view text) {
        return parse_arrival(text, layout_, row.arrival_ns, error.message);
      });
    if (key == layout_.prompt_tokens)
      return number(cursor, key, has_prompt_, error, [&](std::string_view text) {
        return parse_tokens(text, key, 1, row.prompt_tokens, error.message);
      });
    if (key == layout_.output_tokens)
      return number(cursor, key, has_output_, error, [&](std::string_view text) {
        return parse_tokens(text, key, 1, row.output_tokens, error.message);
      });
    if (key == layout_.hash_ids) return parse_ids(cursor, row, error);
    if (key == layout_.refused_field)
      return fail(error, cursor,
                  "the row has " + quoted(key) +
                      ": rows that stand for several dependent calls cannot be replayed");
    return skip(cursor, error);
  }

  static bool skip(JsonCursor& cursor, RowError& error) {
    return cursor.skip_value() || fail(error, cursor, "broken or cut-off JSON");
  }

  template <class Parse>
  static bool number(JsonCursor& cursor, std::string_view key, bool& seen, RowError& error,
                     Parse parse) {
    if (seen) return fail(error, cursor, quoted(key) + " appears twice");
    seen = true;
    cursor.skip_blanks();
    const int column = cursor.column();
    std::string_view text;
    if (!cursor.take_number(text)) return fail(error, cursor, quoted(key) + " is not a number");
    if (parse(text)) return true;
    error.column = column;
    return false;
  }

  bool parse_ids(JsonCursor& cursor, TraceRow& row, RowError& error) {
    if (has_ids_) return fail(error, cursor, quoted(layout_.hash_ids) + " appears twice");
    has_ids_ = true;
    if (!cursor.take('[')) return fail(error, cursor, quoted(layout_.hash_ids) + " is not a list");
    if (cursor.take(']')) return true;
    do {
      std::string_view text;
      std::uint64_t id = 0;
      cursor.skip_blanks();
      const int column = cursor.column();
      const bool is_number = cursor.take_number(text);
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
      if (!is_number || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
        error = {column, quoted(layout_.hash_ids) +
                             " holds something that is not a whole number of at most 64 bits"};
        return false;
      }
      row.hash_ids.push_back(id);
    } while (cursor.take(','));
    return cursor.take(']') || fail(error, cursor, "expected ',' or ']': broken or cut-off JSON");
  }

  bool has_all(RowError& error) const {
    std::string missing;
    const auto need = [&](const std::string& name, bool seen) {
      if (!name.empty() && !seen) missing += (missing.empty() ? "" : ", ") + quoted(name);
    };
    need(layout_.arrival, has_arrival_);
    need(layout_.prompt_tokens, has_prompt_);
    need(layout_.output_tokens, has_output_);
    need(layout_.hash_ids, has_ids_);
    if (missing.empty()) return true;
    error = {0, "the row has no " + missing};
    return false;
  }

  bool ids_fit(const TraceRow& row, RowError& error) const {
    if (layout_.hash_ids.empty()) return true;
    const auto expected =
        static_cast<std::size_t>(ceil_div(row.prompt_tokens, kMooncakeBlockTokens));
    if (row.hash_ids.size() == expected) return true;
    error = {0, "there are " + std::to_string(row.hash_ids.size()) + " " +
                    quoted(layout_.hash_ids) + " for " + std::to_string(row.prompt_tokens) +
                    " prompt tokens; one per " + std::to_string(kMooncakeBlockTokens) + " makes " +
                    std::to_string(expected)};
    return false;
  }

  TraceLayout layout_;
  bool has_arrival_ = false, has_prompt_ = false, has_output_ = false, has_ids_ = false;
  std::vector<std::string> no_classes_;
};

}  // namespace

std::unique_ptr<RowParser> make_json_parser(const TraceLayout& layout) {
  return std::make_unique<JsonParser>(layout);
}

}  // namespace headroom
