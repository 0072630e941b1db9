// policies/execution/expert_offload.hpp -- a mixture of experts for interactive use on one GPU that
// does not hold all experts: attention, router, shared experts and dense layers are on the GPU, an
// expert cache in HBM holds `cached_fraction` of all routed experts, and the rest live at `home`.
//
// Per layer the router names the experts the tokens need. What the cache lacks is
// - fetched over PCIe and computed on the GPU (`compute: gpu`), or
// - computed by the CPU beside what the GPU does with the others (`compute: cpu`; KTransformers,
// SOSP
//   2025): expert bytes out of DRAM and 2 FLOP per parameter and visit on the cores, split evenly
//   over the sockets. The cache is then a fixed hot set, because nothing is ever fetched.
//
// Home. `dram`: one flow DRAM -> PCIe. `ssd`: SSD -> DRAM -> PCIe, with DRAM as an LRU cache of
// placement.weights.dram of all experts when placement.weights.ssd is above 0 (else DRAM holds
// none).
//
// Prefetch (ExpertFlow, arXiv 2410.17954): as soon as layer i has attended, a predictor names the
// experts of layer i + prefetch_lead: as many as that layer will need, each needed one among them
// with probability `prefetch_recall`, the other names being wrong. Named experts that are not
// cached are fetched then, wrong ones too: they cost bytes and are dropped. The first
// prefetch_lead layers of a pass have nobody to name theirs. A recall of 0 is no predictor at all.
//
// Bit widths (D2MoE, arXiv 2504.15299): expert_bits are nested, so an expert at width i is the
// plane of expert_bits[0] and the increments up to i. Each token needs a width, drawn by
// expert_bit_shares; an expert's planes up to the widest that one of its tokens needs are fetched,
// and later only those it lacks. Bytes are elements * bits / 8 without scales. A cached expert has
// room for its widest form.
//
// Order of fetches. They go over one queue in kFetchGroups groups, and the experts of a group are
// computed when it has arrived, while the next is on its way. By expert id, or with `hottest_first`
// the expert with most tokens first and its narrow planes before its wide ones (D2MoE's
// hottest-expert-bit-first), so that most of the arithmetic hides behind the loads still to come.
//
// KV cache. In HBM, or by placement.kv_cache.dram and .ssd outside: that part of a layer's KV is
// restored over PCIe in every pass, up to two layers ahead of its attention on the GPU, and new KV
// is written back.
//
// With `overlap: false` a layer's transfers and its CPU work come between its attention and its
// experts on the GPU, and its KV before its attention, one after the other.
//
// Left out: HBM bandwidth taken by arriving weights (2 % of it), evictions (weights are not written
// back), the predictor's own arithmetic.
#pragma once

#include <memory>

#include "policies/execution/execution_system.hpp"

namespace headroom {

inline constexpr std::size_t kFetchGroups = 4;

// Throws UserError: a model without experts, more than one GPU, weights placed against `home` or
// cached_fraction, shares that do not match the bits, a recall, share or fraction outside [0, 1],
// an SSD home without an SSD; with compute: cpu an SSD home, a predictor, or a cache that would
// have to fetch. ConfigError: the routing trace.
std::unique_ptr<ExecutionSystem> make_expert_offload(const ExecutionConfig& config,
                                                     const SystemContext& context);

}  // namespace headroom
