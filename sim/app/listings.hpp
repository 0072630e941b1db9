// sim/app/listings.hpp -- everything that has names, as tables: `headroom list`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/record/table.hpp"

namespace headroom {

struct Listing {
  std::string name;      // "gpus"
  std::string contents;  // one line
  std::function<Table()> all;
  std::function<Table(const std::string&)>
      one;  // every fact of one entry, with sources; empty: names are all there is
};

const std::vector<Listing>& listings();

}  // namespace headroom
