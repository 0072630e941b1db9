#include "sim/app/sweep_runner.hpp"

#include "sim/app/host_facts.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/record_run.hpp"
#include "sim/base/check.hpp"
#include "sim/record/run_writer.hpp"

namespace headroom {

SweepRunner::SweepRunner(const SweepPlan& plan, const SweepRunOptions& options)
    : plan_(plan), options_(options), pool_(plan, options_.pool) {}

void SweepRunner::open(const std::string& database) {
  database_.emplace(database, OpenMode::kWrite);
  // A power cut may take the last runs along, never the file: the next call simulates them again.
  // Waiting for the disk at every run would hold up many short ones.
  database_->execute("PRAGMA synchronous = NORMAL");
  record_sweep(*database_, sweep_record(plan_));
}

std::vector<std::int64_t> SweepRunner::execute(std::span<const PlannedRun> runs,
                                               const OnProgress& progress) {
  HEADROOM_CHECK(database_.has_value(), "a results file is open before runs are executed");
  counts_.runs += static_cast<std::int64_t>(runs.size());
  Work work = settle(runs);
  progress(counts_);
  std::optional<EndedRun> ended;
  while (ended || work.next < work.waiting.size() || !pool_.is_idle()) {
    // The lane that has become free gets its next run before the last one is written.
    for (; work.next < work.waiting.size() && pool_.has_free_lane(); ++work.next) {
      const std::size_t i = work.waiting[work.next];
      if (runs[i].unfit.empty()) {
        const SweepPoint& point = *runs[i].points.front();
        pool_.start(static_cast<std::int64_t>(i), point.settings, point.seed);
        continue;
      }
      record_failure(runs[i], work.repeats[i], runs[i].unfit,
                     host_facts(std::chrono::system_clock::now()));
      progress(counts_);
      stop_if_interrupted();
    }
    if (ended) {
      const auto i = static_cast<std::size_t>(ended->ticket);
      record(runs[i], work.repeats[i], *ended);
    }
    ended = pool_.is_idle() ? std::nullopt : pool_.wait();
    progress(counts_);
    if (!ended) stop_if_interrupted();
  }
  return work.ids;
}

// What is in the file already, in one transaction: linked to its points, and not to be run.
SweepRunner::Work SweepRunner::settle(std::span<const PlannedRun> runs) {
  Work work;
  Transaction transaction(*database_);
  RunStates states(*database_);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::int64_t repeat = options_.repeat ? last_repeat(*database_, runs[i].identity) + 1 : 0;
    const std::int64_t run_id = run_id_of(runs[i].identity, repeat);
    work.repeats.push_back(repeat);
    work.ids.push_back(run_id);
    const RunState state = states.of(run_id);
    if (state == RunState::kAbsent || (state == RunState::kFailed && options_.retry_failed)) {
      work.waiting.push_back(i);
      continue;
    }
    ++counts_.known;
    for (const SweepPoint* point : runs[i].points)
      if (!states.is_placed(plan_.sweep_id, point->position, run_id))
        place_run(*database_, run_id, place_of(plan_, *point));
  }
  transaction.commit();
  return work;
}

void SweepRunner::record(const PlannedRun& run, std::int64_t repeat, const EndedRun& ended) {
  // A Ctrl-C that reached the run before it reached us: stopped, not failed.
  if (ended.is_interrupted && interrupted()) return;
  if (!ended.run) {
    counts_.bugs += ended.is_bug ? 1 : 0;
    return record_failure(run, repeat, ended.reason, ended.host);
  }
  if (ended.run->identity.scenario_hash != run.identity.scenario_hash)
    throw UserError("error: a file that the sweep reads was changed while it ran (" +
                    run.identity.name + "); start it again");
  RunWriter writer(*database_, run.identity, repeat);
  write_rows(writer, *ended.run, options_.pool.mode);
  for (const SweepPoint* point : run.points) writer.place(place_of(plan_, *point));
  writer.commit();
  ++counts_.finished;
}

void SweepRunner::record_failure(const PlannedRun& run, std::int64_t repeat,
                                 const std::string& reason, const HostFacts& host) {
  RunWriter writer(*database_, run.identity, repeat);
  writer.mark_failed(reason);
  writer.host(host);
  for (const SweepPoint* point : run.points) writer.place(place_of(plan_, *point));
  writer.commit();
  ++counts_.failed;
}

}  // namespace headroom
