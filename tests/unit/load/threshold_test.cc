#include <gtest/gtest.h>

#include "load_testing.h"

namespace ringload::load {
namespace {

TEST(Threshold, HasOneCanonicalForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"ttft_p95<=500ms", "ttft_p95<=500ms"},
      {"ttft<=0.5s", "ttft_p95<=500ms"},
      {"rag:ttft_p99<=2s", "rag:ttft_p99<=2000ms"},
      {"stage2:error_rate<=0", "stage2:error_rate<=0"},
      {"stage2:rag:p99<1s", "stage2:rag:latency_p99<1000ms"},
      {"error_rate<=0.5%", "error_rate<=0.005"},
      {"p95 < 300", "latency_p95<300ms"},
      {"e2e_p999<=1s", "latency_p99.9<=1000ms"},
      {"latency_p99.9<=1s", "latency_p99.9<=1000ms"},
      {"latency_p50.0<=1s", "latency_p50<=1000ms"},
      {"itl_mean<=1500us", "itl_mean<=1.5ms"},
      {"service_max<=10", "service_max<=10ms"},
      {"latency_p100<=10", "latency_max<=10ms"},
      {"rps>=1000", "ok_rps>=1000"},
      {"goodput>=99%", "goodput>=0.99"},
      {"output_tokens_per_s>=10000", "output_tokens_per_s>=10000"},
      {"stream_tokens_per_s_p50>20", "stream_tokens_per_s_p50>20"},
      {"stream_tokens_per_s>20", "stream_tokens_per_s_p95>20"},
      {"my chat:p99<=5", "my chat:latency_p99<=5ms"},
      {"stagecoach:p99<=5", "stagecoach:latency_p99<=5ms"},
  };
  for (const auto& [text, canonical] : cases) {
    const auto threshold = parse_threshold(text);
    ASSERT_TRUE(threshold) << text << ": " << threshold.error();
    EXPECT_EQ(threshold->expr, canonical);
    EXPECT_EQ(parse_threshold(threshold->expr)->expr, canonical);
  }
  EXPECT_EQ(parse_threshold(" rag:p99 <= 2s ")->written, "rag:p99 <= 2s") << "reports show it as the user knows it";
  const auto scoped = parse_threshold("stage2:rag:ttft_p99.9>=1s").value();
  EXPECT_EQ(scoped.stage, 2);
  EXPECT_EQ(scoped.scenario, "rag");
  EXPECT_EQ(scoped.metric, "ttft");
  EXPECT_EQ(scoped.stat, "p99.9");
  EXPECT_EQ(scoped.op, Threshold::Op::ge);
  EXPECT_DOUBLE_EQ(scoped.value, 1000);
}

TEST(Threshold, RefusesWhatItCannotJudge) {
  for (const char* text : {"", "ttft", "ttft=5", "ttft==5", "foo<=5", "ttft_p0<=5", "ttft_p101<=5", "ttft_foo<=5",
                           "error_rate_p95<=1", "error_rate<=2", "error_rate<=5ms", "ttft<=5%", "ttft<=", "ttft<=x",
                           "ttft<=-1", "ttft<=5m", "rps>=1ms", "stage0:ttft<=5", ":ttft<=5", "ttft<=nan", "ttft<=inf",
                           "goodput_p95>=1", "ttft_p95_ms<=5", "p<=5", "p9.9.9<=5", "p.5<=5"}) {
    EXPECT_FALSE(parse_threshold(text)) << text;
  }
}

TEST(Threshold, AnObjectsKeysSayAtMostOrAtLeast) {
  const Profile profile = good_profile(R"({
    "slo": {"e2e_ms": 1},
    "defaults": {"stream": true},
    "thresholds": {"ttft_p95_ms": 500, "p95_ms": 0, "error_rate": 0.01, "rps": 100, "goodput": 0.9,
                   "output_tokens_per_s": 5, "_note": "x", "itl_p99": 40, "latency_p99.9_ms": 7}})");
  std::string all;
  for (const Threshold& each : profile.thresholds) all += each.expr + (each.off ? " off" : "") + "\n";
  EXPECT_EQ(all,
            "ttft_p95<=500ms\nlatency_p95<=0ms off\nerror_rate<=0.01\nok_rps>=100\ngoodput>=0.9\n"
            "output_tokens_per_s>=5\nitl_p99<=40ms\nlatency_p99.9<=7ms\n");
}

TEST(Threshold, AnObjectsKeysAreReportedAsWhatTheyMean) {
  const Profile profile = good_profile(R"({"thresholds": {"p95_ms": 500, "error_rate": 0}})");
  EXPECT_EQ(profile.thresholds.at(0).written, "latency_p95<=500ms");
  EXPECT_EQ(profile.thresholds.at(1).written, "error_rate") << "off";
}

TEST(Threshold, ZeroInAListIsZero) {
  const Profile profile = good_profile(R"({"thresholds": ["error_rate<=0"]})");
  ASSERT_EQ(profile.thresholds.size(), 1u);
  EXPECT_FALSE(profile.thresholds[0].off);
}

TEST(Threshold, TtftInAnObjectReadsTtfbWhereNothingStreams) {
  const Profile profile = good_profile(R"({"thresholds": {"ttft_p95_ms": 500}})");
  EXPECT_TRUE(profile.thresholds.at(0).ttft_reads_ttfb);
  EXPECT_EQ(profile.notes.size(), 1u);
  EXPECT_FALSE(good_profile(R"({"defaults": {"stream": true}, "thresholds": {"ttft_p95_ms": 500}})")
                   .thresholds.at(0).ttft_reads_ttfb);
}

TEST(Threshold, WhatNothingCanFeedIsAnError) {
  EXPECT_NE(errors_of(R"({"thresholds": ["ttft_p95<=500"]})").find("$.thresholds[0]: ttft_p95<=500ms: no scenario streams"),
            std::string::npos);
  EXPECT_NE(errors_of(R"({"thresholds": ["x:p95<=500"]})").find("no scenario \"x\", allowed: default"), std::string::npos);
  EXPECT_NE(errors_of(R"({"thresholds": ["stage2:p95<=500"]})").find("no stage 2"), std::string::npos);
  EXPECT_NE(errors_of(R"({"thresholds": ["goodput>=0.9"]})").find("slo"), std::string::npos);
  Overrides flags;
  flags.thresholds = {"itl_p95<=5", "p95<=100"};
  EXPECT_EQ(errors_of("{}", flags), "--threshold: itl_p95<=5ms: no scenario streams, so there is no itl\n");
}

TEST(Threshold, UnknownKeysOfAnObjectAreErrors) {
  const std::string errors = errors_of("{\"thresholds\": {\"tttf_p95_ms\": 5,\n \"error_rate\": 3, \"rps_ms\": 1}}");
  EXPECT_NE(errors.find("p.json:1:17: $.thresholds.tttf_p95_ms: unknown threshold"), std::string::npos) << errors;
  EXPECT_NE(errors.find("p.json:2:16: $.thresholds.error_rate: found 3 (number), allowed: number from 0 to 1"),
            std::string::npos) << errors;
  EXPECT_NE(errors.find("$.thresholds.rps_ms: unknown threshold"), std::string::npos) << errors;
}

}  // namespace
}  // namespace ringload::load
