// tests/support/scripted_workload.hpp -- a workload written as a function of events, which also
// keeps a diary of them.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/kernel.hpp"
#include "sim/serving/workload.hpp"

namespace headroom::test {

class ScriptedWorkload : public Workload {
 public:
  using Script = std::function<void(const WorkloadEvent&, Actions&)>;
  explicit ScriptedWorkload(Script script) : script_(std::move(script)) {}

  void on_event(const WorkloadEvent& event, Actions& actions) override {
    diary.push_back(event);
    script_(event, actions);
  }

  // Acts only when it is told something.
  TimePoint quiet_until() const override { return kNever; }

  // "start first:0 paused:0 finished:1": kinds and sequences in the order they were told.
  std::string story() const {
    static const char* const kNames[] = {"start",    "timer",    "first",    "paused",
                                         "finished", "rejected", "cancelled"};
    std::string text;
    for (const auto& event : diary) {
      if (!text.empty()) text += ' ';
      text += kNames[static_cast<std::size_t>(event.kind)];
      if (event.sequence == kNoParent) continue;
      text += ':';
      text += std::to_string(event.sequence);
    }
    return text;
  }

  std::vector<WorkloadEvent> diary;

 private:
  Script script_;
};

}  // namespace headroom::test
