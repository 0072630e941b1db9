// kill -9 at any moment loses nothing that was recorded and doubles nothing: the same command
// completes the sweep, and no table tells that it was ever interrupted.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "tests/sweep/results_file.hpp"
#include "tests/sweep/small_sweep.hpp"

namespace headroom::test {
namespace {

using cli::Folder;
using cli::Outcome;
using Clock = std::chrono::steady_clock;

void remove_results(const Folder& folder, const std::string& name) {
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(folder.path(name + end));
}

// Goes on with what a kill has left, after a look at it.
void check_resumed(const Folder& folder, const std::string& name, int jobs, const Rows& wanted) {
  if (std::filesystem::exists(folder.path(name))) CHECK(integrity_of(folder.path(name)) == "ok");
  const Outcome resumed = folder.headroom(sweep_arguments(name, jobs));
  INFO(resumed.err);
  REQUIRE(resumed.exit_code == 0);
  CHECK(integrity_of(folder.path(name)) == "ok");
  CHECK((all_tables(folder.path(name)) == wanted));
}

TEST_CASE("fifty kills of the whole process group at random moments leave no trace", "[sweep]") {
  constexpr int kKills = 50;
  constexpr int kJobs = 2;
  Folder folder;
  write_small_sweep(folder, 10);  // 40 points
  const auto start = Clock::now();
  REQUIRE(folder.headroom(sweep_arguments("whole.sqlite", kJobs)).exit_code == 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
  const Rows wanted = all_tables(folder.path("whole.sqlite"));
  std::mt19937 random(4);
  std::map<std::string, int> seen;
  for (int kill_number = 0; kill_number < kKills; ++kill_number) {
    remove_results(folder, "r.sqlite");
    const auto moment = std::chrono::microseconds(random() % static_cast<unsigned>(whole.count()));
    // setsid: its process group is its own.
    const Outcome killed = folder.run(sweep_command({"setsid"}, "r.sqlite", kJobs), [&](int group) {
      std::this_thread::sleep_for(moment);
      while (::kill(-group, SIGKILL) != 0 && ::kill(group, 0) == 0) ::usleep(100);
    });
    CHECK((killed.exit_code == 128 + SIGKILL || killed.exit_code == 0));
    const auto file = folder.path("r.sqlite");
    long runs = 0;
    try {
      runs = std::filesystem::exists(file) ? count_of(file, "run") : 0;
    } catch (const std::runtime_error&) {  // no tables yet
    }
    ++seen[runs == 0 ? "none" : runs < 40 ? "some" : "all"];
    check_resumed(folder, "r.sqlite", kJobs, wanted);
  }
  std::cout << kKills << " kills of the process group, with no run recorded: " << seen["none"]
            << ", some: " << seen["some"] << ", all: " << seen["all"] << '\n';
}

// The system calls that change a file, a socket or a name, as strace writes them.
const std::vector<std::string>& writing_calls() {
  static const std::vector<std::string> calls{"write",     "pwrite64",  "fsync",
                                              "fdatasync", "ftruncate", "unlink"};
  return calls;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

bool may_trace(const Folder& folder) {
  const Outcome traced = folder.run({"strace", "-o", "probe.log", "-e", "trace=write", "true"});
  if (traced.exit_code == 0) return true;
  WARN("SKIPPED: strace cannot trace here (" << traced.err
                                             << "): no kill at each write system call");
  return false;
}

// How often the process that writes the results makes each of these calls.
std::map<std::string, int> count_calls(const std::string& log) {
  std::map<std::string, int> counts;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);)
    for (const auto& call : writing_calls())
      if (line.starts_with(call + '(')) ++counts[call];
  return counts;
}

// strace does not follow forks: it sees the process that writes, and no other.
std::vector<std::string> traced(const std::string& log, const std::vector<std::string>& more) {
  std::vector<std::string> prefix{"strace", "-o", log, "-e", "trace=" + joined(writing_calls())};
  prefix.insert(prefix.end(), more.begin(), more.end());
  return sweep_command(prefix, "r.sqlite");
}

// Every quarter of the calls is a test of its own, so that they run side by side.
void kill_at_each_call(int part) {
  constexpr int kParts = 4;
  Folder folder;
  if (!may_trace(folder)) return;
  write_small_sweep(folder);
  REQUIRE(folder.run(traced("whole.log", {})).exit_code == 0);
  const Rows wanted = all_tables(folder.path("r.sqlite"));
  const auto counts = count_calls(folder.read("whole.log"));
  int hit = 0, planned = 0, all = 0;
  for (const auto& [call, count] : counts) {
    all += count;
    for (int n = part; n <= count; n += kParts) {
      ++planned;
      remove_results(folder, "r.sqlite");
      const std::string when = call + ":signal=KILL:when=" + std::to_string(n);
      const Outcome killed = folder.run(traced("kill.log", {"-e", "inject=" + when}));
      INFO("killed at " << call << " number " << n);
      CHECK(killed.exit_code == 128 + SIGKILL);
      if (killed.exit_code == 128 + SIGKILL) ++hit;
      check_resumed(folder, "r.sqlite", 1, wanted);
      std::cout << "killed at " << call << ' ' << n << " of " << count << ", resumed\n";
    }
  }
  CHECK(planned > 0);
  CHECK(hit == planned);
  std::cout << "part " << part << " of " << kParts << ": killed at " << hit << " of the " << planned
            << " calls of this part; an undisturbed sweep makes " << all << '\n';
}

TEST_CASE("a kill at each write system call leaves no trace: calls 1 and 5 and so on", "[sweep]") {
  kill_at_each_call(1);
}
TEST_CASE("a kill at each write system call leaves no trace: calls 2 and 6 and so on", "[sweep]") {
  kill_at_each_call(2);
}
TEST_CASE("a kill at each write system call leaves no trace: calls 3 and 7 and so on", "[sweep]") {
  kill_at_each_call(3);
}
TEST_CASE("a kill at each write system call leaves no trace: calls 4 and 8 and so on", "[sweep]") {
  kill_at_each_call(4);
}

}  // namespace
}  // namespace headroom::test
