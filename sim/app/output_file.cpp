#include "sim/app/output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "sim/base/check.hpp"

namespace headroom {

OutputFile::OutputFile(const std::string& path) : path_(path), unfinished_(path + ".part") {
  if (std::filesystem::is_directory(path)) fail("is a directory; give a file in it");
  errno = 0;
  stream_.open(unfinished_, std::ios::binary | std::ios::trunc);
  if (!stream_) fail(std::string("cannot be written: ") + std::strerror(errno));
}

OutputFile::~OutputFile() {
  if (!moved_) std::remove(unfinished_.c_str());
}

void OutputFile::finish() {
  errno = 0;
  stream_.close();
  if (!stream_) fail(std::string("could not be written to its end: ") + std::strerror(errno));
  std::error_code error;
  std::filesystem::rename(unfinished_, path_, error);
  if (error) fail("cannot be written: " + error.message());
  moved_ = true;
}

void OutputFile::fail(const std::string& what) const {
  throw UserError("error: option --out: '" + path_ + "' " + what);
}

}  // namespace headroom
