// The public traces, against facts published beside them. Skipped, and said so, where the data
// folder is absent.
#include <catch2/catch.hpp>
#include <filesystem>
#include <list>
#include <optional>
#include <unordered_map>

#include "sim/config/data_folder.hpp"
#include "trace_files.hpp"

using namespace headroom;

namespace {

std::optional<RequestTable> read_public(TraceFormat format, const std::string& name) {
  const auto folder = data_folder();
  if (!folder || !std::filesystem::exists(*folder + "/" + name)) {
    WARN("SKIPPED: needs ${HEADROOM_DATA}/" << name);
    return std::nullopt;
  }
  return read_trace(spec_of(format, *folder + "/" + name));
}

constexpr const char* kAzureConversation = "traces/azure2023/AzureLLMInferenceTrace_conv.csv.gz";
constexpr const char* kMooncakeConversation = "traces/mooncake/conversation_trace.jsonl.gz";

class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}
  bool contains(std::uint64_t id) const { return where_.count(id) != 0; }
  void touch(std::uint64_t id) {
    if (const auto found = where_.find(id); found != where_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return;
    }
    order_.push_front(id);
    where_[id] = order_.begin();
    if (order_.size() <= capacity_) return;
    where_.erase(order_.back());
    order_.pop_back();
  }

 private:
  std::size_t capacity_;
  std::list<std::uint64_t> order_;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> where_;
};

double prefix_hit_ratio(const RequestTable& table, std::size_t capacity) {
  LruCache cache(capacity);
  std::int64_t hits = 0;
  for (const auto& request : table.requests) {
    const auto* ids = table.hash_ids.data() + request.hash_offset;
    std::uint32_t leading = 0;
    while (leading < request.hash_count && cache.contains(ids[leading])) ++leading;
    hits += leading;
    for (std::uint32_t i = 0; i < request.hash_count; ++i) cache.touch(ids[i]);
  }
  return static_cast<double>(hits) / static_cast<double>(table.hash_ids.size());
}

}  // namespace

TEST_CASE("the Azure conversation trace has 19366 requests in an hour",
          "[workloads][trace][data]") {
  const auto table = read_public(TraceFormat::kAzure, kAzureConversation);
  if (!table) return;
  REQUIRE(table->requests.size() == 19'366);
  CHECK(table->requests[0].arrival == TimePoint(0));
  CHECK(table->requests[0].prompt_tokens == 374);
  // The last row is at 19:14:08.4025270, the first at 18:15:46.6805900: 3501.7219370 s.
  CHECK(table->requests.back().arrival == TimePoint(3'501'721'937'000));
  CHECK(table->requests.back().output_tokens == 183);
}

TEST_CASE("Vidur's splitwise_conv is the Azure trace re-based", "[workloads][trace][data]") {
  const auto azure = read_public(TraceFormat::kAzure, kAzureConversation);
  const auto vidur = read_public(TraceFormat::kVidur, "traces/vidur/splitwise_conv.csv.gz");
  if (!azure || !vidur) return;
  REQUIRE(vidur->requests.size() == azure->requests.size());
  std::int64_t different = 0;
  for (std::size_t i = 0; i < azure->requests.size(); ++i) {
    const auto& a = azure->requests[i];
    const auto& v = vidur->requests[i];
    different += a.arrival != v.arrival || a.prompt_tokens != v.prompt_tokens ||
                 a.output_tokens != v.output_tokens;
  }
  CHECK(different == 0);
}

TEST_CASE("the Mooncake trace reproduces the published prefix hit ratios",
          "[workloads][trace][data]") {
  const auto table = read_public(TraceFormat::kMooncake, kMooncakeConversation);
  if (!table) return;
  REQUIRE(table->requests.size() == 12'031);
  // Block-level LRU: a request hits its leading ids that are present when it starts, then touches
  // all of its ids.
  const std::pair<std::size_t, double> published[] = {{1000, 0.04447},   {5000, 0.11036},
                                                      {10'000, 0.21116}, {30'000, 0.32571},
                                                      {50'000, 0.35456}, {10'000'000, 0.36641}};
  for (const auto& [capacity, ratio] : published)
    CHECK(prefix_hit_ratio(*table, capacity) == Approx(ratio).margin(0.000005));
}

TEST_CASE("the other public traces are read whole", "[workloads][trace][data]") {
  const auto lengths =
      read_public(TraceFormat::kLlmServingSim,
                  "traces/llmservingsim/sharegpt-llama-3.1-8b-300-sps10_lengths.csv");
  if (lengths) CHECK(lengths->requests.size() == 300);
  const auto mixed =
      read_public(TraceFormat::kLlmServingSim, "traces/llmservingsim/workload_me2_01_mixed.jsonl");
  if (mixed) CHECK(mixed->requests.size() == 608);
  const auto bench = read_public(TraceFormat::kVidur, "bench/requests_conv_q2_50000.csv.gz");
  if (!bench) return;
  REQUIRE(bench->requests.size() == 50'000);
  std::int64_t prompts = 0;
  std::int64_t outputs = 0;
  for (const auto& request : bench->requests) {
    prompts += request.prompt_tokens;
    outputs += request.output_tokens;
  }
  CHECK(prompts / 50'000 == 1145);  // the published means: 1145 and 212, rounded
  CHECK(static_cast<double>(outputs) / 50'000 == Approx(212).margin(0.5));
}
