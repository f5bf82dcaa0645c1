#include <gtest/gtest.h>
#include <simdjson.h>

#include "report/chart_js.h"
#include "report/html_charts.h"
#include "ringload/report.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

// The page without the library inside it.
std::string own_part(const RunResult& result) {
  std::string page = html_report(result);
  const size_t at = page.find(chart_js());
  EXPECT_NE(at, std::string::npos);
  return page.erase(at, chart_js().size());
}

TEST(Html, HoldsTheLibrary) {
  EXPECT_GT(chart_js().size(), 100'000u);
  EXPECT_NE(chart_js().find("Chart.js v"), std::string::npos);
  EXPECT_EQ(chart_js().find("</script"), std::string::npos);
  EXPECT_EQ(chart_js().find('\0'), std::string::npos);
}

TEST(Html, FetchesNothing) {
  for (const RunResult& result : {open_result(), closed_result(), empty_result()}) {
    const std::string page = own_part(result);
    for (const char* fetch : {" src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "href="})
      EXPECT_EQ(page.find(fetch), std::string::npos) << fetch;
  }
}

TEST(Html, EscapesWhatOthersWrote) {
  RunResult result = open_result();
  result.stages[0].scenarios[0].label = "</script><script>alert(1)</script>";
  result.targets[0].url = "http://x/\"><img onerror=alert(2)>";
  result.warnings = {"<!-- <b>"};
  result.health.verdict = Verdict::suspect;
  result.health.reasons = {{"x", Verdict::suspect, 1, 0, "", 0, "<i>"}};
  const std::string page = own_part(result);
  for (const char* markup : {"<script>alert", "<img", "<!--", "<b>", "<i>"})
    EXPECT_EQ(page.find(markup), std::string::npos) << markup;
}

TEST(Html, EveryElementIsClosed) {
  const std::string page = own_part(open_result());
  for (const std::string tag : {"table", "tr", "div", "script", "style", "p", "h2", "details", "body", "html"}) {
    size_t open = 0, closed = 0;
    for (size_t at = 0; (at = page.find("<" + tag, at)) != std::string::npos; ++at)
      open += std::string_view(" >").find(page[at + 1 + tag.size()]) != std::string_view::npos;
    for (size_t at = 0; (at = page.find("</" + tag + ">", at)) != std::string::npos; ++at) ++closed;
    EXPECT_EQ(open, closed) << tag;
    EXPECT_GT(open, 0u) << tag;
  }
}

TEST(Charts, AreJsonWithTheSeriesOfTheRun) {
  simdjson::dom::parser parser;
  const std::string text = charts_json(open_result());
  simdjson::dom::element charts;
  ASSERT_EQ(parser.parse(simdjson::padded_string(text)).get(charts), simdjson::SUCCESS);
  EXPECT_EQ(std::string_view(charts.at(0)["title"]), "Requests per second");
  EXPECT_EQ(uint64_t(charts.at(0)["series"].at(1)["points"].at(1).at(1)), 1950u);
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_NE(text.find("Latency by percentile"), std::string::npos);
  EXPECT_EQ(charts_json(empty_result()), "[]");
}

TEST(Charts, LongRunsStayReadable) {
  RunResult result = open_result();
  for (int64_t t = 2; t < 36'000; ++t) result.series.push_back({.t = t, .stage = 1, .ok = 1});
  EXPECT_LT(charts_json(result).size(), 200'000u);
}

}  // namespace
}  // namespace ringload::report
