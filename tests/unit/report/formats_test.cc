// CSV, Prometheus, Markdown, JUnit and hgrm: golden files, and what a file alone does not show.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "golden.h"
#include "ringload/report.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Fields of a CSV line, quotes taken off.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool inside = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (inside && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += line[++i];
      } else {
        inside = !inside;
      }
    } else if (line[i] == ',' && !inside) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

TEST(Csv, Golden) {
  expect_golden("open.csv", csv_report(open_result()));
  expect_golden("closed.csv", csv_report(closed_result()));
}

TEST(Csv, EveryRowHasEveryColumn) {
  RunResult result = open_result();
  result.stages[0].scenarios[0].label = "a,\"b\"";
  const auto lines = lines_of(csv_report(result));
  ASSERT_EQ(lines.size(), 4u);
  const auto head = fields_of(lines[0]);
  for (const std::string& line : lines) EXPECT_EQ(fields_of(line).size(), head.size());
  const auto scenario = static_cast<size_t>(std::ranges::find(head, "scenario") - head.begin());
  EXPECT_EQ(fields_of(lines[1])[scenario], "a,\"b\"");
  EXPECT_EQ(fields_of(lines[3])[scenario], "ALL");
  EXPECT_NE(std::ranges::find(head, "latency_ms_p99"), head.end());
  EXPECT_NE(std::ranges::find(head, "errors_rate_limited"), head.end());
  EXPECT_NE(std::ranges::find(head, "status_codes_429"), head.end());
}

TEST(Csv, WithoutSamplesFieldsAreEmpty) {
  const auto lines = lines_of(csv_report(empty_result()));
  const auto head = fields_of(lines[0]);
  const auto p99 = static_cast<size_t>(std::ranges::find(head, "latency_ms_p99") - head.begin());
  EXPECT_EQ(fields_of(lines[1])[p99], "");
}

TEST(Prometheus, Golden) {
  expect_golden("open.prom", prometheus_report(open_result()));
  expect_golden("closed.prom", prometheus_report(closed_result()));
}

// What `promtool check metrics` asks for: HELP and TYPE once and before the samples, which stand together; counters end
// in _total, nothing else does; no sample is not a number.
TEST(Prometheus, FollowsTheFormat) {
  for (const RunResult& result : {open_result(), closed_result(), empty_result()}) {
    std::string name, type;
    std::vector<std::string> seen;
    for (const std::string& line : lines_of(prometheus_report(result))) {
      std::istringstream words(line);
      std::string hash, what, metric, rest;
      if (line.starts_with("# ")) {
        words >> hash >> what >> metric >> rest;
        if (what == "HELP") {
          EXPECT_EQ(std::ranges::find(seen, metric), seen.end()) << metric;
          seen.push_back(name = metric);
          EXPECT_FALSE(rest.empty());
        } else {
          EXPECT_EQ(what, "TYPE");
          EXPECT_EQ(metric, name);
          type = rest;
          EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
        }
        continue;
      }
      const std::string sample = line.substr(0, line.find_first_of("{ "));
      const bool of_summary = type == "summary" && (sample == name + "_sum" || sample == name + "_count");
      EXPECT_TRUE(sample == name || of_summary) << line;
      const std::string value = line.substr(line.rfind(' ') + 1);
      EXPECT_EQ(value.find_first_not_of("0123456789.-"), std::string::npos) << line;
    }
  }
}

TEST(Prometheus, EscapesLabels) {
  RunResult result = empty_result();
  result.stages[0].scenarios[0].label = "a\"b\\c\nd";
  EXPECT_NE(prometheus_report(result).find("scenario=\"a\\\"b\\\\c\\nd\""), std::string::npos);
}

TEST(Markdown, Golden) {
  expect_golden("open.md", markdown_report(open_result()));
  expect_golden("closed.md", markdown_report(closed_result()));
}

TEST(Markdown, NamesAreNoMarkup) {
  RunResult result = open_result();
  result.stages[0].scenarios[0].label = "a|b<img src=x>";
  const std::string text = markdown_report(result);
  EXPECT_NE(text.find("a\\|b\\<img src=x\\>"), std::string::npos);
}

TEST(Junit, Golden) {
  expect_golden("open.junit.xml", junit_report(open_result()));
  expect_golden("closed.junit.xml", junit_report(closed_result()));
}

TEST(Junit, AnInvalidRunIsAnError) {
  RunResult result = open_result();
  result.health.verdict = Verdict::invalid;
  result.health.reasons = {{"shed", Verdict::invalid, 12, 0, "count", 1, "<the target> was \"slow\""}};
  const std::string text = junit_report(result);
  EXPECT_NE(text.find("<error message=\"invalid: shed 12, limit 0 (stage 1): "
                      "&lt;the target&gt; was &quot;slow&quot;\"/>"),
            std::string::npos) << text;
}

TEST(Hgrm, Golden) { expect_golden("closed.hgrm", hgrm_report(closed_result())); }

TEST(Hgrm, CountsOnlyGrow) {
  uint64_t last = 0;
  size_t blocks = 0;
  for (const std::string& line : lines_of(hgrm_report(open_result()))) {
    if (line.starts_with("# stage")) last = 0, ++blocks;
    double value = 0, share = 0;
    unsigned long long count = 0;
    if (std::sscanf(line.c_str(), " %lf %lf %llu", &value, &share, &count) != 3) continue;
    EXPECT_GE(count, last) << line;
    last = count;
  }
  EXPECT_EQ(blocks, 8u);
}

}  // namespace
}  // namespace ringload::report
