#include "tests/cli/trace_events.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace headroom::cli {
namespace {

using Json = nlohmann::json;
using Track = std::pair<std::int64_t, std::int64_t>;

const std::map<std::string, std::set<std::string>> kRequired{{"X", {"ts", "dur", "cat"}},
                                                             {"b", {"ts", "cat", "id"}},
                                                             {"e", {"ts", "cat", "id"}},
                                                             {"C", {"ts", "args"}},
                                                             {"M", {"args"}}};
const std::map<std::string, std::string> kMetadata{{"process_name", "name"},
                                                   {"thread_name", "name"},
                                                   {"process_labels", "labels"},
                                                   {"process_sort_index", "sort_index"},
                                                   {"thread_sort_index", "sort_index"}};

class TraceCheck {
 public:
  std::vector<std::string> run(const Json& trace) {
    if (!trace.is_object() || !trace.contains("traceEvents") || !trace["traceEvents"].is_array())
      return {"not the object format"};
    for (const Json& event : trace["traceEvents"]) check(event);
    check_slices();
    for (const auto& [key, open] : open_)
      if (!open.empty()) complain("async " + std::get<2>(key) + " is never ended");
    for (const auto& pid : pids_)
      if (process_names_[pid] != 1)
        complain("process " + std::to_string(pid) + " has not one name");
    return std::move(problems_);
  }

 private:
  void complain(const std::string& problem) {
    if (problems_.size() < 20) problems_.push_back(problem);
  }

  // As Perfetto reads microseconds.
  static std::int64_t nanoseconds(const Json& number) {
    return number.is_number_integer() ? number.get<std::int64_t>() * 1000
                                      : static_cast<std::int64_t>(number.get<double>() * 1000.0);
  }

  bool has_fields(const Json& event) {
    const std::string text = event.dump();
    for (const char* name : {"ph", "pid", "tid", "name"})
      if (!event.contains(name)) return complain(text + ": no " + name), false;
    const auto required = kRequired.find(event["ph"].get<std::string>());
    if (required == kRequired.end()) return complain(text + ": unknown phase"), false;
    std::set<std::string> allowed = required->second;
    allowed.insert({"ph", "pid", "tid", "name", "args"});
    for (const auto& field : required->second)
      if (!event.contains(field)) return complain(text + ": no " + field), false;
    for (const auto& [field, value] : event.items())
      if (allowed.count(field) == 0) return complain(text + ": has " + field), false;
    for (const char* name : {"pid", "tid"})
      if (!event[name].is_number_integer() || event[name].get<std::int64_t>() < 1)
        return complain(text + ": " + name), false;
    for (const char* name : {"ts", "dur"})
      if (event.contains(name) && (!event[name].is_number() || event[name].get<double>() < 0))
        return complain(text + ": " + name), false;
    if (event.contains("id") && !event["id"].is_string()) return complain(text + ": id"), false;
    if (event.contains("args") && !event["args"].is_object())
      return complain(text + ": args"), false;
    return true;
  }

  void check(const Json& event) {
    if (!event.is_object()) return complain("an event is no object");
    if (!has_fields(event)) return;
    const auto pid = event["pid"].get<std::int64_t>(), tid = event["tid"].get<std::int64_t>();
    pids_.insert(pid);
    if (pid_of_tid_.emplace(tid, pid).first->second != pid)
      complain("thread " + std::to_string(tid) + " is of two processes");
    switch (event["ph"].get<std::string>()[0]) {
      case 'X':
        slices_[{pid, tid}].emplace_back(nanoseconds(event["ts"]),
                                         nanoseconds(event["ts"]) + nanoseconds(event["dur"]));
        break;
      case 'C':
        check_counter(event, pid);
        break;
      case 'M':
        check_metadata(event, pid, tid);
        break;
      default:
        check_async(event, pid);
    }
  }

  void check_counter(const Json& event, std::int64_t pid) {
    if (event["args"].empty()) complain(event.dump() + ": no value");
    for (const auto& [name, value] : event["args"].items())
      if (!value.is_number() || !std::isfinite(value.get<double>()))
        complain(event.dump() + ": no number");
    in_order(std::to_string(pid) + " counter " + event["name"].get<std::string>(), event);
  }

  void in_order(const std::string& what, const Json& event) {
    std::int64_t& last = last_[what];
    const std::int64_t now = nanoseconds(event["ts"]);
    if (now < last) complain(what + " goes back in time");
    last = now;
  }

  void check_metadata(const Json& event, std::int64_t pid, std::int64_t tid) {
    const auto known = kMetadata.find(event["name"].get<std::string>());
    if (known == kMetadata.end() || !event["args"].contains(known->second))
      return complain(event.dump() + ": metadata");
    if (known->first == "process_name") ++process_names_[pid];
    if (known->first == "thread_name") ++thread_names_[{pid, tid}];
  }

  void check_async(const Json& event, std::int64_t pid) {
    const auto id = event["id"].get<std::string>();
    auto& open = open_[{pid, event["cat"].get<std::string>(), id}];
    const auto name = event["name"].get<std::string>();
    if (event["ph"] == "b") {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      complain(event.dump() + ": ends what is not open");
    } else {
      open.pop_back();
    }
    in_order(std::to_string(pid) + " async " + id, event);
  }

  void check_slices() {
    for (auto& [track, slices] : slices_) {
      const std::string name = "track " + std::to_string(track.second);
      if (thread_names_[track] != 1) complain(name + " has not one name");
      std::stable_sort(slices.begin(), slices.end(), [](const auto& a, const auto& b) {
        return a.first < b.first || (a.first == b.first && a.second > b.second);
      });
      std::vector<std::int64_t> ends;
      for (const auto& [start, end] : slices) {
        while (!ends.empty() && ends.back() <= start) ends.pop_back();
        if (!ends.empty() && end > ends.back())
          return complain(name + ": slices overlap at " + std::to_string(start) + " ns");
        ends.push_back(end);
      }
    }
  }

  std::vector<std::string> problems_;
  std::set<std::int64_t> pids_;
  std::map<std::int64_t, std::int64_t> pid_of_tid_, process_names_;
  std::map<Track, int> thread_names_;
  std::map<Track, std::vector<std::pair<std::int64_t, std::int64_t>>> slices_;
  std::map<std::tuple<std::int64_t, std::string, std::string>, std::vector<std::string>> open_;
  std::map<std::string, std::int64_t> last_;
};

}  // namespace

std::vector<std::string> problems_of_trace(const nlohmann::json& trace) {
  return TraceCheck().run(trace);
}

}  // namespace headroom::cli
