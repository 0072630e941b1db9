#include "sim/app/host_facts.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <ctime>

namespace headroom {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::string iso_date(std::chrono::system_clock::time_point date) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(date);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> whole{};
  std::strftime(whole.data(), whole.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const auto since =
      std::chrono::duration_cast<std::chrono::milliseconds>(date.time_since_epoch()).count();
  std::string fraction = std::to_string(1000 + since % 1000);
  return std::string(whole.data()) + '.' + fraction.substr(1) + 'Z';
}

}  // namespace

HostFacts host_facts(std::chrono::system_clock::time_point started) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  HostFacts facts;
  facts.wall_s = std::chrono::duration<double>(std::chrono::system_clock::now() - started).count();
  facts.cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  facts.peak_rss_bytes = std::int64_t{usage.ru_maxrss} * 1024;  // Linux counts KiB
  facts.started_at = iso_date(started);
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) facts.host = name.data();
  return facts;
}

}  // namespace headroom
