#include "sim/sweep/axes_section.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "sim/config/quote.hpp"
#include "sim/sweep/document_text.hpp"
#include "sim/sweep/value_range.hpp"

namespace headroom {
namespace {

constexpr std::size_t kLongestLabel = 40;

std::string short_label(std::string text) {
  if (text.size() <= kLongestLabel) return text;
  text.resize(kLongestLabel - 3);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  return text + "...";
}

std::string label_of(const Node& value) {
  return short_label(value.is_scalar() ? value.text : flow_text(value));
}

AxisValue single_value(const std::string& key, const Node& value) {
  return {label_of(value), {setting_text(key, value)}, value.where};
}

// A key that overrides can set; reports one that they cannot.
bool check_key(const std::string& key, const SourcePosition& where, Diagnostics& diagnostics) {
  if (key == "seed") {
    diagnostics.error(where, "'seed' is no axis; 'seeds: N' repeats every point with N seeds");
    return false;
  }
  const bool has_parts =
      !key.starts_with('.') && !key.ends_with('.') && key.find("..") == std::string::npos;
  if (has_parts && key.find_first_of(" \t\n=") == std::string::npos) return true;
  diagnostics.error(where, quote(key) + " must be a scenario key, such as serving.max_num_seqs");
  return false;
}

class AxisReader {
 public:
  AxisReader(const NodeEntry& entry, ReadContext& context)
      : entry_(entry), context_(context), axis_{entry.key, {}, {}, entry.where} {}

  Axis read() {
    const Node& form = entry_.value;
    if (form.is_list()) {
      read_list(form);
    } else if (form.is_map() && form.entries.size() == 1) {
      read_form(form.entries.front());
    } else {
      error(form.where, kForms);
    }
    return std::move(axis_);
  }

 private:
  static constexpr const char* kForms =
      "must be a list of values, or one of {range: ...}, {log_range: ...}, {zip: ...}, "
      "{variants: ...}";

  void error(const SourcePosition& where, const std::string& problem) {
    context_.diagnostics.error(where, quote("axes." + entry_.key) + ' ' + problem);
  }

  void read_form(const NodeEntry& form) {
    const std::string path = "axes." + entry_.key + '.' + form.key;
    if (form.key == "range" || form.key == "log_range") {
      if (!check_key(entry_.key, entry_.where, context_.diagnostics)) return;
      MapReader range(form.value, path, context_);
      const bool linear = form.key == "range";
      axis_.keys = {entry_.key};
      for (const auto& text : linear ? linear_values(range) : logarithmic_values(range))
        axis_.values.push_back({text, {entry_.key + '=' + text}, form.value.where});
    } else if (form.key == "zip") {
      read_zip(form.value);
    } else if (form.key == "variants") {
      read_variants(form.value);
    } else {
      error(form.where, "has the unknown form '" + form.key + '\'' +
                            suggest(form.key, {"range", "log_range", "zip", "variants"}, "forms"));
    }
  }

  void read_list(const Node& list) {
    if (list.items.empty()) return error(list.where, "has no values");
    if (!check_key(entry_.key, entry_.where, context_.diagnostics)) return;
    axis_.keys = {entry_.key};
    for (const auto& value : list.items) axis_.values.push_back(single_value(entry_.key, value));
  }

  void read_zip(const Node& map) {
    if (!map.is_map() || map.entries.empty())
      return error(map.where, "needs keys with lists: {zip: {model: [a, b], seeds: [1, 2]}}");
    const std::size_t length = map.entries.front().value.items.size();
    for (const auto& [key, where, list] : map.entries) {
      if (!check_key(key, where, context_.diagnostics)) return;
      if (!list.is_list() || list.items.empty())
        return error(list.where, "needs a list of values for " + quote(key));
      if (list.items.size() != length)
        return error(list.where, "zips lists of different lengths: " + quote(key) + " has " +
                                     std::to_string(list.items.size()) + " values, " +
                                     quote(map.entries.front().key) + " has " +
                                     std::to_string(length));
      axis_.keys.push_back(key);
      axis_.values.resize(length);
      for (std::size_t i = 0; i < length; ++i) {
        AxisValue& value = axis_.values[i];
        const AxisValue one = single_value(key, list.items[i]);
        value.label += (value.label.empty() ? "" : ", ") + one.label;
        value.settings.push_back(one.settings.front());
        if (value.where.file.empty()) value.where = one.where;
      }
    }
  }

  void read_variants(const Node& map) {
    if (!map.is_map() || map.entries.empty())
      return error(map.where, "needs named sets of keys: {variants: {cheap: {hardware.gpu: l4}}}");
    for (const auto& [label, where, keys] : map.entries) {
      if (!keys.is_map() && !keys.is_null())
        return error(keys.where, "needs a map of keys for the variant " + quote(label));
      AxisValue value{label, {}, where};
      for (const auto& [key, key_where, given] : keys.entries) {
        if (!check_key(key, key_where, context_.diagnostics)) return;
        value.settings.push_back(setting_text(key, given));
        if (std::find(axis_.keys.begin(), axis_.keys.end(), key) == axis_.keys.end())
          axis_.keys.push_back(key);
      }
      axis_.values.push_back(std::move(value));
    }
  }

  const NodeEntry& entry_;
  ReadContext& context_;
  Axis axis_;
};

void check_distinct_keys(const std::vector<Axis>& axes, Diagnostics& diagnostics) {
  std::map<std::string, std::string> axis_of_key;
  for (const auto& axis : axes)
    for (const auto& key : axis.keys) {
      const auto [other, is_new] = axis_of_key.emplace(key, axis.name);
      if (!is_new)
        diagnostics.error(axis.where, quote("axes." + axis.name) + " sets " + quote(key) +
                                          ", and so does 'axes." + other->second + "'");
    }
}

}  // namespace

std::string setting_text(const std::string& key, const Node& value) {
  return key + '=' + flow_text(value);
}

std::string_view key_of(std::string_view setting) { return setting.substr(0, setting.find('=')); }
std::string_view value_of(std::string_view setting) {
  return setting.substr(setting.find('=') + 1);
}

std::vector<Axis> read_axes(MapReader& root) {
  std::vector<Axis> axes;
  const Node* section = root.node("axes");
  if (section == nullptr) return axes;
  if (!section->is_map()) {
    root.error("axes", "must be a map: a key, or a name, for each axis");
    return axes;
  }
  for (const auto& entry : section->entries)
    axes.push_back(AxisReader(entry, root.context()).read());
  check_distinct_keys(axes, root.diagnostics());
  return axes;
}

}  // namespace headroom
