// sim/base/diagnostic.hpp -- what is wrong with an input, and where.
#pragma once

#include <string>
#include <vector>

#include "sim/base/check.hpp"

namespace headroom {

struct SourcePosition {
  std::string file;  // as the user wrote it; "--set" for a command-line override
  int line = 0;      // from 1; 0: no position
  int column = 0;    // from 1; 0: no position
};

struct Diagnostic {
  SourcePosition where;
  std::string message;
};

// "file:line:column: error: message"; the parts of the position that are unknown are left out.
std::string to_string(const Diagnostic& diagnostic);

// All that is wrong with an input, reported at once. what() is one line per diagnostic.
class ConfigError : public UserError {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  ConfigError(SourcePosition where, const std::string& message);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace headroom
