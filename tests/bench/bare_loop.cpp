#include "tests/bench/bare_loop.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>

namespace headroom::bench {
namespace {

class BareLoop {
 public:
  BareLoop(const RequestTable& table, const BareLimits& limits, const BareCosts& costs)
      : requests_(table.requests), limits_(limits), costs_(costs), free_blocks_(limits.blocks) {
    result_.first_token_ns.assign(requests_.size(), -1);
    result_.finish_ns.assign(requests_.size(), -1);
    emitted_.assign(requests_.size(), 0);
  }

  BareResult run() {
    for (;;) {
      while (next_ < requests_.size() && requests_[next_].arrival.value <= now_) enqueue(next_++);
      if (id_.empty() && waiting_.empty()) {
        if (next_ == requests_.size()) break;
        now_ = requests_[next_].arrival.value;
        continue;
      }
      if (prefilling_ == 0 && waiting_.empty()) {
        step_decodes();
      } else {
        step_mixed();
      }
    }
    result_.makespan_ns = now_;
    return std::move(result_);
  }

 private:
  void enqueue(std::size_t request) {
    const auto& wanted = requests_[request];
    if (ceil_div(wanted.prompt_tokens + wanted.output_tokens, limits_.block_tokens) >
        limits_.blocks) {
      ++result_.rejected;
    } else {
      waiting_.push_back(request);
    }
  }

  void advance(double tokens, double pairs, double contexts) {
    const double arithmetic =
        tokens * costs_.seconds_per_token + pairs * costs_.seconds_per_attention_pair;
    const double memory =
        costs_.seconds_per_weight_pass + contexts * costs_.seconds_per_context_token;
    now_ += std::llround(std::max(arithmetic, memory) * 1e9);
    ++result_.iterations;
  }

  // Nearly all iterations: every sequence gets one token, and the loop over them has no branch to
  // mispredict.
  void step_decodes() {
    const std::size_t n = id_.size();
    std::int64_t new_blocks = 0, contexts = 0, ended = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const std::int32_t context = context_[i];
      contexts += context;
      new_blocks += (context & (static_cast<std::int32_t>(limits_.block_tokens) - 1)) == 0;
      ended += context + 1 == end_[i];
    }
    if (new_blocks > free_blocks_) return step_mixed();
    free_blocks_ -= new_blocks;
    for (std::size_t i = 0; i < n; ++i) ++context_[i];
    const auto sequences = static_cast<double>(n);
    advance(sequences, static_cast<double>(contexts) + sequences, static_cast<double>(contexts));
    if (ended > 0) retire();
  }

  std::int64_t blocks_of(std::int32_t tokens) const {
    return ceil_div(tokens, limits_.block_tokens);
  }

  // Makes room for `fresh` tokens of sequence i, preempting from the back; false when i itself had
  // to go.
  bool allocate(std::size_t i, std::int32_t fresh) {
    const std::int64_t needed = blocks_of(context_[i] + fresh) - blocks_of(context_[i]);
    while (needed > free_blocks_) {
      const std::size_t victim = id_.size() - 1;
      preempt(victim);
      if (victim == i) return false;
    }
    free_blocks_ -= needed;
    return true;
  }

  void preempt(std::size_t i) {
    free_blocks_ += blocks_of(context_[i]);
    prefilling_ -= context_[i] < known_[i];
    waiting_.push_front(id_[i]);
    ++result_.preemptions;
    erase(i);
  }

  void step_mixed() {
    std::int64_t budget = limits_.token_budget;
    double tokens = 0, pairs = 0, contexts = 0;
    const auto schedule = [&](std::size_t i) {
      const auto fresh =
          static_cast<std::int32_t>(std::min<std::int64_t>(known_[i] - context_[i], budget));
      if (fresh == 0 || !allocate(i, fresh)) return;
      fresh_[i] = fresh;
      budget -= fresh;
      tokens += fresh;
      pairs +=
          static_cast<double>(fresh) * context_[i] + 0.5 * static_cast<double>(fresh) * (fresh + 1);
      contexts += context_[i];
    };
    // A sequence that decodes knows one token more than it has computed: the one it sampled last.
    const auto preemptions = result_.preemptions;
    for (std::size_t i = 0; i < id_.size(); ++i) {
      fresh_[i] = 0;
      known_[i] = std::max(known_[i], context_[i] + 1);
      if (budget > 0) schedule(i);
    }
    while (!waiting_.empty() && budget > 0 && id_.size() < limits_.max_sequences &&
           result_.preemptions == preemptions) {
      const std::size_t request = waiting_.front();
      const std::int32_t known = requests_[request].prompt_tokens + emitted_[request];
      // The whole known sequence has to fit, as the engine's admission gate demands.
      if (blocks_of(known) > free_blocks_) break;
      waiting_.pop_front();
      admit(request, known);
      schedule(id_.size() - 1);
    }
    for (std::size_t i = 0; i < id_.size(); ++i) context_[i] += fresh_[i];
    advance(tokens, pairs, contexts);
    retire();
  }

  void admit(std::size_t request, std::int32_t known) {
    id_.push_back(request);
    context_.push_back(0);
    known_.push_back(known);
    end_.push_back(requests_[request].prompt_tokens + requests_[request].output_tokens - 1);
    fresh_.push_back(0);
    ++prefilling_;
  }

  // A sequence whose known tokens are all computed has sampled one at the end of this iteration.
  void retire() {
    std::size_t kept = 0;
    prefilling_ = 0;
    for (std::size_t i = 0; i < id_.size(); ++i) {
      const std::size_t request = id_[i];
      if (context_[i] >= known_[i]) {
        emitted_[request] = context_[i] + 1 - requests_[request].prompt_tokens;
        if (result_.first_token_ns[request] < 0) result_.first_token_ns[request] = now_;
      } else {
        ++prefilling_;
      }
      if (context_[i] == end_[i]) {
        result_.finish_ns[request] = now_;
        free_blocks_ += blocks_of(context_[i]);
      } else {
        move(i, kept++);
      }
    }
    resize(kept);
  }

  void move(std::size_t from, std::size_t to) {
    id_[to] = id_[from];
    context_[to] = context_[from];
    known_[to] = known_[from];
    end_[to] = end_[from];
    fresh_[to] = fresh_[from];
  }
  void resize(std::size_t n) {
    id_.resize(n);
    context_.resize(n);
    known_.resize(n);
    end_.resize(n);
    fresh_.resize(n);
  }
  // Only ever the last one.
  void erase(std::size_t i) {
    emitted_[id_[i]] =
        std::max(emitted_[id_[i]], context_[i] + 1 - requests_[id_[i]].prompt_tokens);
    resize(i);
  }

  const std::vector<Request>& requests_;
  BareLimits limits_;
  BareCosts costs_;
  BareResult result_;
  std::int64_t now_ = 0, free_blocks_ = 0;
  std::size_t next_ = 0;
  std::int64_t prefilling_ = 0;
  std::deque<std::size_t> waiting_;
  std::vector<std::int32_t>
      emitted_;  // by request: tokens sampled, which a preempted sequence computes again
  // The running sequences, a column each.
  std::vector<std::size_t> id_;
  std::vector<std::int32_t> context_, known_, end_, fresh_;
};

}  // namespace

BareResult run_bare_loop(const RequestTable& table, const BareLimits& limits,
                         const BareCosts& costs) {
  return BareLoop(table, limits, costs).run();
}

}  // namespace headroom::bench
