#include "analysis/timeline/request_spans.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace headroom {
namespace {

const std::vector<std::string> kClasses{"default"};

RequestOutcome finished(std::int64_t arrival, std::int64_t scheduled, std::int64_t first_token,
                        std::int64_t finish) {
  RequestOutcome outcome;
  outcome.arrival = TimePoint{arrival};
  outcome.scheduled = TimePoint{scheduled};
  outcome.first_token = TimePoint{first_token};
  outcome.finish = TimePoint{finish};
  outcome.status = RequestStatus::kFinished;
  return outcome;
}

// Phase and name of each event, with its time: "b queued 0".
std::vector<std::string> written(const RequestSpans& spans, std::int64_t request) {
  std::ostringstream out;
  TraceWriter trace(out);
  spans.write(request, {1, 1}, trace);
  trace.finish("{}");
  std::vector<std::string> events;
  std::istringstream lines(out.str());
  const auto field = [](const std::string& line, const std::string& name, char end) {
    const auto at = line.find("\"" + name + "\": ") + name.size() + 4;
    return line.substr(at, line.find(end, at) - at);
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"ph\"") == std::string::npos) continue;
    std::string time = field(line, "ts", ',');
    if (time.back() == '}') time.pop_back();
    std::string name = field(line, "name", ',');
    events.push_back(field(line, "ph", ',').substr(1, 1) + ' ' + name.substr(1, name.size() - 2) +
                     ' ' + time);
  }
  CHECK(static_cast<std::int64_t>(events.size()) == spans.events(request));
  return events;
}

TEST_CASE("a request is queued then in prefill then decodes with preemptions within",
          "[timeline]") {
  const std::vector outcomes{finished(0, 1'000, 3'000, 9'000)};
  const std::vector<PreemptionEntry> preemptions{{0, TimePoint{4'000}, TimePoint{6'000}}};
  CHECK(written(RequestSpans(outcomes, preemptions, kClasses), 0) ==
        std::vector<std::string>{"b request 0", "b queued 0", "e queued 1", "b prefill 1",
                                 "e prefill 3", "b decode 3", "b preempted 4", "e preempted 6",
                                 "e decode 9", "e request 9"});
}

TEST_CASE("phases that take no time are left out", "[timeline]") {
  // Scheduled on arrival, one output token; and one that was refused.
  auto refused = finished(5'000, -1, -1, -1);
  refused.status = RequestStatus::kRejected;
  const std::vector outcomes{finished(0, 0, 2'000, 2'000), refused};
  const RequestSpans spans(outcomes, {}, kClasses);
  CHECK(written(spans, 0) ==
        std::vector<std::string>{"b request 0", "b prefill 0", "e prefill 2", "e request 2"});
  CHECK(written(spans, 1) == std::vector<std::string>{"b request 5", "e request 5"});
}

TEST_CASE("a preemption that lasts ends with its request", "[timeline]") {
  auto cancelled = finished(0, 0, 2'000, 7'000);
  cancelled.status = RequestStatus::kCancelled;
  const std::vector outcomes{cancelled};
  const std::vector<PreemptionEntry> preemptions{{0, TimePoint{3'000}, TimePoint{-1}}};
  CHECK(written(RequestSpans(outcomes, preemptions, kClasses), 0) ==
        std::vector<std::string>{"b request 0", "b prefill 0", "e prefill 2", "b decode 2",
                                 "b preempted 3", "e preempted 7", "e decode 7", "e request 7"});
}

TEST_CASE("samples are every so manyth request of the window in order of arrival", "[timeline]") {
  std::vector<RequestOutcome> outcomes;
  for (std::int64_t i = 0; i < 6; ++i)
    outcomes.push_back(finished(i * 10, i * 10, i * 10 + 1, i * 10 + 5));
  const RequestSpans spans(outcomes, {}, kClasses);
  CHECK(spans.sample({}, 1).size() == 6);
  CHECK(spans.sample({}, 4) == std::vector<std::int64_t>{0, 4});
  // Requests 1 (10 to 15), 2 and 3 (30 to 35) overlap 12 to 31.
  CHECK(spans.sample({.max_events = 100, .from = TimePoint{12}, .until = TimePoint{31}}, 1) ==
        std::vector<std::int64_t>{1, 2, 3});
}

}  // namespace
}  // namespace headroom
