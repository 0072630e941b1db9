#include "workloads/trace/csv_row.hpp"

#include "workloads/trace/text_number.hpp"

namespace headroom {

bool CsvRow::split(std::string_view line) {
  fields_.clear();
  if (line.find('"') != std::string_view::npos) return split_quoted(line);
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i != line.size() && line[i] != ',') continue;
    fields_.push_back({trim_blanks(line.substr(begin, i - begin)), static_cast<int>(begin) + 1});
    begin = i + 1;
  }
  return true;
}

bool CsvRow::split_quoted(std::string_view line) {
  unescaped_.clear();
  unescaped_.reserve(line.size());  // so that the views into it stay valid
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    const int column = static_cast<int>(at) + 1;
    if (at < line.size() && line[at] == '"') {
      const std::size_t begin = unescaped_.size();
      for (++at;; ++at) {
        if (at == line.size()) return false;
        if (line[at] == '"' && (at + 1 == line.size() || line[at + 1] != '"')) break;
        if (line[at] == '"') ++at;
        unescaped_ += line[at];
      }
      ++at;
      fields_.push_back({std::string_view(unescaped_).substr(begin), column});
      while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
      if (at < line.size() && line[at] != ',') return false;
    } else {
      const std::size_t begin = at;
      while (at < line.size() && line[at] != ',') ++at;
      fields_.push_back({trim_blanks(line.substr(begin, at - begin)), column});
    }
    if (at == line.size()) return true;
    ++at;
  }
}

}  // namespace headroom
