#include "cli/github.h"

#include <gtest/gtest.h>

namespace ringload::cli {
namespace {

TEST(Annotations, NothingWhenAllIsWell) {
  RunResult result;
  result.health.verdict = Verdict::valid;
  result.thresholds = {{"p95<=1s", 1, "", "latency_p95", "<=", 1000, 20.0, true, ""}};
  EXPECT_EQ("", annotations(result));
}

TEST(Annotations, AFailedThresholdIsAnError) {
  RunResult result;
  result.thresholds = {{"p95<=1s", 1, "", "latency_p95", "<=", 1000, 2000.0, false, ""},
                       {"error_rate<=1%", 1, "", "error_rate", "<=", 0.01, 0.0, true, ""}};
  const std::string text = annotations(result);
  EXPECT_TRUE(text.starts_with("::error title=ringload threshold::p95<=1s failed")) << text;
  EXPECT_EQ(1, std::count(text.begin(), text.end(), '\n'));
}

TEST(Annotations, VerdictsOtherThanValid) {
  RunResult result;
  result.health.verdict = Verdict::suspect;
  result.health.reasons = {{"sched_lag_p99", Verdict::suspect, 500, 300, "us", 1, "100 % late\nsecond line"}};
  EXPECT_TRUE(annotations(result).starts_with("::warning title=ringload verdict::"));
  EXPECT_NE(std::string::npos, annotations(result).find("100 %25 late%0Asecond line"));
  EXPECT_EQ(1, [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }(annotations(result)));
  result.health.verdict = Verdict::invalid;
  EXPECT_TRUE(annotations(result).starts_with("::error title=ringload verdict::"));
}

}  // namespace
}  // namespace ringload::cli
