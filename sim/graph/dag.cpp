#include "sim/graph/dag.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <limits>
#include <sstream>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

Graph to_graph(const Dag& dag) {
  Graph graph(dag.durations.size());
  for (const auto& [from, to] : dag.edges) {
    HEADROOM_CHECK(from < dag.durations.size() && to < dag.durations.size(),
                   "expected an edge between the ", dag.durations.size(), " nodes, got ", from,
                   " -> ", to);
    boost::add_edge(from, to, graph);
  }
  return graph;
}

// Collects nodes as they are left behind (the reverse of a topological order) and the first cycle
// on the way.
class OrderVisitor : public boost::default_dfs_visitor {
 public:
  OrderVisitor(TopologicalOrder& result, std::vector<DagNode>& parent)
      : result_(result), parent_(parent) {}

  void tree_edge(Graph::edge_descriptor edge, const Graph&) const {
    parent_[edge.m_target] = node(edge.m_source);
  }
  void back_edge(Graph::edge_descriptor edge, const Graph&) const {
    if (!result_.cycle.empty()) return;
    for (DagNode n = node(edge.m_source); n != edge.m_target; n = parent_[n])
      result_.cycle.push_back(n);
    result_.cycle.push_back(node(edge.m_target));
    std::ranges::reverse(result_.cycle);
  }
  void finish_vertex(Graph::vertex_descriptor vertex, const Graph&) const {
    result_.order.push_back(node(vertex));
  }

 private:
  static DagNode node(Graph::vertex_descriptor vertex) { return static_cast<DagNode>(vertex); }
  TopologicalOrder& result_;
  std::vector<DagNode>& parent_;
};

std::string to_text(const std::vector<DagNode>& cycle) {
  std::ostringstream out;
  for (const DagNode node : cycle) out << node << " -> ";
  out << cycle.front();
  return out.str();
}

}  // namespace

TopologicalOrder topological_order(const Dag& dag) {
  const Graph graph = to_graph(dag);
  TopologicalOrder result;
  std::vector<DagNode> parent(dag.durations.size());
  boost::depth_first_search(graph, boost::visitor(OrderVisitor(result, parent)));
  if (result.is_acyclic()) {
    std::ranges::reverse(result.order);
  } else {
    result.order.clear();
  }
  return result;
}

CriticalPath critical_path(const Dag& dag) {
  const TopologicalOrder sorted = topological_order(dag);
  HEADROOM_CHECK(sorted.is_acyclic(), "expected no cycle, got ", to_text(sorted.cycle));
  const std::size_t count = dag.durations.size();
  if (count == 0) return {};

  std::vector<std::vector<DagNode>> successors(count);
  for (const auto& [from, to] : dag.edges) successors[from].push_back(to);
  // Longest way from each node to the end, from the back, so that ties fall to the lowest number at
  // every step.
  std::vector<Duration> rest(count, Duration(0));
  std::vector<DagNode> next(count, std::numeric_limits<DagNode>::max());
  for (auto node = sorted.order.rbegin(); node != sorted.order.rend(); ++node) {
    for (const DagNode successor : successors[*node]) {
      if (next[*node] == std::numeric_limits<DagNode>::max() ||
          rest[successor] > rest[next[*node]] ||
          (rest[successor] == rest[next[*node]] && successor < next[*node]))
        next[*node] = successor;
    }
    const bool last = next[*node] == std::numeric_limits<DagNode>::max();
    const Duration after = last ? Duration(0) : rest[next[*node]];
    const Duration own = dag.durations[*node];
    HEADROOM_CHECK(
        own >= Duration(0) && own.value <= std::numeric_limits<std::int64_t>::max() - after.value,
        "expected a duration from 0 to what 2^63 ns leave, got ", own.value, " ns of node ", *node);
    rest[*node] = own + after;
  }

  CriticalPath path;
  const auto first = std::ranges::max_element(rest);  // the first of equals
  path.length = *first;
  for (auto node = static_cast<DagNode>(first - rest.begin());
       node != std::numeric_limits<DagNode>::max(); node = next[node])
    path.nodes.push_back(node);
  return path;
}

}  // namespace headroom
