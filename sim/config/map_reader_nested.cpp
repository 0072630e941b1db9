// Files, nested maps and lists, and the keys that nobody asked for.
#include <algorithm>
#include <filesystem>

#include "sim/config/data_folder.hpp"
#include "sim/config/map_reader.hpp"
#include "sim/config/quote.hpp"

namespace headroom {

FilePath MapReader::file(std::string_view key) {
  const Node* found = scalar(key, true);
  if (found == nullptr) return {};
  FilePath path{found->text, ""};
  record(key, path.as_written, origin(key));
  if (!context_->may_read_files) {
    error(key, "names a file, and files may not be read here");
    return path;
  }
  const auto expanded = expand_data_folder(path.as_written);
  if (!expanded.problem.empty()) {
    error(key, expanded.problem);
    return path;
  }
  namespace fs = std::filesystem;
  path.resolved = fs::path(expanded.path).is_absolute()
                      ? expanded.path
                      : (fs::path(context_->base_directory) / expanded.path).string();
  std::error_code failed;
  const auto status = fs::status(path.resolved, failed);
  if (!fs::exists(status)) {
    error(key, "names a file that does not exist: " + quote(path.as_written) +
                   how_to_get(path.as_written));
  } else if (!fs::is_regular_file(status)) {
    error(key, "must name a regular file, got " + quote(path.as_written));
  } else {
    context_->files.push_back(path);
  }
  return path;
}

std::optional<MapReader> MapReader::optional_child(std::string_view key) {
  const Node* found = require(key, false);
  if (found == nullptr) return std::nullopt;
  return MapReader(*found, dotted(key), *context_);
}

MapReader MapReader::section(std::string_view key) {
  if (auto present = optional_child(key)) return std::move(*present);
  return {where_, dotted(key), *context_};
}

MapReader MapReader::child(std::string_view key) {
  require(key, true);
  if (const auto* found = entry(key); found != nullptr && !found->value.is_null())
    return {found->value, dotted(key), *context_};
  return {where_, dotted(key), *context_};
}

std::vector<MapReader> MapReader::children(std::string_view key) {
  std::vector<MapReader> readers;
  const Node* found = require(key, false);
  if (found == nullptr) return readers;
  if (!found->is_list()) {
    readers.emplace_back(*found, dotted(key), *context_);
    return readers;
  }
  for (std::size_t i = 0; i < found->items.size(); ++i)
    readers.emplace_back(found->items[i], dotted(key) + '[' + std::to_string(i) + ']', *context_);
  return readers;
}

std::vector<const Node*> MapReader::list(std::string_view key) {
  std::vector<const Node*> items;
  const Node* found = require(key, false);
  if (found == nullptr) return items;
  if (!found->is_list()) {
    error(key, "must be a list, got " + std::string(name_of(found->kind)));
    return items;
  }
  for (const auto& item : found->items) {
    if (item.is_scalar()) {
      items.push_back(&item);
    } else {
      diagnostics().error(item.where, quote(dotted(key)) + " must hold single values, got " +
                                          std::string(name_of(item.kind)));
    }
  }
  return items;
}

void MapReader::finish(const std::vector<std::string>& also_known) {
  if (map_ == nullptr) return;
  std::vector<std::string> valid(known_.begin(), known_.end());
  for (const auto& key : also_known)
    if (!known_.contains(key)) valid.push_back(key);
  std::sort(valid.begin(), valid.end());
  for (const auto& present : map_->entries) {
    if (std::binary_search(valid.begin(), valid.end(), present.key)) continue;
    if (const std::string* meant = nearest(present.key, valid))
      diagnostics().withdraw(where_, missing_text(*meant));
    const std::string place = path_.empty() ? "" : " in " + quote(path_);
    diagnostics().error(present.where, "unknown key " + quote(present.key) + place +
                                           suggest(present.key, valid, "keys"));
  }
}

}  // namespace headroom
