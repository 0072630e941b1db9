#include "analysis/timeline/trace_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "sim/base/check.hpp"
#include "sim/record/render.hpp"

namespace headroom {
namespace {

constexpr std::size_t kFlushBytes = std::size_t{1} << 16;

template <class Number>
void append_number(std::string& text, Number value) {
  std::array<char, 32> digits{};
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append_microseconds(std::string& text, std::int64_t ns) {
  append_number(text, ns / 1000);
  const std::int64_t rest = ns % 1000;
  if (rest == 0) return;
  text += '.';
  for (const std::int64_t digit : {rest / 100, rest / 10 % 10, rest % 10})
    text += static_cast<char>('0' + digit);
  // The double nearest to the decimals may lie below them: a tenth of a nanosecond more.
  if (static_cast<std::int64_t>(static_cast<double>(ns) / 1000.0 * 1000.0) != ns) text += '1';
}

}  // namespace

std::string trace_microseconds(std::int64_t ns) {
  std::string text;
  append_microseconds(text, ns);
  return text;
}

TraceWriter::TraceWriter(std::ostream& out) : out_(out) {
  buffer_ = "{\"displayTimeUnit\": \"ms\",\n\"traceEvents\": [";
}

void TraceWriter::open(char phase, std::string_view name, TraceTrack track) {
  buffer_ += events_ == 0 ? "\n{\"ph\": \"" : ",\n{\"ph\": \"";
  buffer_ += phase;
  buffer_ += "\", \"pid\": ";
  append_number(buffer_, track.process);
  buffer_ += ", \"tid\": ";
  append_number(buffer_, track.thread);
  buffer_ += ", \"name\": ";
  buffer_ += json_quoted(name);
  ++events_;
}

void TraceWriter::add_time(const char* key, std::int64_t ns) {
  HEADROOM_CHECK(ns >= 0, "times of a trace are not negative, got ", ns, " ns");
  buffer_ += ", \"";
  buffer_ += key;
  buffer_ += "\": ";
  append_microseconds(buffer_, ns);
}

void TraceWriter::add_text(const char* key, std::string_view text) {
  buffer_ += ", \"";
  buffer_ += key;
  buffer_ += "\": ";
  buffer_ += json_quoted(text);
}

void TraceWriter::add_id(std::string_view category, std::int64_t id) {
  add_text("cat", category);
  buffer_ += ", \"id\": \"";
  append_number(buffer_, id);
  buffer_ += '"';
}

void TraceWriter::add_arguments(TraceArguments arguments) {
  if (arguments.size() == 0) return;
  buffer_ += ", \"args\": {";
  bool first = true;
  for (const auto& [name, value] : arguments) {
    if (!first) buffer_ += ", ";
    first = false;
    buffer_ += json_quoted(name);
    buffer_ += ": ";
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      append_number(buffer_, *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
      HEADROOM_CHECK(std::isfinite(*real), "numbers of a trace are finite");
      append_number(buffer_, *real);
    } else {
      buffer_ += json_quoted(std::get<std::string_view>(value));
    }
  }
  buffer_ += '}';
}

void TraceWriter::close() {
  buffer_ += '}';
  if (buffer_.size() < kFlushBytes) return;
  out_ << buffer_;
  buffer_.clear();
}

void TraceWriter::name_process(std::int32_t process, std::string_view name,
                               std::string_view label) {
  // Shown in the order of their numbers.
  open('M', "process_name", {process, process});
  add_arguments({{"name", name}});
  close();
  open('M', "process_sort_index", {process, process});
  add_arguments({{"sort_index", std::int64_t{process}}});
  close();
  if (label.empty()) return;
  open('M', "process_labels", {process, process});
  add_arguments({{"labels", label}});
  close();
}

void TraceWriter::name_thread(TraceTrack track, std::string_view name) {
  open('M', "thread_name", track);
  add_arguments({{"name", name}});
  close();
  open('M', "thread_sort_index", track);
  add_arguments({{"sort_index", std::int64_t{track.thread}}});
  close();
}

void TraceWriter::slice(TraceTrack track, std::string_view name, std::string_view category,
                        TimePoint start, Duration length, TraceArguments arguments) {
  open('X', name, track);
  add_text("cat", category);
  add_time("ts", start.value);
  add_time("dur", length.value);
  add_arguments(arguments);
  close();
}

void TraceWriter::begin(TraceTrack track, std::string_view name, std::string_view category,
                        std::int64_t id, TimePoint at, TraceArguments arguments) {
  open('b', name, track);
  add_id(category, id);
  add_time("ts", at.value);
  add_arguments(arguments);
  close();
}

void TraceWriter::end(TraceTrack track, std::string_view name, std::string_view category,
                      std::int64_t id, TimePoint at) {
  open('e', name, track);
  add_id(category, id);
  add_time("ts", at.value);
  close();
}

void TraceWriter::counter(std::int32_t process, std::string_view name, TimePoint at,
                          TraceArguments arguments) {
  open('C', name, {process, process});
  add_time("ts", at.value);
  add_arguments(arguments);
  close();
}

void TraceWriter::finish(std::string_view metadata) {
  buffer_ += "\n],\n\"otherData\": ";
  buffer_ += metadata;
  buffer_ += "\n}\n";
  out_ << buffer_;
  out_.flush();
  buffer_.clear();
}

}  // namespace headroom
