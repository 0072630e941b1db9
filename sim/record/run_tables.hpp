// sim/record/run_tables.hpp -- the tables whose rows belong to one run, besides `run` itself: what
// goes when a run is replaced, and what comes along when it is merged.
#pragma once

#include <array>
#include <string_view>

namespace headroom {

inline constexpr std::array<std::string_view, 13> kRunTables{
    "run_host",   "param",       "slo",         "warning",      "run_metric",
    "request",    "iteration",   "histogram",   "resource_use", "resource_total",
    "cache_stat", "limit_value", "ledger_entry"};

}  // namespace headroom
