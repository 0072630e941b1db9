#include "analysis/search/uncontended_system.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace headroom {

UncontendedSystem::UncontendedSystem(std::unique_ptr<ExecutionSystem> system)
    : system_(std::move(system)), graph_(system_->graph()) {
  // Parts of one operation run side by side as well.
  using User = std::tuple<StreamIndex, std::size_t, GraphLinkIndex>;
  std::map<User, GraphLinkIndex> copies;
  graph_.links.clear();
  for (auto& slot : graph_.slots)
    for (std::size_t part = 0; part < slot.parts.size(); ++part)
      for (GraphLinkIndex& link : slot.parts[part]) {
        const auto next = static_cast<GraphLinkIndex>(graph_.links.size());
        const auto [found, added] = copies.try_emplace(User{slot.stream, part, link}, next);
        if (added) {
          const GraphLink& real = system_->graph().links[link];
          graph_.links.push_back({real.name + "/" + std::to_string(next), real.bandwidth});
          copy_of_.push_back(link);
        }
        link = found->second;
      }
  carried_.resize(system_->graph().links.size());
}

Seconds UncontendedSystem::busiest_link(const PassResult& pass) {
  std::fill(carried_.begin(), carried_.end(), 0.0);
  for (std::size_t copy = 0; copy < copy_of_.size(); ++copy)
    carried_[copy_of_[copy]] += pass.link_bytes[copy];
  Seconds longest{0};
  for (std::size_t link = 0; link < carried_.size(); ++link)
    longest = std::max(longest, Bytes{carried_[link]} / system_->graph().links[link].bandwidth);
  return longest;
}

}  // namespace headroom
