#include "sim/config/node.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace headroom {
namespace {

std::string not_valid(ConfigSyntax syntax) {
  return syntax == ConfigSyntax::kJson ? "not valid JSON: " : "not valid YAML: ";
}

// Builds the tree from parser events rather than from YAML::Node: events carry the mark of every
// key, see duplicate keys, and can be refused before anything is expanded.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, std::string_view source, ConfigSyntax syntax)
      : file_(file), source_(source), syntax_(syntax) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node node;
    node.where = position(mark);
    add_leaf(std::move(node), mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw ConfigError(position(mark), "aliases are not supported; write the value again");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    Node node;
    node.kind = Node::Kind::kScalar;
    node.quoted = tag == "!";  // yaml-cpp: "!" for quoted and block scalars, "?" for plain ones
    if (node.quoted) check_closed(mark);
    node.text = value;
    node.where = position(mark);
    add_leaf(std::move(node), mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  Node take_root() { return std::move(root_); }

 private:
  struct Level {
    Node node;
    std::string pending_key;
    SourcePosition key_where;
    bool has_key = false;
    std::set<std::string> keys;
  };

  // yaml-cpp counts from 0.
  SourcePosition position(const YAML::Mark& mark) const {
    return {file_, mark.line + 1, mark.column + 1};
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor)
      throw ConfigError(position(mark), "anchors are not supported; write the value again");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!")
      throw ConfigError(position(mark), "tags are not supported, got '" + tag + "'");
  }
  // yaml-cpp takes the end of the file for the closing quote.
  void check_closed(const YAML::Mark& mark) const {
    const auto start = static_cast<std::size_t>(mark.pos);
    if (start >= source_.size() || (source_[start] != '"' && source_[start] != '\'')) return;
    const char quote = source_[start];
    for (std::size_t at = start + 1; at < source_.size(); ++at) {
      if (quote == '"' && source_[at] == '\\') {
        ++at;
      } else if (source_[at] == quote) {
        return;  // for '' inside single quotes this is early, and enough: the text goes on behind
                 // it
      }
    }
    throw ConfigError(position(mark), not_valid(syntax_) + "a quote that is not closed");
  }
  bool expects_key() const {
    return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key())
      throw ConfigError(position(mark),
                        "a key must be a name, not a list or a map; is a bracket not closed?");
    if (static_cast<int>(open_.size()) >= kMaxConfigDepth)
      throw ConfigError(position(mark),
                        "nested more than " + std::to_string(kMaxConfigDepth) + " levels deep");
    open_.emplace_back();
    open_.back().node.kind = kind;
    open_.back().node.where = position(mark);
  }

  void close() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    add_value(std::move(done));
  }

  void add_leaf(Node&& node, const YAML::Mark& mark) {
    if (!expects_key()) return add_value(std::move(node));
    if (node.is_null() || node.text.empty())
      throw ConfigError(position(mark), "a key must not be empty");
    Level& level = open_.back();
    if (!level.keys.insert(node.text).second)
      throw ConfigError(position(mark), "duplicate key '" + node.text + "'");
    level.pending_key = std::move(node.text);
    level.key_where = std::move(node.where);
    level.has_key = true;
  }

  void add_value(Node&& node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = open_.back();
    if (level.node.is_list()) {
      level.node.items.push_back(std::move(node));
      return;
    }
    level.node.entries.push_back(
        {std::move(level.pending_key), std::move(level.key_where), std::move(node)});
    level.has_key = false;
  }

  const std::string& file_;
  std::string_view source_;
  ConfigSyntax syntax_;
  std::vector<Level> open_;
  Node root_;
};

// Length of the UTF-8 sequence at `at`, 0 when it is broken (overlong forms and surrogates
// included).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(i < text.size() ? text[i] : 0);
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(at);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned next = byte(at + 1);
    const bool overlong = lead == 0xE0 && next < 0xA0, surrogate = lead == 0xED && next >= 0xA0;
    return follows(at + 1) && follows(at + 2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned next = byte(at + 1);
    const bool overlong = lead == 0xF0 && next < 0x90, beyond = lead == 0xF4 && next >= 0x90;
    return follows(at + 1) && follows(at + 2) && follows(at + 3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void check_bytes(std::string_view text, const std::string& file) {
  int line = 1, column = 1;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text, at);
    if (length == 0)
      throw ConfigError({file, line, column}, "not valid UTF-8: is this a text file?");
    if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F)
      throw ConfigError({file, line, column}, "a control character: is this a text file?");
    column = c == '\n' ? 1 : column + static_cast<int>(length);  // in bytes, as yaml-cpp counts
    line += c == '\n' ? 1 : 0;
    at += length;
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

std::string_view name_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "a value";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  return "";
}

Node parse_config(std::string_view text, const std::string& file, ConfigSyntax syntax) {
  if (text.size() > kMaxConfigBytes)
    throw ConfigError({file, 0, 0}, "larger than " + std::to_string(kMaxConfigBytes) +
                                        " bytes: not a configuration file");
  check_bytes(text, file);
  TreeBuilder builder(file, text, syntax);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) throw ConfigError({file, 0, 0}, "the file is empty");
    Node root = builder.take_root();
    TreeBuilder second(file, text, syntax);
    if (parser.HandleNextDocument(second))
      throw ConfigError(second.take_root().where,
                        syntax == ConfigSyntax::kJson
                            ? "a second document: a config.json holds one object"
                            : "a second document: one file holds one scenario");
    return root;
  } catch (const YAML::Exception& error) {
    const bool known = !error.mark.is_null();
    throw ConfigError({file, known ? error.mark.line + 1 : 0, known ? error.mark.column + 1 : 0},
                      not_valid(syntax) + error.msg);
  }
}

std::string read_config_file(const std::string& path, const SourcePosition& asked_at) {
  const SourcePosition where = asked_at.file.empty() ? SourcePosition{path, 0, 0} : asked_at;
  const std::string name = asked_at.file.empty() ? "" : " '" + path + "'";
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status)) throw ConfigError(where, "no such file" + name);
  if (!std::filesystem::is_regular_file(status))
    throw ConfigError(where, "not a regular file" + name);
  std::ifstream stream(path, std::ios::binary);
  std::string text(kMaxConfigBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (!stream.eof() && text.size() <= kMaxConfigBytes)
    throw ConfigError(where, "cannot be read" + name);
  return text;  // parse_config reports one that is too large
}

Node parse_config_file(const std::string& path) {
  return parse_config(read_config_file(path), path);
}

}  // namespace headroom
