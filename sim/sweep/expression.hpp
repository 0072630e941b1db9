// sim/sweep/expression.hpp -- arithmetic and comparisons over named values: constraints of a sweep
// over its keys, and of a search over metrics.
//   serving.max_num_seqs * hardware.replicas <= 512
//   hardware.gpu != 'l4' or serving.max_num_seqs <= 64
// In order of binding: ( ), unary - and not, * /, + -, comparisons (<= >= < > == !=), and, or.
// Names are keys (letters, digits, '_', '.'); texts stand in single quotes and can only be compared
// for equality.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headroom {

using ExpressionValue = std::variant<double, std::string>;

class Expression {
 public:
  struct Term;  // internal

  // Throws UserError: "expected ')' at column 12".
  static Expression parse(std::string_view text);

  // Each once, in order of appearance.
  const std::vector<std::string>& names() const { return names_; }
  // A number; comparisons are 1 or 0, and any number but 0 is true. A comparison with NaN is
  // false. Throws UserError when a text is used as a number; what `lookup` throws comes out.
  double evaluate(const std::function<ExpressionValue(const std::string& name)>& lookup) const;
  bool is_true(const std::function<ExpressionValue(const std::string& name)>& lookup) const {
    return evaluate(lookup) != 0;
  }

 private:
  std::shared_ptr<const Term> root_;
  std::vector<std::string> names_;
};

}  // namespace headroom
