// analysis/report/page_parts.hpp -- the files below analysis/report/page and the charting library
// as text; the definitions are generated when configuring.
#pragma once

#include <string_view>

namespace headroom::embedded {

extern const std::string_view kPageHtml;  // with a line <!--NAME--> where each other part goes
extern const std::string_view kPageCss;
extern const std::string_view kPageScript;      // all scripts of the folder, in order
extern const std::string_view kChartLibrary;    // Chart.js, minified, as its package ships it
extern const std::string_view kChartCopyright;  // the package's copyright file

}  // namespace headroom::embedded
