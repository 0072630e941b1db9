// sim/app/option_set.hpp -- how a command says which options it takes, without knowing who parses
// them. Every target must outlive the parse and keeps its value when the option is absent. An
// option may be given once, except those that collect into a list: they take one value per
// occurrence. A value that does not fit is a UserError.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/units.hpp"

namespace CLI {
class App;
}

namespace headroom {

class OptionSet {
 public:
  explicit OptionSet(CLI::App& parser) : parser_(&parser) {}

  void required_argument(const std::string& name, std::string& target, const std::string& help);
  // One or more, after all others.
  void required_arguments(const std::string& name, std::vector<std::string>& targets,
                          const std::string& help);
  void optional_argument(const std::string& name, std::string& target, const std::string& help);

  // `flag` is "--seed"; `placeholder` is what the help calls its value: "N".
  void text(const std::string& flag, const std::string& placeholder, std::string& target,
            const std::string& help);
  // The same where it matters whether the option was given, be it with an empty value.
  void optional_text(const std::string& flag, const std::string& placeholder,
                     std::optional<std::string>& target, const std::string& help);
  void text_list(const std::string& flag, const std::string& placeholder,
                 std::vector<std::string>& target, const std::string& help);
  void choice(const std::string& flag, const std::vector<std::string>& choices, std::string& target,
              const std::string& help);
  // Whole numbers in [low, high].
  void count(const std::string& flag, std::int64_t low, std::int64_t high,
             std::optional<std::int64_t>& target, const std::string& help);
  void number(const std::string& flag, std::optional<double>& target,
              const std::string& help);  // finite, >= 0
  void duration(const std::string& flag, std::optional<Seconds>& target,
                const std::string& help);  // "10 s", > 0
  void toggle(const std::string& flag, bool& target, const std::string& help);

  // Converts what was parsed; all that does not fit is reported at once.
  void convert() const;

 private:
  void add(const std::string& flag, const std::string& placeholder, const std::string& help,
           std::function<std::string(const std::string&)> convert);

  CLI::App* parser_;
  std::vector<std::function<std::string()>> conversions_;  // each returns what is wrong, or ""
};

}  // namespace headroom
