// policies/execution/expert_offload_choice.hpp -- which experts each layer of a pass needs, which
// of them are there, and what is moved from where and when: routing, caches, predictor and bit
// widths of expert_offload, in counts and bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/execution/execution_config.hpp"
#include "policies/execution/execution_system.hpp"
#include "policies/expert_cache/expert_cache.hpp"
#include "policies/expert_cache/offline_optimal.hpp"
#include "sim/base/random.hpp"
#include "workloads/routing/expert_router.hpp"
#include "workloads/routing/upcoming_use.hpp"

namespace headroom {

// Arithmetic, and what has to be moved before it can start.
struct ExpertWork {
  double visits = 0;        // (token, expert) pairs
  double weight_bytes = 0;  // of the experts, in the memory they are computed from
  double from_dram = 0;     // bytes moved
  double from_ssd = 0;
  ExpertWork& operator+=(const ExpertWork& other);
};

struct LayerChoice {
  ExpertWork resident;              // in the cache: nothing is moved
  ExpertWork prefetched;            // named by the predictor; wrong names are moved too
  std::vector<ExpertWork> fetched;  // on demand, in queue order: an expert or a bit plane each
  ExpertWork on_cpu;                // compute: cpu; nothing is moved
  void clear();
};

// One nested plane of the weights of an expert; without bit widths the expert as a whole.
struct ExpertPlane {
  double moved_bytes = 0;  // in its home and on links
  double hbm_bytes = 0;    // in HBM
  double token_share = 1;  // of visits that need the planes up to this one and no more
};

class ExpertChooser {
 public:
  // Pre: the configuration is valid. `dram_fraction`: of all experts, what DRAM holds before an SSD
  // home.
  ExpertChooser(const ExpertOffloadConfig& config, double dram_fraction,
                std::unique_ptr<ExpertRouter> router, std::vector<ExpertPlane> planes,
                std::uint64_t seed);

  // A pass, and then its layers with experts in order. `can_prefetch`: prefetch_lead layers before
  // there was a layer of this pass.
  void begin_pass(std::int64_t tokens);
  void choose(std::int64_t moe_layer, bool can_prefetch, LayerChoice& out);

  std::vector<CacheCounts> cache_counts() const;

 private:
  struct Needed {
    std::int32_t expert = 0;
    std::int32_t tokens = 0;
    std::size_t planes = 0;    // needed
    std::size_t resident = 0;  // of all planes, those that are there
    bool named = false;        // by the predictor
  };
  struct Level {
    std::string name;
    std::int64_t capacity = 0;
    std::unique_ptr<ExpertCache> cache;
    UseHistory history;
    std::int64_t accesses = 0, hits = 0;
    double bytes_in = 0;
    bool access(ExpertKey key, UseTime next_use);
  };

  std::int64_t keys() const;
  ExpertKey key_of(std::int64_t layer, std::int32_t expert) const;
  std::int64_t capacity_of(double fraction) const;
  std::unique_ptr<ExpertCache> make_cache(std::int64_t capacity);
  void look_up(std::int64_t layer);
  void use_cache(std::int64_t layer, Needed& needed);
  std::size_t draw_planes(std::int32_t tokens);
  void name_experts(std::int64_t layer, LayerChoice& out);
  void place(ExpertKey key, const Needed& needed, LayerChoice& out);
  bool is_in_dram(ExpertKey key);
  void move(bool in_dram, double bytes, ExpertWork& work);

  ExpertOffloadConfig config_;
  std::unique_ptr<ExpertRouter> router_;
  std::vector<ExpertPlane> planes_;
  std::unique_ptr<UpcomingUse> upcoming_;  // for the optimal cache only
  Level hbm_;
  std::optional<Level> dram_;  // home: ssd
  RandomStream predictor_, widths_;
  std::vector<std::size_t> planes_held_;  // by key; of residents
  std::uint64_t first_token_ = 0, next_token_ = 0;
  std::vector<ExpertLoad> loads_;
  std::vector<Needed> needed_;
  std::vector<std::uint8_t> taken_;  // by expert of the layer: needed, or named wrongly
};

}  // namespace headroom
