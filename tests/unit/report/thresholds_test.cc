#include "report/thresholds.h"

#include <gtest/gtest.h>

#include "report/figures.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

Threshold bound(std::string metric, std::string stat, Threshold::Op op, double value, std::string scenario = "",
                int stage = 0) {
  Threshold t;
  t.metric = std::move(metric);
  t.stat = std::move(stat);
  t.op = op;
  t.value = value;
  t.scenario = std::move(scenario);
  t.stage = stage;
  t.written = t.metric + "_" + t.stat;
  return t;
}

constexpr auto kLe = Threshold::Op::le;
constexpr auto kGe = Threshold::Op::ge;

TEST(Thresholds, EveryMetricReadsItsFigure) {
  const RunResult result = open_result();
  const Stat& chat = result.stages[0].scenarios[0];
  const auto value = [&](const char* metric, const char* stat) {
    return threshold_value(chat, bound(metric, stat, kLe, 0));
  };
  for (const NamedSamples& figure : duration_figures()) {
    const Samples& samples = chat.*figure.samples;
    for (const double p : {50.0, 90.0, 95.0, 99.0}) {
      const auto found = value(std::string(figure.name).c_str(), ("p" + std::to_string(int(p))).c_str());
      ASSERT_TRUE(found) << figure.name;
      EXPECT_DOUBLE_EQ(*found, static_cast<double>(*percentile_of(samples, p)) / 1000) << figure.name << p;
    }
  }
  EXPECT_DOUBLE_EQ(*value("ttft", "p99.9"), static_cast<double>(*percentile_of(chat.ttft, 99.9)) / 1000);
  EXPECT_DOUBLE_EQ(*value("ttft", "mean"), chat.ttft.values.mean() / 1000);
  EXPECT_DOUBLE_EQ(*value("ttft", "min"), 30);
  EXPECT_DOUBLE_EQ(*value("ttft", "max"), static_cast<double>(chat.ttft.values.max()) / 1000);
  EXPECT_EQ(value("latency", "max"), std::nullopt);  // 14 never ended
  EXPECT_DOUBLE_EQ(*value("error_rate", ""), 25.0 / 84'000);
  EXPECT_DOUBLE_EQ(*value("goodput", ""), 83'070.0 / 84'000);
  EXPECT_DOUBLE_EQ(*value("ok_rps", ""), 83'927.0 / 60);
  EXPECT_DOUBLE_EQ(*value("output_tokens_per_s", ""), 10'742'760.0 / 60);
  EXPECT_NEAR(*value("stream_tokens_per_s", "p50"), 120.482, 0.1);
  EXPECT_EQ(value("nonsense", ""), std::nullopt);
  EXPECT_EQ(value("ttft", "q9"), std::nullopt);
}

TEST(Thresholds, Operators) {
  Threshold t = bound("latency", "p95", kLe, 100);
  EXPECT_TRUE(holds(t, 100));
  EXPECT_FALSE(holds(t, 100.001));
  t.op = Threshold::Op::lt;
  EXPECT_FALSE(holds(t, 100));
  EXPECT_TRUE(holds(t, 99.999));
  t.op = kGe;
  EXPECT_TRUE(holds(t, 100));
  EXPECT_FALSE(holds(t, 99.999));
  t.op = Threshold::Op::gt;
  EXPECT_FALSE(holds(t, 100));
  EXPECT_TRUE(holds(t, 100.001));
}

TEST(Thresholds, ScopesPickTheirRows) {
  const RunResult result = open_result();
  const auto rows = evaluate(result, std::vector{bound("ttft", "p95", kLe, 500, "chat"),
                                                 bound("ttft", "p95", kLe, 500, "rag"),
                                                 bound("error_rate", "", kLe, 0.0001)});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_TRUE(rows[0].pass);
  EXPECT_FALSE(rows[1].pass);
  EXPECT_EQ(rows[1].metric, "ttft_p95");
  EXPECT_EQ(rows[1].scenario, "rag");
  EXPECT_EQ(rows[1].stage, 0u);  // there is but one
  EXPECT_FALSE(rows[2].pass);
  EXPECT_NEAR(*rows[2].value, 72.0 / 119'871, 1e-12);
}

TEST(Thresholds, WithoutAScopeEveryStageIsJudged) {
  const RunResult result = closed_result();
  const auto rows = evaluate(result, std::vector{bound("latency", "p50", kLe, 1)});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].stage, 1u);
  EXPECT_TRUE(rows[0].pass);
  EXPECT_TRUE(rows[1].pass);
  EXPECT_FALSE(rows[2].pass);
  const auto second = evaluate(result, std::vector{bound("latency", "p50", kLe, 1, "", 2)});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].stage, 2u);
}

TEST(Thresholds, NoDataFails) {
  const RunResult result = closed_result();
  for (const Threshold& t : {bound("ttft", "p95", kLe, 1e9), bound("latency", "p95", kLe, 1e9, "nobody"),
                             bound("latency", "p95", kLe, 1e9, "", 9), bound("goodput", "", kGe, 0)}) {
    for (const ThresholdResult& row : evaluate(result, std::vector{t})) {
      EXPECT_FALSE(row.pass);
      EXPECT_EQ(row.value, std::nullopt);
      EXPECT_EQ(row.note, "no data");
    }
    EXPECT_FALSE(evaluate(result, std::vector{t}).empty());
  }
  // A run that measured nothing passes nothing.
  for (const char* metric : {"ok_rps", "error_rate", "output_tokens_per_s", "latency"})
    for (const ThresholdResult& row : evaluate(empty_result(), std::vector{bound(metric, "", kLe, 1e9)}))
      EXPECT_FALSE(row.pass) << metric;
}

TEST(Thresholds, ARankAmongTheCensoredFails) {
  RunResult result = closed_result();
  result.timeout_s = 120;
  const auto rows = evaluate(result, std::vector{bound("latency", "p99.9", kGe, 0, "", 3)});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_FALSE(rows[0].pass);
  EXPECT_EQ(rows[0].note, ">120s");
}

TEST(Thresholds, TtftReadsTtfbWhereNothingStreams) {
  Threshold t = bound("ttft", "p95", kLe, 100);
  t.ttft_reads_ttfb = true;
  const auto rows = evaluate(closed_result(), std::vector{t});
  EXPECT_TRUE(rows[0].pass);
  EXPECT_EQ(rows[0].note, "no scenario streams: this is TTFB");
}

TEST(Thresholds, JudgingMarksRowsAndRun) {
  RunResult result = open_result();
  Threshold off = bound("p95", "", kLe, 0);
  off.off = true;
  off.written = "p95_ms";
  judge(result, std::vector{bound("ttft", "p95", kLe, 500, "chat"), bound("ttft", "p95", kLe, 500, "rag"), off});
  EXPECT_FALSE(result.pass);
  EXPECT_EQ(result.thresholds.size(), 2u);
  EXPECT_EQ(result.thresholds_off, std::vector<std::string>{"p95_ms"});
  EXPECT_EQ(result.stages[0].scenarios[0].pass, true);
  EXPECT_EQ(result.stages[0].scenarios[1].pass, false);
  EXPECT_EQ(result.stages[0].total.pass, std::nullopt);
  EXPECT_EQ(result.aggregate.pass, false);
  judge(result, {});
  EXPECT_TRUE(result.pass);
  EXPECT_EQ(result.aggregate.pass, std::nullopt);
}

}  // namespace
}  // namespace ringload::report
