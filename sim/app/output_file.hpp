// sim/app/output_file.hpp -- a file that a command writes: complete, or not there at all.
#pragma once

#include <fstream>
#include <string>

namespace headroom {

// Written beside its place, and moved there by finish(); without that nothing is left. What is
// wrong is a UserError that names the option --out.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  std::ostream& stream() { return stream_; }
  void finish();

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_, unfinished_;
  std::ofstream stream_;
  bool moved_ = false;
};

}  // namespace headroom
