// workloads/trace/line_reader.hpp -- the lines of a plain or gzip text file, one at a time: what is
// held of the file is one buffer, whatever its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace headroom {

// Longer lines are refused: the longest real ones (a JSON row with 128k token ids) are about 1 MiB.
inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;

class LineReader {
 public:
  // Opens a regular file, gzip or plain (told apart by its first bytes). `shown_as` is its name in
  // messages. Throws ConfigError at `asked_at` (the place that named the file; the file itself if
  // that has no file name) when it cannot.
  LineReader(const std::string& path, std::string shown_as, const SourcePosition& asked_at);
  // The lines of `text`, which must outlive the reader.
  static LineReader of_text(std::string_view text, std::string shown_as);

  // The next line without its end (LF or CRLF) and without a byte order mark; valid until the next
  // call. False at the end. Throws ConfigError with the line for a truncated or damaged gzip
  // stream, a read error, or a line that is too long.
  bool next(std::string_view& line);
  std::int64_t line_number() const { return line_number_; }  // of the last line, from 1
  const std::string& shown_as() const { return shown_as_; }
  double fraction_read() const;  // of the file, in (0, 1]; rough

 private:
  struct CloseFile {
    void operator()(void* file) const;
  };

  explicit LineReader(std::string shown_as) : shown_as_(std::move(shown_as)) {}
  bool refill();  // more bytes behind the unread ones; false at the end of the input
  [[noreturn]] void fail(const std::string& message) const;

  std::unique_ptr<void, CloseFile> file_;  // a gzFile; null when the lines come from memory
  std::int64_t file_bytes_ = 0;
  std::string shown_as_;
  std::vector<char> buffer_;
  std::string_view unread_;
  std::int64_t line_number_ = 0;
  bool at_end_ = false;
};

}  // namespace headroom
