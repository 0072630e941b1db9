// sim/config/diagnostics.hpp -- collects what is wrong with an input, so that a user sees all of it
// at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace headroom {

class Diagnostics {
 public:
  void error(SourcePosition where, std::string message);
  void add(const std::vector<Diagnostic>& more);  // of a ConfigError that was caught
  // Takes back what has been reported with exactly this message there, if anything.
  void withdraw(const SourcePosition& where, const std::string& message);
  bool empty() const { return found_.empty(); }
  std::size_t size() const { return found_.size(); }
  // Throws one ConfigError with all diagnostics, by file (in order of first mention), line and
  // column.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> found_;
};

// The nearest candidate within two edits (a letter more, less or other, or two neighbours swapped);
// nullptr: none.
const std::string* nearest(std::string_view word, const std::vector<std::string>& candidates);
// "; did you mean 'x'?" for the nearest candidate within two edits, else "; valid WHAT: a, b, c",
// else "".
std::string suggest(std::string_view word, const std::vector<std::string>& candidates,
                    std::string_view what);

}  // namespace headroom
