#include "workloads/trace/line_reader.hpp"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace headroom {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;
constexpr unsigned kInflateBufferBytes = 64U << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

gzFile as_gz(void* file) { return static_cast<gzFile>(file); }

}  // namespace

void LineReader::CloseFile::operator()(void* file) const { gzclose_r(as_gz(file)); }

LineReader::LineReader(const std::string& path, std::string shown_as,
                       const SourcePosition& asked_at)
    : shown_as_(std::move(shown_as)), buffer_(kBufferBytes) {
  const SourcePosition where = asked_at.file.empty() ? SourcePosition{shown_as_, 0, 0} : asked_at;
  const auto refuse = [&](const std::string& why) {
    throw ConfigError(where, "cannot read trace '" + shown_as_ + "': " + why);
  };
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) refuse(std::strerror(errno));
  if (S_ISDIR(info.st_mode)) refuse("it is a directory");
  if (!S_ISREG(info.st_mode)) refuse("it is not a regular file");
  if (info.st_size == 0) refuse("the file is empty");
  file_bytes_ = info.st_size;
  errno = 0;
  file_.reset(gzopen(path.c_str(), "rb"));
  if (!file_) refuse(errno != 0 ? std::strerror(errno) : "out of memory");
  gzbuffer(as_gz(file_.get()), kInflateBufferBytes);
}

LineReader LineReader::of_text(std::string_view text, std::string shown_as) {
  LineReader reader(std::move(shown_as));
  reader.unread_ = text;
  reader.file_bytes_ = static_cast<std::int64_t>(text.size());
  return reader;
}

double LineReader::fraction_read() const {
  const auto file_bytes = static_cast<double>(std::max<std::int64_t>(1, file_bytes_));
  const auto unread = static_cast<double>(unread_.size());
  if (!file_) return std::clamp((file_bytes - unread) / file_bytes, 1e-6, 1.0);
  const double text = std::max(1.0, static_cast<double>(gztell(as_gz(file_.get()))));
  const double of_file = static_cast<double>(gzoffset(as_gz(file_.get()))) / file_bytes;
  return std::clamp(of_file * (text - unread) / text, 1e-6, 1.0);
}

void LineReader::fail(const std::string& message) const {
  throw ConfigError({shown_as_, static_cast<int>(line_number_ + 1), 0}, message);
}

bool LineReader::refill() {
  if (!file_ || at_end_) return false;
  if (!unread_.empty()) std::memmove(buffer_.data(), unread_.data(), unread_.size());
  const std::size_t kept = unread_.size();
  if (kept == buffer_.size()) {
    if (kept >= kMaxLineBytes)
      fail("the line is longer than " + std::to_string(kMaxLineBytes >> 20) + " MiB: not a trace");
    buffer_.resize(2 * kept);
  }
  const auto room = static_cast<unsigned>(buffer_.size() - kept);
  const int got = gzread(as_gz(file_.get()), buffer_.data() + kept, room);
  int problem = Z_OK;
  const char* text = gzerror(as_gz(file_.get()), &problem);
  // zlib hands out what it has before a cut in the stream and reports Z_BUF_ERROR with it.
  if (problem == Z_BUF_ERROR) fail("the gzip stream ends too early: the file is truncated");
  if (problem == Z_ERRNO) fail(std::string("cannot read on: ") + std::strerror(errno));
  if (got < 0) fail(std::string("the gzip stream is damaged: ") + text);
  unread_ = {buffer_.data(), kept + static_cast<std::size_t>(got)};
  at_end_ = got == 0;
  return !at_end_;
}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;
  std::size_t end = 0;
  while ((end = unread_.find('\n', searched)) == std::string_view::npos) {
    searched = unread_.size();
    if (refill()) continue;
    if (unread_.empty()) return false;
    break;  // the last line has no end
  }
  line = unread_.substr(0, end);
  unread_.remove_prefix(end == std::string_view::npos ? unread_.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (++line_number_ == 1 && line.starts_with(kByteOrderMark))
    line.remove_prefix(kByteOrderMark.size());
  return true;
}

}  // namespace headroom
