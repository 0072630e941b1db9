#include "sim/base/diagnostic.hpp"

#include <utility>

namespace headroom {
namespace {

std::string join_lines(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    if (!text.empty()) text += '\n';
    text += to_string(diagnostic);
  }
  return text;
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  const auto& [file, line, column] = diagnostic.where;
  std::string text = file;
  if (line > 0) text += ':' + std::to_string(line);
  if (line > 0 && column > 0) text += ':' + std::to_string(column);
  if (!text.empty()) text += ": ";
  return text + "error: " + diagnostic.message;
}

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : UserError(join_lines(diagnostics)), diagnostics_(std::move(diagnostics)) {}

ConfigError::ConfigError(SourcePosition where, const std::string& message)
    : ConfigError(std::vector<Diagnostic>{{std::move(where), message}}) {}

}  // namespace headroom
