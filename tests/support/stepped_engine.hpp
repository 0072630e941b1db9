// tests/support/stepped_engine.hpp -- the synchronous loop of an engine without any time: plan,
// schedule, emit, free. Sequences have one-letter names; a step says who got how many tokens. For
// scenarios worked out by hand.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "policies/batching/batch_policy.hpp"
#include "sim/base/random.hpp"
#include "sim/runtime/batch.hpp"
#include "sim/serving/kv_cache.hpp"

namespace headroom::test {

struct EngineOptions {
  std::int64_t block_size = 4;
  std::int64_t blocks = 100;  // the engine notes' N, the null block included: ids 1..N-1 are usable
  std::int64_t budget = 1024;
  std::int64_t max_num_seqs = 256;
  std::int64_t threshold = 0;
  bool chunked = true;
  bool caching = true;
  bool gate = false;
  double watermark = 0.0;
  FreeOrder free_order = FreeOrder::kUnhashedFirst;
  QueuePolicy policy = QueuePolicy::kFcfs;
  std::string scheduler = "vllm";
  double admission_rate = 0;
};

struct StepReport {
  std::string scheduled;  // "A:8 B:2", in slot order
  std::string preempted;  // "B", in order
  std::string emitted;    // "AB"
  std::string finished;
};

class SteppedEngine {
 public:
  explicit SteppedEngine(const EngineOptions& options, KvLayout layout = {})
      : options_(options),
        scheduler_(batch_policy_factory(config_of(options))()),
        kv_(one_group(options, std::move(layout)), options.blocks - 1,
            KvCacheOptions{.prefix_caching = options.caching,
                           .free_order = options.free_order,
                           .reserve_full_sequence = options.gate,
                           .watermark = options.watermark,
                           .recycling_bound = false,
                           .max_model_len = 1 << 20,
                           .max_tokens_in_flight = options.budget},
            PrefixIdentities{identities_, options.block_size}) {}
  SteppedEngine(const SteppedEngine&) = delete;

  // `ids`: identities of the prompt's blocks, one each; equal leading ids are an equal prefix.
  // None: nothing is shared.
  void add(char name, std::int32_t prompt, std::int32_t output, std::int16_t priority = 0,
           const std::vector<std::uint64_t>& ids = {}) {
    const SequenceIndex index = pool_.create();
    Sequence& s = pool_[index];
    s.id = next_id_++;
    s.author = mix_bits(static_cast<std::uint64_t>(s.id) + 77);
    s.arrival = TimePoint{s.id};
    s.prompt_tokens = s.known_tokens = prompt;
    s.max_output_tokens = output;
    s.priority = priority;
    s.hash_offset = next_identity_;
    s.hash_count = static_cast<std::uint32_t>(ids.size());
    s.identified_tokens = ids.empty() ? 0 : prompt;
    for (const auto id : ids) identities_[next_identity_++] = id;
    names_[index] = name;
    if (options_.policy == QueuePolicy::kFcfs) {
      pool_.wait_at_back(index);
    } else {
      pool_.wait_by_priority(index);
    }
  }

  StepReport step() {
    StepReport report;
    plan_.clear();
    BatchView view{TimePoint{step_++}, pool_, kv_};
    scheduler_->plan_iteration(view, plan_);
    for (const auto& slot : plan_.slots) {
      if (!report.scheduled.empty()) report.scheduled += ' ';
      report.scheduled += names_[slot.sequence];
      report.scheduled += ':';
      report.scheduled += std::to_string(slot.new_tokens);
    }
    for (const auto victim : plan_.preempted) report.preempted += names_[victim];
    batch_.clear();
    schedule_batch(plan_, pool_, spans_, batch_);
    kv_.check_invariants(pool_);
    for (const auto& row : batch_.rows)
      if (row.samples) emit(row.sequence, report);
    kv_.check_invariants(pool_);
    return report;
  }

  std::vector<BlockId> blocks(char name) { return find(name).block_tables.front(); }
  std::vector<BlockId> free_list() const { return kv_.pool().free_list(); }
  Sequence& find(char name) {
    for (const auto& [index, known] : names_)
      if (known == name && pool_[index].state != SequenceState::kFree) return pool_[index];
    throw std::logic_error("no living sequence of this name");
  }
  KvCache& kv() { return kv_; }
  SequencePool& pool() { return pool_; }
  const BatchPlan& plan() const { return plan_; }

 private:
  static constexpr std::size_t kMostIdentities = 256;

  static ServingConfig config_of(const EngineOptions& o) {
    ServingConfig config;
    config.scheduler = o.scheduler;
    config.admission_rate = o.admission_rate;
    config.max_num_seqs = o.max_num_seqs;
    config.max_num_batched_tokens = o.budget;
    config.long_prefill_token_threshold = o.threshold;
    config.enable_chunked_prefill = o.chunked;
    config.policy = o.policy;
    config.scheduler_reserve_full_isl = o.gate;
    config.watermark = o.watermark;
    config.enable_prefix_caching = o.caching;
    config.free_order = o.free_order;
    return config;
  }
  static KvLayout one_group(const EngineOptions& o, KvLayout layout) {
    layout.block_size = o.block_size;
    if (layout.groups.empty()) layout.groups = {{0, 0}};
    return layout;
  }
  void emit(SequenceIndex index, StepReport& report) {
    Sequence& s = pool_[index];
    --s.placeholders;
    ++s.known_tokens;
    s.first_token_emitted = true;
    report.emitted += names_[index];
    if (s.emitted() < s.max_output_tokens) return;
    report.finished += names_[index];
    const auto& running = pool_.running();
    for (std::size_t i = 0; i < running.size(); ++i)
      if (running[i] == index) {
        pool_.remove_running(i);
        break;
      }
    kv_.release(s);
    names_.erase(index);
    pool_.destroy(index);
  }

  EngineOptions options_;
  std::unique_ptr<BatchPolicy> scheduler_;
  std::vector<std::uint64_t> identities_ =
      std::vector<std::uint64_t>(kMostIdentities);  // never moves: the cache looks at it
  KvCache kv_;
  SequencePool pool_;
  BatchPlan plan_;
  Batch batch_;
  std::vector<AttentionSpan> spans_{{1, 0, 1}};
  std::map<SequenceIndex, char> names_;
  std::int64_t next_id_ = 0;
  std::int64_t step_ = 0;
  std::uint32_t next_identity_ = 0;
};

}  // namespace headroom::test
