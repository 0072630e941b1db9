// sim/config/data_folder.hpp -- where ${HEADROOM_DATA} points.
// The environment variable of that name, else the data folder beside the source directory known at
// build, when it exists. The latter is the one machine path compiled in; it appears in no output:
// what is printed and stored is the path as written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headroom {

// Absent when neither is set and existing.
std::optional<std::string> data_folder();

struct ExpandedPath {
  std::string path;
  std::string
      problem;  // not empty: the path could not be expanded; a sentence that says what to do
};
// Replaces a leading "${HEADROOM_DATA}"; any other "${" is a problem.
ExpandedPath expand_data_folder(std::string_view path);

// What a user has to do to have a file that is not there: which public file it is and where to put
// it, or "".
std::string how_to_get(std::string_view path_as_written);

}  // namespace headroom
