#include "analysis/report/report_page.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "analysis/report/page_parts.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string report_page(const ReportData& data, const std::string& title,
                        const CategoryWords& words) {
  const std::array<std::pair<std::string_view, std::string>, 6> parts{
      {{"TITLE", html_escaped(title)},
       {"STYLE", std::string(embedded::kPageCss)},
       {"LIBRARY", std::string(embedded::kChartLibrary)},
       {"LIBRARY-COPYRIGHT", html_escaped(embedded::kChartCopyright)},
       {"DATA", report_json(data, title, words)},
       {"SCRIPT", std::string(embedded::kPageScript)}}};
  // The template is walked once: nothing that is put in is looked at again.
  std::string page;
  std::string_view rest = embedded::kPageHtml;
  std::size_t placed = 0;
  for (;;) {
    const auto open = rest.find("<!--");
    page += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = rest.find("-->", open);
    const auto name = rest.substr(open + 4, close - open - 4);
    for (const auto& [part, text] : parts) {
      if (part != name) continue;
      page += text;
      ++placed;
    }
    rest.remove_prefix(close + 3);
  }
  HEADROOM_CHECK(placed == parts.size(), "each part has its place in page.html, got ", placed);
  return page;
}

}  // namespace headroom
