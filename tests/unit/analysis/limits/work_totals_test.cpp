#include "analysis/limits/work_totals.hpp"

#include <catch2/catch.hpp>

#include "tests/support/small_models.hpp"

using namespace headroom;

namespace {

struct Rules {
  explicit Rules(const ModelSpec& spec, std::int64_t block_size = 4)
      : model(spec, {}, {}), layout(kv_layout(model, block_size)) {}
  WorkRules rules(std::int64_t blocks = 1000, std::int64_t max_len = 100) const {
    KvCacheOptions options;
    options.max_model_len = max_len;
    options.max_tokens_in_flight = 64;
    return {model.spans(), layout, options, blocks, max_len};
  }
  LoweredModel model;
  KvLayout layout;
};

Request request(std::int32_t prompt, std::int32_t output) {
  Request r;
  r.prompt_tokens = prompt;
  r.output_tokens = output;
  return r;
}

}  // namespace

TEST_CASE("work of two requests under full attention", "[limits]") {
  const Rules given(test::dense_model());
  RequestTable table;
  table.requests = {request(10, 3), request(5, 1)};
  const WorkTotals work = count_work(table, given.rules());
  CHECK(work.requests == 2);
  CHECK(work.new_prompt_tokens == 15);
  CHECK(work.output_tokens == 4);
  CHECK(work.decode_tokens == 2);
  CHECK(work.spans[0].prefill_pairs == 55 + 15);  // 10*11/2, 5*6/2
  CHECK(work.spans[0].decode_pairs ==
        11 + 12);  // the 11th and the 12th token see themselves and all before
  CHECK(work.spans[0].decode_read == 10 + 11);
  CHECK(work.spans[0].prefill_read == 0);
  CHECK(work.longest_request == 0);
  CHECK(work.longest_output == 3);
  CHECK(work.avoidable_tokens.empty());
}

TEST_CASE("a sliding window caps pairs and reads", "[limits]") {
  const Rules given(test::window_model(4));
  RequestTable table;
  table.requests = {request(10, 3)};
  const WorkTotals work = count_work(table, given.rules());
  CHECK(work.spans[0].prefill_pairs == 1 + 2 + 3 + 4 + 6 * 4);
  CHECK(work.spans[0].decode_pairs == 4 + 4);
  CHECK(work.spans[0].decode_read == 3 + 3);
}

TEST_CASE("a shared prefix counts once when prefixes may be cached", "[limits]") {
  const Rules given(test::dense_model());
  RequestTable table;
  table.hash_block_tokens = 4;
  table.hash_ids = {1, 2, /**/ 1, 3, /**/ 1, 2};
  table.requests = {request(8, 1), request(8, 1), request(8, 1)};
  for (std::uint32_t i = 0; i < 3; ++i) {
    table.requests[i].hash_offset = 2 * i;
    table.requests[i].hash_count = 2;
  }
  WorkRules rules = given.rules();
  const WorkTotals work = count_work(table, rules);
  // The first is new, the second shares 4 tokens, the third all 8, of which one is computed all the
  // same.
  CHECK(work.avoidable_tokens == std::vector<std::int32_t>{0, 4, 7});
  CHECK(work.new_prompt_tokens == 8 + 4 + 1);
  CHECK(work.spans[0].prefill_pairs == 36 + (4 * 4 + 10) + 8);
  CHECK(work.spans[0].prefill_read == 0 + 4 + 7);
  rules.kv.prefix_caching = false;
  CHECK(count_work(table, rules).new_prompt_tokens == 24);
}

TEST_CASE("requests that cannot run are no work", "[limits]") {
  const Rules given(test::dense_model());
  RequestTable table;
  table.requests = {request(100, 5), request(40, 1), request(98, 10), request(4, 1)};
  // 100 leaves no room in max_model_len 100. 40 tokens need 10 blocks of 4, and there are 9. 98 +
  // 10 are cut to 98 + 2, whose 99 tokens do not fit either.
  const WorkTotals work = count_work(table, given.rules(9));
  CHECK(work.requests == 1);
  CHECK(work.impossible == 3);
  CHECK(work.prompt_tokens == 4);
  CHECK(effective_output(table.requests[2], given.rules()) == 2);
}
