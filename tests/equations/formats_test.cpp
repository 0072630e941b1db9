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

}  // namespace headroom::equations
