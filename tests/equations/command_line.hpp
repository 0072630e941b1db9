// tests/equations/command_line.hpp -- numbers as a user of the program gets them.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace headroom::equations {

using Settings = std::vector<std::string>;  // "key=value", for --set

// What `headroom limits FILE --set ... --format json` prints. A program that fails, or a row that
// is not there or there twice, fails the test.
class LimitTable {
 public:
  // `scenario` is a file of this folder.
  explicit LimitTable(const std::string& scenario, const Settings& settings = {});
  double value(const std::string& name, const std::string& metric) const;
  std::string bound_by(const std::string& name, const std::string& metric) const;
  // Of the memory "gpu", "dram" or "ssd".
  double bytes(const std::string& memory, const std::string& used_by) const;

 private:
  using Key = std::pair<std::string, std::string>;
  struct Entry {
    double value = 0;
    std::string bound_by;
    int rows = 0;
  };
  const Entry& entry(const std::string& name, const std::string& metric) const;
  std::map<Key, Entry> rows_;
  std::map<Key, double> bytes_;
};

// Of one run of a scenario, `headroom run FILE --set ...`; `scenario` as for LimitTable.
double output_tokens_per_s(const std::string& scenario, const Settings& settings = {});

// What `headroom check FILE --set ...` says about a scenario that must not be valid.
std::string refusal(const std::string& scenario, const Settings& settings);

// Bytes per parameter of an operator: `headroom ops` with these settings, weight_bytes / (n k).
double bytes_per_weight(const Settings& settings, const std::string& op, double parameters);

}  // namespace headroom::equations
