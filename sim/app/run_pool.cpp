#include "sim/app/run_pool.hpp"

#include "sim/app/host_facts.hpp"
#include "sim/app/packed_fields.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(200);

std::string simulate(const SweepPlan& plan, RecordMode mode, std::string_view request) {
  FieldReader fields(request);
  const std::int64_t seed = fields.number();
  std::vector<std::string> settings;
  while (!fields.at_end()) settings.push_back(fields.text());
  RunControl control;
  control.mode = mode;
  CompletedRun run = run_scenario(scenario_of(plan, settings, seed), control);
  return pack(run);
}

// A reason stands in a table beside others: what the message says for a single command goes.
std::string as_reason(std::string text) {
  constexpr std::string_view kPrefix = "error: ", kSuffix = "; nothing was recorded";
  if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
  if (text.ends_with(kSuffix)) text.erase(text.size() - kSuffix.size());
  return text;
}

EndedRun failure(std::int64_t ticket, const ChildResult& result) {
  using Kind = ChildResult::Kind;
  EndedRun ended;
  ended.ticket = ticket;
  ended.is_interrupted = result.kind == Kind::kInterrupted;
  ended.is_bug = result.kind == Kind::kBug;
  ended.reason = (ended.is_bug ? "internal error: " : "") + as_reason(result.text);
  const auto wall = std::chrono::duration<double>(result.wall_s);
  ended.host = host_facts(std::chrono::system_clock::now() -
                          std::chrono::duration_cast<std::chrono::system_clock::duration>(wall));
  ended.host.wall_s = result.wall_s;
  ended.host.cpu_s = result.cpu_s;
  ended.host.peak_rss_bytes = result.peak_rss_bytes;
  return ended;
}

}  // namespace

RunPool::RunPool(const SweepPlan& plan, const RunPoolOptions& options)
    : pool_(
          options.jobs,
          [&plan, mode = options.mode](std::string_view request) {
            return simulate(plan, mode, request);
          },
          options.limits) {}

bool RunPool::has_free_lane() const {
  if (!pool_.has_lanes())
    throw UserError("error: somebody has ended every process that runs simulations");
  return pool_.has_free_lane();
}

void RunPool::start(std::int64_t ticket, const std::vector<std::string>& settings,
                    std::int64_t seed) {
  FieldWriter fields;
  fields.add(seed);
  for (const auto& setting : settings) fields.add(setting);
  pool_.start(ticket, fields.take());
}

std::optional<EndedRun> RunPool::wait() {
  auto finished = pool_.wait(kPatience);
  if (!finished) return std::nullopt;
  if (finished->result.kind != ChildResult::Kind::kDone)
    return failure(finished->ticket, finished->result);
  EndedRun ended;
  ended.ticket = finished->ticket;
  ended.run = unpack_run(finished->result.text);
  return ended;
}

}  // namespace headroom
