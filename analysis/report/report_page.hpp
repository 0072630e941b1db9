// analysis/report/report_page.hpp -- the report as one HTML file that needs no network: page,
// styles, scripts and Chart.js are embedded in the program, the data is a JSON text in the page.
// The same data and title give the same bytes.
#pragma once

#include <string>

#include "analysis/report/report_json.hpp"

namespace headroom {

std::string report_page(const ReportData& data, const std::string& title,
                        const CategoryWords& words);

}  // namespace headroom
