// sim/app/ledger_words.hpp -- what a category of the ledger means, in words for people.
#pragma once

#include <string>

namespace headroom {

// "GPU idle, waiting for weights over PCIe; batch capped by KV capacity". Empty for a category that
// is not known.
std::string ledger_words(const std::string& category);

}  // namespace headroom
