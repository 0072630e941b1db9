#include "analysis/report/report_page.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <regex>

#include "analysis/report/page_parts.hpp"

namespace headroom {
namespace {

std::string no_words(const std::string& /*category*/) { return ""; }

ReportData one_run(const std::string& name) {
  ReportData data;
  data.fact_columns = {"name", "status", "makespan_s"};
  ReportRun run;
  run.run_id = 9'000'000'000'000'000'001;
  run.facts = {Cell(name), Cell("finished"), Cell(std::numeric_limits<double>::infinity())};
  data.runs.push_back(run);
  return data;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("every part has its place in the page, once", "[report]") {
  const std::string page = report_page(one_run("a"), "A title", no_words);
  REQUIRE(page.starts_with("<!DOCTYPE html>"));
  REQUIRE(count(page, "<title>A title</title>") == 1);
  REQUIRE(count(page, std::string(embedded::kPageScript)) == 1);
  REQUIRE(count(page, std::string(embedded::kChartLibrary)) == 1);
  REQUIRE(count(page, "Permission is hereby granted, free of charge") == 1);
  REQUIRE(count(page, "\"id\":\"9000000000000000001\"") == 1);
}

TEST_CASE("the page loads nothing and may not", "[report]") {
  const std::string page = report_page({}, "t", no_words);
  REQUIRE(count(page, "default-src 'none'") == 1);
  // What names a resource: attributes of elements, and url() in styles. The icon is a data URL.
  REQUIRE_FALSE(
      std::regex_search(std::string(embedded::kPageHtml), std::regex("(src|href)=\"(?!#|data:)")));
  REQUIRE(embedded::kPageCss.find("url(") == std::string_view::npos);
  REQUIRE(embedded::kPageCss.find("@import") == std::string_view::npos);
}

TEST_CASE("names and titles that look like markup or like parts of the page stay text",
          "[report]") {
  const std::string plain = report_page(one_run("a"), "t", no_words);
  const std::string page =
      report_page(one_run("</script><!--DATA--><script>"), "</title><!--SCRIPT-->", no_words);
  REQUIRE(count(page, "</script>") == count(plain, "</script>"));
  REQUIRE(count(page, "<script") == count(plain, "<script"));
  REQUIRE(count(page, "<!--") == count(plain, "<!--"));
  REQUIRE(count(page, "\\u003c/script>\\u003c!--DATA-->\\u003cscript>") == 1);
  REQUIRE(count(page, "<title>&lt;/title&gt;&lt;!--SCRIPT--&gt;</title>") == 1);
}

TEST_CASE("infinite metrics reach the page as words", "[report]") {
  REQUIRE(count(report_page(one_run("a"), "t", no_words), "\"makespan_s\":[\"Infinity\"]") == 1);
}

}  // namespace
}  // namespace headroom
