// Workloads that fork, pause, extend and cancel at random, under pressure: fast-forward is exactly
// stepping, all that is alive ends, and nothing is told twice. What a workload does depends on what
// it is told alone, so equal runs see equal verbs.
#include <catch2/catch.hpp>
#include <iostream>
#include <set>

#include "sim/base/random.hpp"
#include "tests/invariants/random_scenario.hpp"
#include "tests/invariants/watched_policy.hpp"
#include "tests/support/compare_runs.hpp"
#include "tests/support/scripted_workload.hpp"

namespace headroom::test {
namespace {

constexpr std::int32_t kLongest = 100;  // tokens; what a replica holds at least

struct Diary {
  std::string story;
  std::vector<TimePoint> dates;
};

// A few tasks, each a tree of sequences. Everything is drawn from the seed in the order of events.
class RestlessWorkload final : public ScriptedWorkload {
 public:
  RestlessWorkload(std::uint64_t seed, std::int64_t tick, FeatureCounts& features)
      : ScriptedWorkload(
            [this](const WorkloadEvent& event, Actions& actions) { react(event, actions); }),
        random_(seed, "restless workload"),
        tick_(tick),
        features_(features) {}

 private:
  static constexpr int kMostSequences = 30;

  bool chance(double probability) { return random_.uniform() < probability; }
  std::int32_t draw(std::int64_t low, std::int64_t high) {
    return static_cast<std::int32_t>(random_.uniform_int(low, high));
  }
  TimePoint later(TimePoint now) { return TimePoint{now.value + draw(0, 40) * tick_}; }

  SequenceRequest draw_request(std::int32_t longest_prompt) {
    SequenceRequest request;
    request.prompt_tokens = draw(1, longest_prompt);
    request.output_tokens = draw(1, 20);
    request.pause_at_output = chance(0.4) ? draw(1, 10) : 0;
    request.priority = static_cast<std::int16_t>(draw(0, 2));
    return request;
  }
  void submit(Actions& actions) {
    if (sequences_ >= kMostSequences) return;
    ++sequences_;
    const SequenceRequest request = draw_request(30);
    note(actions.submit(request), request.prompt_tokens, request);
  }
  void note(SequenceId id, std::int32_t prompt, const SequenceRequest& request) {
    alive_.insert(id);
    longest_[id] = prompt + request.output_tokens;
    if (request.output_tokens > 1)
      forkable_[id] = prompt + 1;  // with one token it ends where it begins
  }
  SequenceId any_alive() {
    auto it = alive_.begin();
    std::advance(it, draw(0, static_cast<std::int64_t>(alive_.size()) - 1));
    return *it;
  }

  void react(const WorkloadEvent& event, Actions& actions) {
    switch (event.kind) {
      case EventKind::kStart:
        for (int i = draw(1, 6); i > 0; --i) submit(actions);
        for (int i = draw(0, 8); i > 0; --i) actions.wake_at(later(event.now), kSubmitOrCancel);
        break;
      case EventKind::kTimer:
        on_timer(event, actions);
        break;
      case EventKind::kFirstToken:
        on_first_token(event, actions);
        break;
      case EventKind::kPaused:
        paused_.insert(event.sequence);
        ++features_["pauses"];
        actions.wake_at(later(event.now), kResume + static_cast<std::uint64_t>(event.sequence));
        break;
      case EventKind::kFinished:
      case EventKind::kRejected:
      case EventKind::kCancelled:
        on_end(event, actions);
        break;
    }
  }
  void on_timer(const WorkloadEvent& event, Actions& actions) {
    if (event.token >= kResume) {
      const auto id = static_cast<SequenceId>(event.token - kResume);
      if (!paused_.contains(id)) return;  // cancelled meanwhile
      const std::int32_t input = draw(0, 10);
      const std::int32_t output = draw(1, 10);
      longest_[id] += input + output;
      if (longest_[id] > kLongest) return cancel(id, actions);
      paused_.erase(id);
      ++features_["extensions"];
      actions.extend(id, input, output, chance(0.3) ? draw(1, 5) : 0);
      return;
    }
    if (chance(0.5)) submit(actions);
    if (!alive_.empty() && chance(0.5)) cancel(any_alive(), actions);
    if (chance(0.3)) actions.wake_at(later(event.now), kSubmitOrCancel);
  }
  void on_first_token(const WorkloadEvent& event, Actions& actions) {
    // Between the event and its telling an earlier answer may have ended it.
    if (!alive_.contains(event.sequence) || !forkable_.contains(event.sequence)) return;
    for (int i = chance(0.4) ? draw(1, 3) : 0; i > 0 && sequences_ < kMostSequences; --i) {
      ++sequences_;
      ++features_["forks"];
      const SequenceRequest request = draw_request(6);
      const std::int32_t shared = draw(0, forkable_[event.sequence]);
      note(actions.fork(event.sequence, shared, request), shared + request.prompt_tokens, request);
    }
  }
  void on_end(const WorkloadEvent& event, Actions& actions) {
    alive_.erase(event.sequence);
    paused_.erase(event.sequence);
    if (event.kind == EventKind::kFinished && !alive_.empty() && chance(0.15))
      cancel(any_alive(), actions);
    if (chance(0.3)) submit(actions);
  }
  void cancel(SequenceId id, Actions& actions) {
    alive_.erase(id);
    paused_.erase(id);
    features_["cancellations"] += actions.cancel(id) ? 1 : 0;
  }

  static constexpr std::uint64_t kSubmitOrCancel = 0, kResume = 1000;
  RandomStream random_;
  std::int64_t tick_;
  FeatureCounts& features_;
  int sequences_ = 0;
  std::set<SequenceId> alive_, paused_;
  std::map<SequenceId, std::int32_t> longest_;   // tokens they may grow to
  std::map<SequenceId, std::int32_t> forkable_;  // and what they know at their first token
};

void check_diary(const RestlessWorkload& workload, const RunResult& result) {
  std::vector<int> first(result.outcomes.size()), ends(result.outcomes.size());
  for (const auto& event : workload.diary) {
    if (event.sequence == kNoParent) continue;
    const auto at = static_cast<std::size_t>(event.sequence);
    first[at] += event.kind == EventKind::kFirstToken ? 1 : 0;
    ends[at] += event.kind == EventKind::kFinished || event.kind == EventKind::kCancelled ||
                        event.kind == EventKind::kRejected
                    ? 1
                    : 0;
  }
  for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
    INFO("sequence " << i << ": " << describe(result.outcomes[i]));
    REQUIRE(result.outcomes[i].status != RequestStatus::kPending);
    REQUIRE(ends[i] == 1);
    REQUIRE(first[i] == (result.outcomes[i].first_token.value >= 0 ? 1 : 0));
  }
}

void check_scenario(std::uint64_t number, FeatureCounts& features) {
  INFO("scenario " << number);
  SmallRun scenario = random_scenario(number, features);
  scenario.table = {};
  scenario.max_model_len = 4 * kLongest;
  if (!scenario.serving.enable_chunked_prefill)
    scenario.serving.max_num_batched_tokens = 4 * kLongest;
  const std::int64_t groups = scenario.model.name == "small-hybrid" ? 3 : 1;
  scenario.kv_blocks = groups * ceil_div(kLongest, scenario.serving.block_size) *
                       (3 + static_cast<std::int64_t>(number % 4)) / 3;
  const std::int64_t tick =
      scenario.op_times != nullptr ? 1000 : 100000 + static_cast<std::int64_t>(number % 7) * 3001;

  const auto played = [&](bool fast, bool ask, FeatureCounts& counts, Diary& diary) {
    scenario.wrap_policy =
        [&](std::unique_ptr<BatchPolicy> policy) -> std::unique_ptr<BatchPolicy> {
      if (ask) return std::make_unique<AskedEveryTime>(std::move(policy));
      if (fast) return policy;
      return std::make_unique<Watched>(std::move(policy), scenario.serving);
    };
    RestlessWorkload workload(number, tick, counts);
    RunOptions options;
    options.fast_forward = fast;
    options.check_invariants = !fast;
    RunResult result = run(scenario, workload, options);
    check_diary(workload, result);
    diary.story = workload.story();
    for (const auto& event : workload.diary) diary.dates.push_back(event.now);
    return result;
  };
  FeatureCounts unused;
  Diary fast_diary, stepped_diary, asked_diary;
  const RunResult fast = played(true, false, features, fast_diary);
  const RunResult stepped = played(false, false, unused, stepped_diary);
  const RunResult asked = played(true, true, unused, asked_diary);
  REQUIRE(fast_diary.story == stepped_diary.story);
  REQUIRE(fast_diary.dates == stepped_diary.dates);
  REQUIRE(difference(fast, stepped) == "");
  REQUIRE(difference(fast, asked) == "");
  if (scenario.op_times == nullptr) REQUIRE(ledger_difference(fast, stepped) == "");

  features["scenarios"] += 1;
  features["fast-forwarded iterations"] += fast.fast_forwarded_iterations;
  std::int64_t preemptions = 0;
  for (const auto& out : fast.outcomes) preemptions += out.preemptions;
  features["scenarios with preemptions"] += preemptions > 0 ? 1 : 0;
}

TEST_CASE("random forks, pauses, extensions and cancels keep every invariant", "[invariants]") {
  FeatureCounts features;
  for (std::uint64_t number = 1; number <= 500; ++number) check_scenario(number, features);
  for (const auto& [name, n] : features) std::cout << name << ": " << n << '\n';
  for (const char* name : {"forks", "pauses", "extensions", "cancellations"})
    CHECK(features[name] >= 100);
  CHECK(10 * features["scenarios with preemptions"] >= features["scenarios"]);
}

}  // namespace
}  // namespace headroom::test
