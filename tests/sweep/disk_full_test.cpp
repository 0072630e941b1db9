// A full disk is an error that keeps what was recorded, and the sweep goes on when there is space.
#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

#include "tests/sweep/results_file.hpp"
#include "tests/sweep/small_sweep.hpp"

namespace headroom::test {
namespace {

using cli::Folder;
using cli::Outcome;

// A file system of its own, as small as it is told to be.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& where) : where_(where) {
    std::filesystem::create_directory(where_);
    if (::mount("tmpfs", where_.c_str(), "tmpfs", 0, "size=6m") != 0) why_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (is_there()) ::umount2(where_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_there() const { return why_.empty(); }
  const std::string& why_not() const { return why_; }
  void grow() const {
    REQUIRE(::mount("tmpfs", where_.c_str(), "tmpfs", MS_REMOUNT, "size=500m") == 0);
  }

 private:
  std::filesystem::path where_;
  std::string why_;
};

void check_full(const Outcome& outcome) {
  INFO(outcome.err);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, Catch::Contains("runs recorded earlier are intact"));
}

TEST_CASE("a sweep on a full disk stops and goes on when space is made", "[sweep]") {
  Folder folder;
  write_small_sweep(folder, 200);  // 800 points
  REQUIRE(folder.headroom(sweep_arguments("whole.sqlite", 2)).exit_code == 0);
  SmallDisk disk(folder.path("disk"));
  if (!disk.is_there()) {
    WARN("SKIPPED: no file system can be mounted here (" << disk.why_not()
                                                         << "): a limit on file sizes instead");
    // Under it SQLite writes fail as on a full disk; without it there is space.
    std::vector<std::string> limited{"sh", "-c", "ulimit -f 800; exec \"$0\" \"$@\""};
    check_full(folder.run(sweep_command(limited, "r.sqlite", 2)));
    CHECK(integrity_of(folder.path("r.sqlite")) == "ok");
    REQUIRE(folder.headroom(sweep_arguments("r.sqlite", 2)).exit_code == 0);
    CHECK((all_tables(folder.path("r.sqlite")) == all_tables(folder.path("whole.sqlite"))));
    return;
  }
  const auto file = folder.path("disk/r.sqlite");
  check_full(folder.headroom(sweep_arguments("disk/r.sqlite", 2)));
  // Still full: the same again, no worse.
  check_full(folder.headroom(sweep_arguments("disk/r.sqlite", 2)));
  disk.grow();
  CHECK(integrity_of(file) == "ok");
  const long before = count_of(file, "run");
  CHECK(before > 0);
  CHECK(before < 800);
  REQUIRE(folder.headroom(sweep_arguments("disk/r.sqlite", 2)).exit_code == 0);
  CHECK((all_tables(file) == all_tables(folder.path("whole.sqlite"))));
}

}  // namespace
}  // namespace headroom::test
