#include "workloads/arrival/workload_config.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "workloads/arrival/request_mix.hpp"
#include "workloads/trace/trace_config.hpp"
#include "workloads/trace/trace_reader.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMaxPriority = 32767;
constexpr std::int64_t kMaxClients = 10'000'000;
constexpr std::int64_t kMaxClasses = 1000;
constexpr std::int64_t kMaxGroups = 1'000'000'000;

ArrivalProcess read_arrivals(MapReader reader) {
  static const std::vector<std::string> kProcesses{"poisson", "gamma", "constant", "all_at_once",
                                                   "closed_loop"};
  constexpr ArrivalKind kKinds[] = {ArrivalKind::kPoisson, ArrivalKind::kGamma,
                                    ArrivalKind::kConstant, ArrivalKind::kAllAtOnce,
                                    ArrivalKind::kClosedLoop};
  ArrivalProcess process;
  if (!reader.has("process")) {
    reader.choice("process", kProcesses);  // says that it is missing
    return process;
  }
  const auto name = reader.optional_choice("process", kProcesses);
  if (!name) return process;  // which keys go with it is unknown
  process.kind =
      kKinds[std::find(kProcesses.begin(), kProcesses.end(), *name) - kProcesses.begin()];
  if (process.kind == ArrivalKind::kClosedLoop) {
    process.max_concurrency = reader.count("max_concurrency", {.low = 1, .high = kMaxClients});
  } else if (process.kind != ArrivalKind::kAllAtOnce) {
    process.rate = reader.per_second("rate", {.low = 1e-9, .high = 1e9});
    process.where = reader.where("rate");
  }
  if (process.kind == ArrivalKind::kGamma)
    process.burstiness = reader.number("burstiness", {.low = 1e-3, .high = 1e3});
  reader.finish();
  return process;
}

// Lengths that `reader` (the workload or one of its classes) gives itself; nothing when it gives
// none.
LengthMix read_lengths(MapReader& reader) {
  LengthMix mix;
  const bool has_either = reader.has("prompt_tokens") || reader.has("output_tokens");
  if (reader.has("lengths")) {
    mix.pairs = length_pairs_from_config(reader);
    for (const char* key : {"prompt_tokens", "output_tokens"}) {
      reader.node(key);
      if (reader.has(key)) reader.error(key, "cannot be combined with 'lengths', which gives both");
    }
  } else if (has_either) {
    mix.prompt = length_from_config(reader, LengthRole::kPrompt);
    mix.output = length_from_config(reader, LengthRole::kOutput);
  }
  return mix;
}

bool has_lengths(const LengthMix& mix) { return mix.pairs || mix.prompt; }

std::vector<RequestClass> read_classes(MapReader& reader, const LengthMix& shared) {
  std::vector<RequestClass> classes;
  std::set<std::string> names;
  double shares = 0;
  for (MapReader& item : reader.children("classes")) {
    RequestClass request_class;
    request_class.name = item.text("name");
    if (item.has("name") && !names.insert(request_class.name).second)
      item.error("name", "is the name of an earlier class");
    if (item.has("name") && request_class.name.empty()) item.error("name", "must not be empty");
    request_class.share = item.number("share", {.low = 0, .low_is_allowed = false, .high = 1});
    request_class.priority = static_cast<std::int16_t>(
        item.count("priority", {.low = -kMaxPriority, .high = kMaxPriority}, std::int64_t{0}));
    request_class.lengths = read_lengths(item);
    if (!has_lengths(request_class.lengths)) request_class.lengths = shared;
    if (!has_lengths(request_class.lengths))
      item.diagnostics().error(
          item.where(), "class '" + request_class.name +
                            "' needs 'prompt_tokens' and 'output_tokens', here or in the workload");
    shares += request_class.share;
    item.finish();
    classes.push_back(std::move(request_class));
  }
  if (classes.empty()) reader.error("classes", "must name at least one class");
  if (static_cast<std::int64_t>(classes.size()) > kMaxClasses)
    reader.error("classes", "must not be more than 1000");
  if (!classes.empty() && std::abs(shares - 1) > 1e-6)
    reader.error("classes", "must have shares that sum to 1, got " +
                                format_quantity(shares, Dimension::kNone));
  return classes;
}

SharedPrefix read_shared_prefix(MapReader& reader) {
  MapReader prefix = reader.child("shared_prefix");
  SharedPrefix shared;
  shared.where = reader.where("shared_prefix");
  shared.groups = prefix.count("groups", {.low = 1, .high = kMaxGroups});
  shared.tokens = static_cast<std::int32_t>(std::clamp<std::int64_t>(
      prefix.count("tokens", {.low = 1, .high = kMaxRowTokens}), 1, kMaxRowTokens));
  prefix.finish();
  return shared;
}

WorkloadConfig trace_workload(MapReader& reader) {
  for (const char* key :
       {"requests", "prompt_tokens", "output_tokens", "lengths", "classes", "shared_prefix"}) {
    reader.node(key);
    if (!reader.has(key)) continue;
    reader.error(key, std::string(key) == "requests"
                          ? "cannot be combined with 'trace'; use 'trace.limit'"
                          : "cannot be combined with 'trace', which gives it");
  }
  std::optional<ArrivalProcess> arrivals;
  if (reader.has("arrivals")) arrivals = read_arrivals(reader.child("arrivals"));
  MapReader section = reader.child("trace");
  const TraceSpec trace =
      trace_from_config(section, arrivals ? TraceUse::kLengths : TraceUse::kReplay);
  if (section.has("format")) section.finish();
  WorkloadConfig workload;
  if (trace.columns.request_class.empty()) workload.classes = {"default"};
  if (trace.format == TraceFormat::kMooncake) workload.hash_block_tokens = kMooncakeBlockTokens;
  workload.make_requests = [trace, arrivals](std::uint64_t seed) {
    RequestTable table = read_trace(trace);
    if (!arrivals) return table;
    draw_arrivals(*arrivals, seed, table.requests);
    table.max_concurrency = arrivals->max_concurrency;
    return table;
  };
  workload.make_first_requests = [all = workload.make_requests](std::uint64_t seed, std::int64_t) {
    return all(seed);
  };
  return workload;
}

WorkloadConfig synthetic_workload(MapReader& reader) {
  RequestMix mix;
  mix.arrivals = read_arrivals(reader.child("arrivals"));
  mix.requests = reader.count("requests", {.low = 1, .high = kMaxRequests});
  const LengthMix shared = read_lengths(reader);
  if (reader.has("classes")) {
    mix.classes = read_classes(reader, shared);
  } else {
    mix.classes = {RequestClass{"default", 1.0, 0, shared}};
    if (!has_lengths(shared)) {
      for (const LengthRole role : {LengthRole::kPrompt, LengthRole::kOutput})
        length_from_config(reader, role);
    }
  }
  if (reader.has("shared_prefix")) mix.shared_prefix = read_shared_prefix(reader);

  WorkloadConfig workload;
  for (const auto& request_class : mix.classes) workload.classes.push_back(request_class.name);
  if (mix.shared_prefix) workload.hash_block_tokens = mix.shared_prefix->tokens;
  workload.make_requests = [mix](std::uint64_t seed) { return draw_requests(mix, seed); };
  workload.make_first_requests = [mix](std::uint64_t seed, std::int64_t at_most) {
    RequestMix first = mix;
    first.requests = std::min(mix.requests, at_most);
    return draw_requests(first, seed);
  };
  return workload;
}

}  // namespace

WorkloadConfig workload_from_config(MapReader& reader) {
  if (!reader.has("trace") && !reader.has("arrivals")) {
    reader.diagnostics().error(
        reader.where(), "the workload needs a 'trace', or 'arrivals' with lengths and 'requests'");
  }
  const bool is_trace = reader.has("trace");
  WorkloadConfig workload = is_trace ? trace_workload(reader) : synthetic_workload(reader);
  reader.finish({"trace", "arrivals", "requests", "prompt_tokens", "output_tokens", "lengths",
                 "classes", "shared_prefix"});
  return workload;
}

}  // namespace headroom
