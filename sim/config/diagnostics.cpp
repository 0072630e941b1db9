#include "sim/config/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace headroom {
namespace {

// Edits between two words, swapping two neighbours counted as one (optimal string alignment);
// limit + 1 when the lengths alone are further apart.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> before, above, row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replace, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

void Diagnostics::error(SourcePosition where, std::string message) {
  found_.push_back({std::move(where), std::move(message)});
}

void Diagnostics::add(const std::vector<Diagnostic>& more) {
  found_.insert(found_.end(), more.begin(), more.end());
}

void Diagnostics::withdraw(const SourcePosition& where, const std::string& message) {
  std::erase_if(found_, [&](const Diagnostic& d) {
    return d.message == message && d.where.file == where.file && d.where.line == where.line &&
           d.where.column == where.column;
  });
}

void Diagnostics::throw_if_any() const {
  if (found_.empty()) return;
  std::vector<std::string> files;
  const auto rank = [&files](const std::string& file) {
    const auto at = std::find(files.begin(), files.end(), file);
    if (at == files.end()) files.push_back(file);
    return at - files.begin();
  };
  for (const auto& diagnostic : found_) rank(diagnostic.where.file);
  auto sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(rank(a.where.file), a.where.line, a.where.column) <
           std::tuple(rank(b.where.file), b.where.line, b.where.column);
  });
  throw ConfigError(std::move(sorted));
}

const std::string* nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kFarthest = 2;
  std::size_t best = kFarthest + 1;
  const std::string* found = nullptr;
  for (const auto& candidate : candidates) {
    // Two edits turn any two-letter word into any other: the distance must be less than the word.
    const std::size_t distance = edit_distance(word, candidate, kFarthest);
    if (distance < best && distance < std::max(word.size(), candidate.size())) {
      best = distance;
      found = &candidate;
    }
  }
  return found;
}

std::string suggest(std::string_view word, const std::vector<std::string>& candidates,
                    std::string_view what) {
  if (const std::string* found = nearest(word, candidates))
    return "; did you mean '" + *found + "'?";
  if (candidates.empty()) return "";
  std::string text = "; valid " + std::string(what) + ": ";
  for (std::size_t i = 0; i < candidates.size(); ++i) text += (i > 0 ? ", " : "") + candidates[i];
  return text;
}

}  // namespace headroom
