// workloads/routing/expert_router.hpp -- which experts the tokens of a pass choose, layer by layer.
//
// Tokens are numbered through the whole run, and what a token chooses in a layer is a function of
// its number: however tokens are batched they choose alike, and an offline-optimal cache can look
// ahead. Only passes of more than kSingleTokens tokens are drawn as a whole (drawn routers),
// because nothing but the totals matters there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace headroom {

// Layers with experts (numbered from 0, dense layers left out), experts in each, and how many of
// them every token visits.
struct RoutingShape {
  std::int64_t layers = 0;
  std::int64_t experts = 0;
  std::int64_t experts_per_token = 0;
};

struct ExpertLoad {
  std::int32_t expert = 0;
  std::int32_t tokens = 0;
  bool operator==(const ExpertLoad&) const = default;
};

// Up to here the choices of a pass are those of its tokens one by one.
inline constexpr std::int64_t kSingleTokens = 256;

class ExpertRouter {
 public:
  // Pre: 0 < experts_per_token <= experts, layers > 0.
  explicit ExpertRouter(const RoutingShape& shape);
  virtual ~ExpertRouter() = default;

  const RoutingShape& shape() const { return shape_; }

  // The distinct experts of one token in one layer, in no particular order. Pre: `experts` has
  // experts_per_token places.
  virtual void experts_of(std::uint64_t token, std::int64_t layer,
                          std::span<std::int32_t> experts) const = 0;

  // Tokens per expert of tokens [first_token, first_token + tokens): the experts with any, in
  // ascending order. The loads sum to tokens * experts_per_token, none is above `tokens`.
  void route(std::uint64_t first_token, std::int64_t tokens, std::int64_t layer,
             std::vector<ExpertLoad>& loads);

  // Probability that a token visits each expert of a layer; they sum to experts_per_token. What a
  // profiling pass would find: the static hot set is chosen by it.
  virtual std::vector<double> visit_probabilities(std::int64_t layer) const = 0;

 protected:
  // Adds the choices of many tokens to `counts` (by expert, all 0).
  virtual void count_many(std::uint64_t first_token, std::int64_t tokens, std::int64_t layer,
                          std::span<std::int32_t> counts);
  void count_singly(std::uint64_t first_token, std::int64_t tokens, std::int64_t layer,
                    std::span<std::int32_t> counts);

 private:
  RoutingShape shape_;
  std::vector<std::int32_t> counts_, chosen_;
};

// Drawn experts. A token draws its experts one after the other without replacement, rank r with
// weight r^-zipf_exponent (0: uniform); which expert holds which rank is a random permutation per
// layer. With probability `affinity` it does not draw in a layer but takes the experts that hold
// the ranks of its experts of the layer before: "the experts next to those", so that knowing one
// layer tells the next one that often. Popularities do not depend on the affinity.
//
// Passes above kSingleTokens: the loads are multinomial with the visit probabilities, none above
// the number of tokens; layers are independent. Visit probabilities are Rosen's approximation of
// successive sampling (J. Statist. Plann. Inference 62, 1997): 1 - exp(-w t), with t such that they
// sum to k. Pre: zipf_exponent >= 0, 0 <= affinity <= 1.
struct DrawnRouting {
  double zipf_exponent = 0;
  double affinity = 0;
  std::uint64_t seed = 1;
};
std::unique_ptr<ExpertRouter> make_drawn_router(const RoutingShape& shape,
                                                const DrawnRouting& routing);

// Replays a recorded trace: a CSV file (or .gz) whose header has the columns `layer` and `topk_ids`
// (expert ids between blanks); other columns are not read. Rows of a layer are the tokens in order;
// after the last comes the first again. Model layer i takes the logged layer i mod (logged layers).
// A logged layer that stands for several starts at evenly spaced rows for them: each sees the real
// sequence with its skew and reuse, and they do not hit and miss in step. (Permuting expert ids per
// layer instead would change nothing that a cache can see.) Throws ConfigError: at `asked_at` when
// the file cannot be read; at shown_as:line:column for rows that are broken (no numbers, an id
// twice), the first ten at once, and for the first row that does not fit the model (number of ids,
// ids too large): the others of that trace will not either.
struct TraceRouting {
  std::string path;
  std::string shown_as{};     // in messages; empty: the path
  SourcePosition asked_at{};  // what names the file
};
std::unique_ptr<ExpertRouter> make_trace_router(const RoutingShape& shape,
                                                const TraceRouting& trace);

}  // namespace headroom
