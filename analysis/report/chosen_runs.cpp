#include "analysis/report/chosen_runs.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace headroom {
namespace {

struct Point {
  double latency = 0, throughput = 0;
  std::size_t run = 0;
};

std::optional<std::size_t> column_of(const ReportData& data, std::string_view name) {
  const auto found = std::find(data.fact_columns.begin(), data.fact_columns.end(), name);
  if (found == data.fact_columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - data.fact_columns.begin());
}

std::optional<double> finite_fact(const ReportRun& run, std::optional<std::size_t> column) {
  if (!column) return std::nullopt;
  const auto* value = std::get_if<double>(&run.facts[*column]);
  return value != nullptr && std::isfinite(*value) ? std::optional(*value) : std::nullopt;
}

// Runs that no other beats in both, from the lowest latency to the highest throughput.
std::vector<std::size_t> front_of(std::vector<Point> points) {
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    if (a.latency != b.latency) return a.latency < b.latency;
    if (a.throughput != b.throughput) return a.throughput > b.throughput;
    return a.run < b.run;
  });
  std::vector<std::size_t> front;
  double best = -1;
  for (const Point& point : points) {
    if (!(point.throughput > best)) continue;
    best = point.throughput;
    front.push_back(point.run);
  }
  return front;
}

// Both ends, the middle, the middles of the halves, and so on.
std::vector<std::size_t> spread(const std::vector<std::size_t>& list) {
  std::vector<std::size_t> order;
  if (list.empty()) return order;
  const auto add = [&](std::size_t item) {
    if (std::find(order.begin(), order.end(), item) == order.end()) order.push_back(item);
  };
  add(list.front());
  add(list.back());
  std::vector<std::pair<std::size_t, std::size_t>> gaps{{0, list.size() - 1}};
  for (std::size_t g = 0; g < gaps.size(); ++g) {
    const auto [first, last] = gaps[g];
    if (last - first < 2) continue;
    const std::size_t middle = first + (last - first) / 2;
    add(list[middle]);
    gaps.emplace_back(first, middle);
    gaps.emplace_back(middle, last);
  }
  return order;
}

}  // namespace

std::vector<std::size_t> chosen_runs(const ReportData& data, std::size_t most) {
  const auto status = column_of(data, "status");
  const auto latency = column_of(data, "ttft_p99_s");
  const auto throughput = column_of(data, "output_tokens_per_s");
  std::vector<std::size_t> finished;
  std::vector<Point> points;
  for (std::size_t r = 0; r < data.runs.size(); ++r) {
    const ReportRun& run = data.runs[r];
    if (!status || run.facts[*status] != Cell("finished")) continue;
    finished.push_back(r);
    const auto x = finite_fact(run, latency), y = finite_fact(run, throughput);
    if (x && y) points.push_back({*x, *y, r});
  }
  std::vector<std::size_t> chosen = spread(front_of(std::move(points)));
  for (const std::size_t r : finished) {
    if (chosen.size() >= most) break;
    if (std::find(chosen.begin(), chosen.end(), r) == chosen.end()) chosen.push_back(r);
  }
  if (chosen.size() > most) chosen.resize(most);
  return chosen;
}

}  // namespace headroom
