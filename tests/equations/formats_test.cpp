// Bytes per element of number formats, as operators read them.
#include <catch2/catch.hpp>

#include "tests/equations/command_line.hpp"

namespace headroom::equations {

TEST_CASE("weights take the published bytes of their format", "[equations]") {
  struct Case {
    const char* format;
    double bytes;
  };
  // MX: blocks of 32 and an 8-bit scale; NV: blocks of 16 and an 8-bit scale; int4: groups of 64
  // with a minimum and a maximum of 16 bits, 0.5 + 4 / 64.
  for (const Case& c :
       {Case{"fp16", 2}, Case{"bf16", 2}, Case{"fp8", 1}, Case{"int8", 1}, Case{"mxfp8", 1.03125},
        Case{"mxint8", 1.03125}, Case{"mxfp4", 0.53125}, Case{"mxint4", 0.53125},
        Case{"nvfp4", 0.5625}, Case{"nvint4", 0.5625}, Case{"int4", 0.5625}}) {
    INFO(c.format);
    // 4096 x 4096, no bias.
    CHECK(bytes_per_weight({std::string("dtype.weights=") + c.format}, "o_proj", 4096.0 * 4096) ==
          Approx(c.bytes).epsilon(1e-12));
  }
}

TEST_CASE("FlexGen's 4-bit weights and KV cache take 0.5625 bytes per element in DRAM",
          "[equations]") {
  const Settings packed{"system.weight_transfer_type=int4", "system.kv_transfer_type=int4"};
  // FG5's 59.2 GB at 2 bytes; 80 % of the weights.
  CHECK(LimitTable("flexgen_opt30b.yaml", packed).bytes("dram", "weights") ==
        Approx(0.8 * 59.2e9 * 0.5625 / 2).epsilon(1e-3));
  // 144 x 544 tokens of 48 x 2 x 7168 elements: 30.322 GB; FG5's 107.8 GB at 2 bytes.
  Settings scarce = packed;
  scarce.push_back("system.kv_cache=10 GB");
  CHECK_THAT(refusal("flexgen_opt30b.yaml", scarce), Catch::Contains("raise it to 30.33 GB"));
  CHECK_THAT(refusal("flexgen_opt30b.yaml", {"system.kv_cache=10 GB"}),
             Catch::Contains("raise it to 107.9 GB"));
}

}  // namespace headroom::equations
