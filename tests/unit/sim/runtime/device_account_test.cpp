#include "sim/runtime/device_account.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::int64_t entry(const std::vector<LedgerEntry>& ledger, const std::string& category) {
  for (const auto& e : ledger)
    if (e.category == category) return e.duration_ns;
  FAIL("no category " << category);
  return 0;
}

TEST_CASE("fractions of a nanosecond go to the largest remainders", "[runtime][ledger]") {
  DeviceAccount a;
  a.compute_useful_s = 3.6e-9;
  a.wait_hbm_s = 5.3e-9;
  a.launch_s = 1.1e-9;
  a.busy_ns = 10;
  a.iterations = 1;
  a.idle_ns = {5, 0, 0, 0};
  const auto ledger = device_ledger(a, "compute", Duration{15});
  // Floors 3, 5 and 1; the one left over goes to 0.6.
  CHECK(entry(ledger, "useful") == 4);
  CHECK(entry(ledger, "wait_hbm") == 5);
  CHECK(entry(ledger, "launch") == 1);
  CHECK(entry(ledger, "no_work") == 5);
}

TEST_CASE("an idle device has a ledger, too", "[runtime][ledger]") {
  DeviceAccount a;
  a.idle_ns = {3, 4, 0, 0};
  const auto ledger = device_ledger(a, "hbm", Duration{7});
  CHECK(entry(ledger, "no_work") == 3);
  CHECK(entry(ledger, "imbalance") == 4);
  CHECK(entry(ledger, "useful") == 0);
}

TEST_CASE("a negative category and an unknown resource are our bugs", "[runtime][ledger]") {
  DeviceAccount a;
  a.compute_useful_s = 2e-3;
  a.wait_hbm_s = -1e-3;
  a.busy_ns = 1000000;
  a.iterations = 1;
  CHECK_THROWS_AS(device_ledger(a, "compute", Duration{1000000}), InternalError);
  CHECK_THROWS_AS(device_ledger(DeviceAccount{}, "pcie", Duration{0}), InternalError);
}

}  // namespace
}  // namespace headroom
