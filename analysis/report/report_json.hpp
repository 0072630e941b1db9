// analysis/report/report_json.hpp -- the data of a report as the one JSON text that its page reads.
// The other side is page/data.js.
#pragma once

#include <functional>
#include <string>

#include "analysis/report/report_data.hpp"

namespace headroom {

// What a ledger category means, in words; "" when there are none.
using CategoryWords = std::function<std::string(const std::string& category)>;

// Safe inside a <script> element.
std::string report_json(const ReportData& data, const std::string& title,
                        const CategoryWords& words);

}  // namespace headroom
