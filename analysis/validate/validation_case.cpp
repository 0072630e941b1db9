#include "analysis/validate/validation_case.hpp"

#include <set>

#include "analysis/validate/run_prediction.hpp"
#include "sim/config/map_reader.hpp"

namespace headroom {
namespace {

const std::vector<std::string>& use_names() {
  static const std::vector<std::string> names{"fit", "held", "excluded"};
  return names;
}

RowUse use_from_name(std::string_view name) {
  if (name == "fit") return RowUse::kFit;
  return name == "excluded" ? RowUse::kExcluded : RowUse::kHeld;
}

// A value of the file in YAML's flow form: what an override takes.
std::string flow_text(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::kNull:
      return "~";
    case Node::Kind::kScalar:
      if (!node.quoted) return node.text;
      for (const char c : node.text) text += c == '\'' ? std::string("''") : std::string(1, c);
      return '\'' + text + '\'';
    case Node::Kind::kList:
      for (const auto& item : node.items) text += (text.empty() ? "" : ", ") + flow_text(item);
      return '[' + text + ']';
    case Node::Kind::kMap:
      break;
  }
  for (const auto& entry : node.entries)
    text += (text.empty() ? "" : ", ") + entry.key + ": " + flow_text(entry.value);
  return '{' + text + '}';
}

std::vector<std::string> one_or_more(const Node& node) {
  if (node.is_scalar()) return {node.text};
  std::vector<std::string> texts;
  for (const auto& item : node.items) texts.push_back(item.text);
  return texts;
}

std::vector<ColumnFilter> read_filters(MapReader& data) {
  std::vector<ColumnFilter> filters;
  auto where = data.optional_child("where");
  if (!where) return filters;
  for (const auto& column : where->keys_present()) {
    const Node* value = where->node(column);
    if (value == nullptr) continue;
    const auto patterns = one_or_more(*value);
    if (patterns.empty()) where->error(column, "must be a pattern or a list of patterns");
    filters.push_back({column, patterns, where->key_where(column)});
  }
  return filters;
}

std::vector<ColumnFilter> read_label(MapReader& root) {
  std::vector<ColumnFilter> label;
  if (root.has("label"))
    for (const Node* item : root.list("label")) label.push_back({item->text, {}, item->where});
  return label;
}

// The lines of the block under `scenario:`, the others emptied.
std::string block_text(std::string_view text, const Node& root, MapReader& reader) {
  const Node* block = root.find("scenario");
  if (block == nullptr) return "";
  const int key_line = reader.key_where("scenario").line;
  if (!block->is_map() || block->where.line <= key_line) {
    reader.error("scenario", "must be a block of keys below it");
    return "";
  }
  int end = 0;  // first line of the next key
  for (const auto& entry : root.entries)
    if (entry.where.line > key_line && (end == 0 || entry.where.line < end)) end = entry.where.line;
  std::string lines;
  int line = 1;
  while (!text.empty()) {
    const auto length = std::min(text.find('\n'), text.size() - 1) + 1;
    if (line > key_line && (end == 0 || line < end))
      lines += text.substr(0, length);
    else
      lines += '\n';
    text.remove_prefix(length);
    ++line;
  }
  return lines;
}

std::vector<std::string> read_overrides(MapReader& row) {
  std::vector<std::string> overrides;
  auto set = row.optional_child("set");
  if (!set) return overrides;
  for (const auto& key : set->keys_present())
    if (const Node* value = set->node(key)) overrides.push_back(key + '=' + flow_text(*value));
  return overrides;
}

void check_prediction(MapReader& reader, const std::optional<std::string>& name) {
  if (name && !is_prediction(*name))
    reader.error("predict", "is '" + *name + "', which is no metric of a run" +
                                suggest(*name, prediction_names(), "metrics"));
}

CaseRow read_row(MapReader& reader) {
  CaseRow row;
  row.where = reader.where();
  row.line = reader.count("line", {.low = 2});
  row.use = use_from_name(reader.choice("use", use_names()));
  if (row.use == RowUse::kExcluded) {
    row.why = reader.text("why");
  } else {
    const auto predict = reader.optional_text("predict");
    check_prediction(reader, predict);
    row.predict = predict.value_or("");
    row.overrides = read_overrides(reader);
  }
  reader.finish();
  return row;
}

std::vector<CaseRow> read_rows(MapReader& root) {
  std::vector<CaseRow> rows;
  std::set<std::int64_t> lines;
  for (auto& child : root.children("rows")) {
    rows.push_back(read_row(child));
    if (!lines.insert(rows.back().line).second)
      child.error("line", "is listed twice: " + std::to_string(rows.back().line));
  }
  return rows;
}

bool predicts_something(const ValidationCase& c) {
  if (!c.rows) return true;
  for (const auto& row : *c.rows)
    if (row.use != RowUse::kExcluded) return true;
  return false;
}

void check_rows(MapReader& root, const ValidationCase& c) {
  if (!c.rows) return;
  for (const auto& row : *c.rows)
    if (row.use == RowUse::kFit && !c.efficiency)
      root.diagnostics().error(row.where, "is fitted, but the case has no 'efficiency'");
}

}  // namespace

std::string_view name_of(RowUse use) { return use_names()[static_cast<std::size_t>(use)]; }

ValidationCase read_validation_case(std::string_view text, const std::string& file) {
  ReadContext context;
  const Node document = parse_config(text, file);
  MapReader root(document, "", context);
  ValidationCase c;
  c.file = file;
  c.name = root.text("case");
  c.group = root.text("group");
  root.choice("kind", {"run"});
  MapReader data = root.child("data");
  c.data_file = data.text("file");
  c.data_where = data.where("file");
  c.filters = read_filters(data);
  data.finish();
  c.label = read_label(root);
  c.measured = root.text("measured");
  c.measured_where = root.where("measured");
  if (auto efficiency = root.optional_child("efficiency")) {
    c.efficiency =
        FittedEfficiency{efficiency->text("key"), efficiency->number("value", kPositive)};
    efficiency->finish();
  }
  if (root.has("rows")) c.rows = read_rows(root);
  if (predicts_something(c)) {
    c.predict = root.text("predict");
    check_prediction(root, c.predict);
    root.child("scenario");
    c.scenario = block_text(text, document, root);
  }
  check_rows(root, c);
  root.finish();
  context.diagnostics.throw_if_any();
  return c;
}

}  // namespace headroom
