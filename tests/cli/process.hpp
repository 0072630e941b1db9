// tests/cli/process.hpp -- runs the headroom binary in a folder of its own and keeps what it said.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace headroom::cli {

struct Outcome {
  int exit_code = -1;  // 128 + N when signal N ended it
  std::string out, err;
};

// A fresh folder that goes away with the object; the working directory of the processes it starts.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path path(const std::string& name = "") const { return root_ / name; }
  void write(const std::string& name, const std::string& text) const;
  void write_gzip(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;

  // Runs `headroom arguments...`. `at_start` is told the process id (to send it a signal).
  Outcome headroom(const std::vector<std::string>& arguments,
                   const std::function<void(int)>& at_start = {}) const;
  // Any other program, found through PATH.
  Outcome run(const std::vector<std::string>& command,
              const std::function<void(int)>& at_start = {}) const;

 private:
  std::filesystem::path root_;
};

// A scenario that is valid, small, needs no file, and takes milliseconds: 40 requests, two
// replicas.
std::string small_scenario();
// The same with the line that starts with `start` replaced by `line` ("" removes it).
std::string small_scenario_with(const std::string& start, const std::string& line);

}  // namespace headroom::cli
