#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "workloads/routing/expert_router.hpp"

using namespace headroom;

namespace {

class TraceFile {
 public:
  explicit TraceFile(const std::string& text)
      : path_((std::filesystem::temp_directory_path() /
               ("headroom-routes-" + std::to_string(getpid()) + ".csv"))
                  .string()) {
    std::ofstream(path_) << text;
  }
  ~TraceFile() { std::filesystem::remove(path_); }
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::int32_t> experts_of(const ExpertRouter& router, std::uint64_t token,
                                     std::int64_t layer) {
  std::vector<std::int32_t> experts(static_cast<std::size_t>(router.shape().experts_per_token));
  router.experts_of(token, layer, experts);
  return experts;
}

using Ids = std::vector<std::int32_t>;
constexpr RoutingShape kSmall{.layers = 2, .experts = 4, .experts_per_token = 2};

std::string problems_of(const std::string& text) {
  const TraceFile file(text);
  try {
    make_trace_router(kSmall, {.path = file.path()});
  } catch (const ConfigError& error) {
    std::string what = error.what();
    for (std::size_t at = 0; (at = what.find(file.path())) != std::string::npos;)
      what.replace(at, file.path().size(), "T");
    return what;
  }
  return "";
}

}  // namespace

TEST_CASE("a logged layer that stands for two starts half the trace later for the second",
          "[workloads][routing]") {
  const TraceFile file(
      "seq,token_idx,layer,topk_ids\n0,0,0,0 1\n1,1,0,2 3\n2,2,0,1 3\n3,3,0,0 2\n");
  const auto router = make_trace_router(kSmall, {.path = file.path()});
  REQUIRE(experts_of(*router, 0, 0) == Ids{0, 1});
  REQUIRE(experts_of(*router, 3, 0) == Ids{0, 2});
  REQUIRE(experts_of(*router, 4, 0) == Ids{0, 1});  // the trace begins again
  REQUIRE(experts_of(*router, 0, 1) == Ids{1, 3});  // row 0 + 4 / 2
  REQUIRE(experts_of(*router, 2, 1) == Ids{0, 1});
  // 8 visits in 4 rows: experts 0, 1, 2, 3 have two each.
  REQUIRE(router->visit_probabilities(1) == std::vector<double>{0.5, 0.5, 0.5, 0.5});
}

TEST_CASE("layers that are logged replay their own rows", "[workloads][routing]") {
  const TraceFile file("layer,topk_ids\n7,0 1\n9,2 3\n7,1 2\n9,0 3\n");
  const auto router = make_trace_router(kSmall, {.path = file.path()});
  REQUIRE(experts_of(*router, 1, 0) == Ids{1, 2});
  REQUIRE(experts_of(*router, 1, 1) == Ids{0, 3});
  std::vector<ExpertLoad> loads;
  router->route(0, 3, 0, loads);  // 0 1, 1 2, 0 1
  REQUIRE(loads == std::vector<ExpertLoad>{{0, 2}, {1, 3}, {2, 1}});
}

TEST_CASE("rows of a routing trace that do not fit are errors with their place",
          "[workloads][routing]") {
  REQUIRE(problems_of("seq,topk_ids\n") ==
          "T:1: error: no column 'layer'; a routing trace has the columns 'layer' and 'topk_ids'");
  REQUIRE(problems_of("layer,topk_ids\n0,2 2\n0,a 1\nx,0 1\n0,1,2\n") ==
          "T:2:5: error: expert '2' twice\n"
          "T:3:3: error: 'topk_ids' is 'a', which is not a number\n"
          "T:4:1: error: 'layer' is 'x', which is not a number\n"
          "T:5: error: the row has 3 fields, the header 2");
  REQUIRE(problems_of("layer,topk_ids\n") == "T: error: the trace has no rows");
}

TEST_CASE("the trace of another model is one error", "[workloads][routing]") {
  REQUIRE(problems_of("layer,topk_ids\n0,1 4\n0,5 6\n0,7 1\n") ==
          "T:2:5: error: expert '4', but the model has 4 in a layer");
  REQUIRE(problems_of("layer,topk_ids\n0,1 2 3\n0,0 1 2\n") ==
          "T:2:3: error: 3 experts for a token, but the model chooses 2");
}

TEST_CASE("a routing trace is shown as it was asked for", "[workloads][routing]") {
  const TraceFile file("layer,topk_ids\n0,1\n");
  REQUIRE_THROWS_WITH(make_trace_router(kSmall, {.path = file.path(), .shown_as = "routes.csv"}),
                      "routes.csv:2:3: error: 1 experts for a token, but the model chooses 2");
  REQUIRE_THROWS_WITH(
      make_trace_router(kSmall, {"/no/such/file.csv", "routes.csv", {"s.yaml", 3, 5}}),
      Catch::StartsWith("s.yaml:3:5: error: cannot read trace 'routes.csv': "));
}
