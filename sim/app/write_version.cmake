# Writes OUTPUT, the source file that holds the code version of SOURCE_DIR; touches it only when the version changes.
# cmake -DSOURCE_DIR=... -DRELEASE=0.1.0 -DOUTPUT=... -P write_version.cmake
function(hash_of_sources result)
  file(GLOB_RECURSE files RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/sim/* ${SOURCE_DIR}/hwmodels/* ${SOURCE_DIR}/workloads/*
       ${SOURCE_DIR}/policies/* ${SOURCE_DIR}/analysis/* ${SOURCE_DIR}/CMakeLists.txt)
  list(SORT files)
  set(all "")
  foreach(name IN LISTS files)
    file(SHA256 ${SOURCE_DIR}/${name} hash)
    string(APPEND all "${name} ${hash}\n")
  endforeach()
  string(SHA256 hash "${all}")
  string(SUBSTRING ${hash} 0 12 hash)
  set(${result} ${hash} PARENT_SCOPE)
endfunction()

set(description "")
find_program(GIT git)
if(GIT)
  # Only a repository that starts here: an unpacked archive inside another repository is not described by that one.
  execute_process(COMMAND ${GIT} rev-parse --show-cdup WORKING_DIRECTORY ${SOURCE_DIR}
                  OUTPUT_VARIABLE above ERROR_QUIET RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT failed AND above STREQUAL "")
    execute_process(COMMAND ${GIT} describe --tags --always --dirty WORKING_DIRECTORY ${SOURCE_DIR}
                    OUTPUT_VARIABLE description ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
endif()
if(description STREQUAL "")
  hash_of_sources(hash)
  set(description "${RELEASE}-${hash}")
elseif(description MATCHES "-dirty$")
  hash_of_sources(hash)
  string(APPEND description "-${hash}")
endif()

set(text "#include \"sim/app/version.hpp\"

namespace headroom {

std::string_view version() { return \"${RELEASE} (${description})\"; }
std::string_view code_version() { return \"${description}\"; }

}  // namespace headroom
")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
