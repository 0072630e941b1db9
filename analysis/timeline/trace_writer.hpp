// analysis/timeline/trace_writer.hpp -- trace events as JSON, for ui.perfetto.dev and
// chrome://tracing. Source: "Trace Event Format", Chromium project, the JSON object format.
//
// Times. The format counts microseconds; ours are whole nanoseconds. Readers either keep the number
// as a double or, as Perfetto does, cut microseconds x 1000 down to an integer: the decimals are
// written so that both arrive at the same nanosecond. Otherwise neighbours on a track would overlap
// by one, and Perfetto drops slices that overlap.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>

#include "sim/base/units.hpp"

namespace headroom {

// Microseconds that every reader takes for these nanoseconds. Pre: ns >= 0.
std::string trace_microseconds(std::int64_t ns);

struct TraceArgument {
  std::string_view name;
  std::variant<std::int64_t, double, std::string_view> value;
};
using TraceArguments = std::initializer_list<TraceArgument>;

// Where an event is shown: a thread of a process. Both are at least 1, since readers take process 0
// for the idle one; thread numbers are distinct over all processes.
struct TraceTrack {
  std::int32_t process = 1;
  std::int32_t thread = 1;
};

// Writes events one after the other and holds none. What the stream cannot take is seen in its
// state after finish().
class TraceWriter {
 public:
  explicit TraceWriter(std::ostream& out);
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  void name_process(std::int32_t process, std::string_view name, std::string_view label);
  void name_thread(TraceTrack track, std::string_view name);
  // Slices of a track either follow each other or lie within each other.
  void slice(TraceTrack track, std::string_view name, std::string_view category, TimePoint start,
             Duration length, TraceArguments arguments);
  // Begins and ends of one category and id nest, in the order they are written.
  void begin(TraceTrack track, std::string_view name, std::string_view category, std::int64_t id,
             TimePoint at, TraceArguments arguments = {});
  void end(TraceTrack track, std::string_view name, std::string_view category, std::int64_t id,
           TimePoint at);
  // A curve for each argument.
  void counter(std::int32_t process, std::string_view name, TimePoint at, TraceArguments arguments);
  // `metadata`: a JSON object, which viewers show as the metadata of the trace. Nothing after it.
  void finish(std::string_view metadata);

  std::int64_t events() const { return events_; }

 private:
  void open(char phase, std::string_view name, TraceTrack track);
  void add_time(const char* key, std::int64_t ns);
  void add_text(const char* key, std::string_view text);
  void add_id(std::string_view category, std::int64_t id);
  void add_arguments(TraceArguments arguments);
  void close();

  std::ostream& out_;
  std::string buffer_;
  std::int64_t events_ = 0;
};

}  // namespace headroom
