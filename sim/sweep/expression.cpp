#include "sim/sweep/expression.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "sim/base/check.hpp"

namespace headroom {

struct Expression::Term {
  enum class Kind { kNumber, kText, kName, kNegate, kNot, kBinary };
  Kind kind = Kind::kNumber;
  double number = 0;
  std::string text = {};  // of a text, a name or an operator
  std::shared_ptr<const Term> left = {}, right = {};
};

namespace {

using Term = Expression::Term;
using TermPtr = std::shared_ptr<const Term>;
constexpr int kDeepest = 100;  // brackets and signs in each other

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  TermPtr whole() {
    TermPtr term = binary(0);
    if (skip_space() < text_.size()) fail("an operator");
    return term;
  }
  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  // From the loosest to the tightest; longer operators first where one begins like another.
  static constexpr std::array<std::array<std::string_view, 6>, 5> kLevels{
      {{"or"}, {"and"}, {"<=", ">=", "==", "!=", "<", ">"}, {"+", "-"}, {"*", "/"}}};

  TermPtr binary(std::size_t level) {
    if (level == kLevels.size()) return unary();
    TermPtr left = binary(level + 1);
    for (std::string_view op = operator_of(level); !op.empty(); op = operator_of(level)) {
      TermPtr right = binary(level + 1);
      left = make({.kind = Term::Kind::kBinary,
                   .text = std::string(op),
                   .left = std::move(left),
                   .right = std::move(right)});
      if (level == kComparison) break;  // a < b < c means nothing
    }
    return left;
  }

  TermPtr unary() {
    if (++depth_ > kDeepest) throw UserError("more than 100 brackets or signs in each other");
    TermPtr term = accept("-")     ? make({.kind = Term::Kind::kNegate, .left = unary()})
                   : accept("not") ? make({.kind = Term::Kind::kNot, .left = negated()})
                                   : primary();
    --depth_;
    return term;
  }

  // `not a <= b` denies the comparison.
  TermPtr negated() { return binary(kComparison); }

  TermPtr primary() {
    if (accept("(")) {
      TermPtr inside = binary(0);
      if (!accept(")")) fail("')'");
      return inside;
    }
    const std::size_t at = skip_space();
    const char c = at < text_.size() ? text_[at] : '\0';
    if (c == '\'') return quoted(at);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') return number(at);
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') return name(at);
    fail("a number, a name or '('");
  }

  TermPtr quoted(std::size_t at) {
    const auto end = text_.find('\'', at + 1);
    if (end == std::string_view::npos) fail("a closing '");
    at_ = end + 1;
    return make(
        {.kind = Term::Kind::kText, .text = std::string(text_.substr(at + 1, end - at - 1))});
  }

  TermPtr number(std::size_t at) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail("a number");
    at_ = static_cast<std::size_t>(end - text_.data());
    if (at_ < text_.size() && is_word(text_[at_])) fail("a bare number");
    return make({.kind = Term::Kind::kNumber, .number = value});
  }

  TermPtr name(std::size_t at) {
    std::size_t end = at;
    while (end < text_.size() && (is_word(text_[end]) || text_[end] == '.')) ++end;
    std::string word(text_.substr(at, end - at));
    at_ = end;
    if (std::find(names_.begin(), names_.end(), word) == names_.end()) names_.push_back(word);
    return make({.kind = Term::Kind::kName, .text = std::move(word)});
  }

  std::string_view operator_of(std::size_t level) {
    for (const auto op : kLevels[level])
      if (!op.empty() && accept(op)) return op;
    return {};
  }

  bool accept(std::string_view token) {
    const std::size_t at = skip_space();
    if (!text_.substr(at).starts_with(token)) return false;
    const std::size_t end = at + token.size();
    const bool word = is_word(token.front());
    if (word && end < text_.size() && (is_word(text_[end]) || text_[end] == '.')) return false;
    at_ = end;
    return true;
  }

  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }
  std::size_t skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_;
  }
  static TermPtr make(Term term) { return std::make_shared<const Term>(std::move(term)); }
  [[noreturn]] void fail(const std::string& wanted) {
    const std::size_t at = skip_space();
    throw UserError("expected " + wanted + " at column " + std::to_string(at + 1) +
                    (at < text_.size() ? ", got '" + std::string(text_.substr(at, 12)) + "'"
                                       : ", got the end"));
  }

  static constexpr std::size_t kComparison = 2;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<std::string> names_;
};

using Lookup = std::function<ExpressionValue(const std::string&)>;

ExpressionValue value_of(const Term& term, const Lookup& lookup);

double number_of(const Term& term, const Lookup& lookup) {
  const ExpressionValue value = value_of(term, lookup);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  throw UserError("'" + std::get<std::string>(value) + "' is no number" +
                  (term.kind == Term::Kind::kName ? ", the value of " + term.text : ""));
}

double compared(const Term& term, const Lookup& lookup) {
  const ExpressionValue left = value_of(*term.left, lookup);
  const ExpressionValue right = value_of(*term.right, lookup);
  if (term.text == "==") return left == right ? 1 : 0;
  if (term.text == "!=") return left != right ? 1 : 0;
  const double a = number_of(*term.left, lookup), b = number_of(*term.right, lookup);
  if (term.text == "<=") return a <= b ? 1 : 0;
  if (term.text == ">=") return a >= b ? 1 : 0;
  return (term.text == "<" ? a < b : a > b) ? 1 : 0;
}

double binary_value(const Term& term, const Lookup& lookup) {
  if (term.text == "or")
    return number_of(*term.left, lookup) != 0 || number_of(*term.right, lookup) != 0 ? 1 : 0;
  if (term.text == "and")
    return number_of(*term.left, lookup) != 0 && number_of(*term.right, lookup) != 0 ? 1 : 0;
  const bool arithmetic = std::string_view("+-*/").find(term.text) != std::string_view::npos;
  if (!arithmetic) return compared(term, lookup);
  const double a = number_of(*term.left, lookup), b = number_of(*term.right, lookup);
  switch (term.text.front()) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return a / b;
  }
}

ExpressionValue value_of(const Term& term, const Lookup& lookup) {
  switch (term.kind) {
    case Term::Kind::kNumber:
      return term.number;
    case Term::Kind::kText:
      return term.text;
    case Term::Kind::kName:
      return lookup(term.text);
    case Term::Kind::kNegate:
      return -number_of(*term.left, lookup);
    case Term::Kind::kNot:
      return number_of(*term.left, lookup) == 0 ? 1.0 : 0.0;
    case Term::Kind::kBinary:
      return binary_value(term, lookup);
  }
  return 0.0;
}

}  // namespace

Expression Expression::parse(std::string_view text) {
  Parser parser(text);
  Expression expression;
  expression.root_ = parser.whole();
  expression.names_ = parser.take_names();
  return expression;
}

double Expression::evaluate(
    const std::function<ExpressionValue(const std::string& name)>& lookup) const {
  HEADROOM_CHECK(root_ != nullptr, "an expression is parsed before it is evaluated");
  return number_of(*root_, lookup);
}

}  // namespace headroom
