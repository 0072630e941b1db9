#include "analysis/metrics/request_metrics.hpp"

#include <algorithm>
#include <cstddef>

#include "analysis/metrics/histogram_metrics.hpp"
#include "analysis/metrics/percentile.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

struct Window {
  double after_s, until_s;
  bool is_open;  // it ends with the run: what arrives after the last token is still in it
  bool holds(TimePoint date) const {
    const double s = to_seconds(date).value;
    return s >= after_s && (is_open || s <= until_s);
  }
};

double seconds_between(TimePoint from, TimePoint to) { return to_seconds(elapsed(from, to)).value; }

double ttft_of(const RequestOutcome& o) { return seconds_between(o.arrival, o.first_token); }
double ttft_queued_of(const RequestOutcome& o) { return seconds_between(o.queued, o.first_token); }
double e2e_of(const RequestOutcome& o) { return seconds_between(o.arrival, o.finish); }
double queueing_of(const RequestOutcome& o) { return seconds_between(o.arrival, o.scheduled); }
// Pre: more than one output token.
double tpot_of(const RequestOutcome& o) {
  return seconds_between(o.first_token, o.finish) / (o.output_tokens - 1);
}

bool meets(const Slo& slo, const RequestOutcome& o) {
  const auto within = [](const std::optional<Seconds>& threshold, double value) {
    return !threshold || value <= threshold->value;
  };
  return o.status == RequestStatus::kFinished && within(slo.ttft, ttft_of(o)) &&
         within(slo.e2e, e2e_of(o)) && (o.output_tokens < 2 || within(slo.tpot, tpot_of(o)));
}

void add_totals(RunMetrics& m, const RequestOutcome& o) {
  ++m.requests;
  m.preemptions += o.preemptions;
  if (o.status == RequestStatus::kRejected) ++m.rejected;
  if (o.status == RequestStatus::kCancelled) ++m.cancelled;
  if (o.status != RequestStatus::kFinished) return;
  HEADROOM_CHECK(o.arrival <= o.scheduled && o.scheduled <= o.first_token &&
                     o.first_token <= o.finish && o.output_tokens >= 1,
                 "a finished request has arrival <= scheduled <= first token <= finish, got ",
                 o.arrival.value, ", ", o.scheduled.value, ", ", o.first_token.value, ", ",
                 o.finish.value, " ns and ", o.output_tokens, " tokens");
  ++m.completed;
  m.prompt_tokens += o.prompt_tokens;
  m.output_tokens += o.output_tokens;
  m.cached_tokens += o.cached_tokens;
}

// Requests and tokens that finished in the window, requests that met their SLO.
struct WindowCounts {
  std::int64_t finished = 0, output_tokens = 0, total_tokens = 0;
  std::int64_t judged = 0;                               // has an SLO, whenever it arrived
  std::int64_t judged_in_window = 0, met_in_window = 0;  // by arrival
  std::int64_t good = 0;                                 // met its SLO, finished in the window
};

void count(WindowCounts& counts, const RequestOutcome& o, const Window& window,
           const std::optional<Slo>& slo) {
  const bool finished = o.status == RequestStatus::kFinished && window.holds(o.finish);
  if (finished) {
    ++counts.finished;
    counts.output_tokens += o.output_tokens;
    counts.total_tokens += o.prompt_tokens + o.output_tokens;
  }
  if (!slo || o.status == RequestStatus::kCancelled) return;
  const bool met = meets(*slo, o);
  ++counts.judged;
  if (finished && met) ++counts.good;
  if (!window.holds(o.arrival)) return;
  ++counts.judged_in_window;
  if (met) ++counts.met_in_window;
}

void set_rates(RunMetrics& m, const WindowCounts& counts) {
  const double length_s = m.measure_until_s - m.measure_after_s;
  if (counts.judged_in_window > 0)
    m.slo_attainment =
        static_cast<double>(counts.met_in_window) / static_cast<double>(counts.judged_in_window);
  if (counts.judged > 0) m.goodput_requests_per_s = 0;
  if (!(length_s > 0)) return;
  m.requests_per_s = static_cast<double>(counts.finished) / length_s;
  m.output_tokens_per_s = static_cast<double>(counts.output_tokens) / length_s;
  m.total_tokens_per_s = static_cast<double>(counts.total_tokens) / length_s;
  if (counts.judged > 0) m.goodput_requests_per_s = static_cast<double>(counts.good) / length_s;
}

// Collects one latency of the measured requests after the other, in the same buffer.
class Distributions {
 public:
  Distributions(std::span<const RequestOutcome> outcomes, const Window& window,
                std::int64_t measured)
      : outcomes_(outcomes), window_(window) {
    samples_.reserve(static_cast<std::size_t>(measured));
  }

  template <class Latency>
  std::optional<Distribution> of(Latency latency, int min_output_tokens = 1) {
    samples_.clear();
    for (const RequestOutcome& o : outcomes_)
      if (o.status == RequestStatus::kFinished && o.output_tokens >= min_output_tokens &&
          window_.holds(o.arrival))
        samples_.push_back(latency(o));
    return summarize(samples_);
  }

 private:
  std::span<const RequestOutcome> outcomes_;
  Window window_;
  std::vector<double> samples_;
};

}  // namespace

RunMetrics request_metrics(const MetricsInput& input) {
  RunMetrics m;
  m.makespan_s = to_seconds(input.makespan).value;
  m.measure_after_s = input.measure_after.value;
  m.measure_until_s = input.measure_until ? input.measure_until->value : m.makespan_s;
  const Window window{m.measure_after_s, m.measure_until_s, m.measure_until_s == m.makespan_s};
  static const std::optional<Slo> kNone;
  WindowCounts counts;
  for (const RequestOutcome& o : input.outcomes) {
    add_totals(m, o);
    const auto class_id = static_cast<std::size_t>(o.class_id);
    count(counts, o, window,
          class_id < input.slo_of_class.size() ? input.slo_of_class[class_id] : kNone);
    if (o.status == RequestStatus::kFinished && window.holds(o.arrival)) ++m.measured_requests;
  }
  set_rates(m, counts);
  Distributions distributions(input.outcomes, window, m.measured_requests);
  m.ttft_s = distributions.of(ttft_of);
  m.ttft_queued_s = distributions.of(ttft_queued_of);
  m.tpot_s = distributions.of(tpot_of, 2);
  m.e2e_s = distributions.of(e2e_of);
  m.queueing_s = distributions.of(queueing_of);
  if (input.itl != nullptr) m.itl_s = summarize(*input.itl);
  return m;
}

std::vector<std::optional<Slo>> slo_of_classes(std::span<const std::string> classes,
                                               const std::optional<Slo>& general,
                                               std::span<const ClassSlo> own) {
  std::vector<std::optional<Slo>> result(classes.size(), general);
  for (const ClassSlo& entry : own) {
    const auto found = std::find(classes.begin(), classes.end(), entry.request_class);
    if (found == classes.end()) {
      std::string known;
      for (const std::string& name : classes) known += (known.empty() ? "'" : ", '") + name + "'";
      throw ConfigError(entry.where, "'slo' names the request class '" + entry.request_class +
                                         "', which no request has; there is " + known);
    }
    result[static_cast<std::size_t>(found - classes.begin())] = entry.slo;
  }
  return result;
}

}  // namespace headroom
