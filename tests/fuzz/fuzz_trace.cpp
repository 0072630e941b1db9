// tests/fuzz/fuzz_trace.cpp -- any bytes as a trace of any format: a table of sane requests or a
// ConfigError, nothing else. The first byte chooses: its low three bits the format ('0' azure, '1'
// mooncake, '2' vidur, '3' burstgpt, '4' llmservingsim, '5' csv), 0x08 skips bad rows, 0x40 goes
// through a file (so that zlib is in it too), 0x80 reads lengths only.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "workloads/trace/trace_reader.hpp"

namespace {

using headroom::RequestTable;
using headroom::TraceFormat;
using headroom::TraceSpec;

TraceSpec spec_for(std::uint8_t choice) {
  constexpr TraceFormat kFormats[] = {TraceFormat::kAzure,         TraceFormat::kMooncake,
                                      TraceFormat::kVidur,         TraceFormat::kBurstGpt,
                                      TraceFormat::kLlmServingSim, TraceFormat::kCsv};
  TraceSpec spec;
  spec.format = kFormats[(choice & 7) % 6];
  spec.shown_as = "fuzz";
  spec.skip_bad_rows = (choice & 0x08) != 0;
  spec.read_arrivals = (choice & 0x80) == 0;
  spec.rebase = spec.format == TraceFormat::kAzure;
  spec.columns = {"t", headroom::TimeUnit::kMicroseconds, "p", "o", "c", "r"};
  if (spec.skip_bad_rows && spec.read_arrivals) {  // some options too
    spec.offset = 1;
    spec.window_until = headroom::Seconds(1e8);
    spec.limit = 100;
    spec.rate_scale = 0.3;
  }
  return spec;
}

RequestTable read_through_file(TraceSpec spec, std::string_view text) {
  const int file = memfd_create("fuzz_trace", 0);
  if (file < 0 || write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    std::abort();
  spec.path = "/proc/self/fd/" + std::to_string(file);
  try {
    RequestTable table = headroom::read_trace(spec);
    close(file);
    return table;
  } catch (...) {
    close(file);
    throw;
  }
}

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const TraceSpec& spec, const RequestTable& table) {
  require(!table.requests.empty());
  headroom::TimePoint last{0};
  for (const auto& request : table.requests) {
    require(request.arrival >= last && request.arrival.value <= headroom::kMaxArrivalNs);
    require(request.prompt_tokens >= 1 && request.prompt_tokens <= headroom::kMaxRowTokens);
    require(request.output_tokens >= 1 && request.output_tokens <= headroom::kMaxRowTokens);
    require(request.class_id >= 0 &&
            static_cast<std::size_t>(request.class_id) < table.classes.size());
    require(std::size_t{request.hash_offset} + request.hash_count <= table.hash_ids.size());
    require((request.hash_count > 0) == (spec.format == TraceFormat::kMooncake));
    last = request.arrival;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const TraceSpec spec = spec_for(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    check(spec, (data[0] & 0x40) != 0 ? read_through_file(spec, text)
                                      : headroom::read_trace_text(spec, text));
  } catch (const headroom::ConfigError&) {
    // What the reader is meant to say about most inputs.
  }
  return 0;
}
