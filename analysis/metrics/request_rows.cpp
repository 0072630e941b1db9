#include "analysis/metrics/request_rows.hpp"

#include <cstddef>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::optional<double> date_s(TimePoint date) {
  return date >= TimePoint(0) ? std::optional(to_seconds(date).value) : std::nullopt;
}

std::optional<double> value_s(const std::optional<Seconds>& threshold) {
  return threshold ? std::optional(threshold->value) : std::nullopt;
}

}  // namespace

RequestRow request_row(std::int64_t request_id, const RequestOutcome& o,
                       std::span<const std::string> classes) {
  const auto class_id = static_cast<std::size_t>(o.class_id);
  HEADROOM_CHECK(class_id < classes.size(), "class id below ", classes.size(), ", got ",
                 o.class_id);
  RequestRow row;
  row.request_id = request_id;
  row.request_class = classes[class_id];
  row.arrival_s = to_seconds(o.arrival).value;
  // A request that the engine never saw keeps the initial 0, which may lie before its arrival.
  if (o.queued >= o.arrival) row.queued_s = to_seconds(o.queued).value;
  row.scheduled_s = date_s(o.scheduled);
  row.first_token_s = date_s(o.first_token);
  row.finish_s = date_s(o.finish);
  row.prompt_tokens = o.prompt_tokens;
  row.output_tokens = o.output_tokens;
  row.cached_tokens = o.cached_tokens;
  row.preemptions = o.preemptions;
  row.replica = o.replica;
  row.status = name_of(o.status);
  row.reason = name_of(o.reason);
  if (o.parent_id >= 0) row.parent_id = o.parent_id;
  return row;
}

std::vector<SloRow> slo_rows(std::span<const std::string> classes,
                             std::span<const std::optional<Slo>> slo_of_class) {
  std::vector<SloRow> rows;
  for (std::size_t i = 0; i < classes.size() && i < slo_of_class.size(); ++i)
    if (const auto& slo = slo_of_class[i])
      rows.push_back({classes[i], value_s(slo->ttft), value_s(slo->tpot), value_s(slo->e2e)});
  return rows;
}

}  // namespace headroom
