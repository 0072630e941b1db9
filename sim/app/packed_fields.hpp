// sim/app/packed_fields.hpp -- texts and numbers between two processes of the same binary, each
// with its length in front; not a file format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/check.hpp"

namespace headroom {

class FieldWriter {
 public:
  void add(std::string_view text) { bytes_.append(std::to_string(text.size()) + ':').append(text); }
  void add(std::int64_t number) { add(std::string_view(std::to_string(number))); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// InternalError when the bytes are not those of a writer.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::string text() {
    const auto colon = rest_.find(':');
    HEADROOM_CHECK(colon != std::string_view::npos, "a field begins with its length");
    const auto size = static_cast<std::size_t>(std::stoull(std::string(rest_.substr(0, colon))));
    HEADROOM_CHECK(colon + 1 + size <= rest_.size(), "a field of ", size, " bytes is whole");
    std::string field(rest_.substr(colon + 1, size));
    rest_.remove_prefix(colon + 1 + size);
    return field;
  }
  std::int64_t number() { return std::stoll(text()); }

 private:
  std::string_view rest_;
};

}  // namespace headroom
