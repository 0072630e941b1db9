#include "sim/app/standard_output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "sim/base/check.hpp"
#include "sim/record/render.hpp"

namespace headroom {

const std::vector<std::string>& output_format_names() {
  static const std::vector<std::string> names{"table", "json", "csv"};
  return names;
}

OutputFormat output_format_from_name(std::string_view name) {
  if (name == "json") return OutputFormat::kJson;
  return name == "csv" ? OutputFormat::kCsv : OutputFormat::kTable;
}

void write_standard_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return;
    } else if (errno != EINTR) {
      throw UserError(std::string("error: cannot write to standard output: ") +
                      std::strerror(errno));
    }
  }
}

std::string rendered_text(const Table& table) {
  std::ostringstream out;
  render_text(table, out);
  return out.str();
}

void print(const Table& table, OutputFormat format) {
  std::ostringstream out;
  switch (format) {
    case OutputFormat::kTable:
      render_text(table, out);
      break;
    case OutputFormat::kJson:
      render_json(table, out);
      break;
    case OutputFormat::kCsv:
      render_csv(table, out);
      break;
  }
  write_standard_output(out.str());
}

}  // namespace headroom
