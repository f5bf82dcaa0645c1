#include "report/merge.h"

#include <gtest/gtest.h>

#include "report/figures.h"
#include "report/thresholds.h"
#include "ringload/report.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

RunResult host(const char* name) {
  RunResult result = open_result();
  result.host.name = name;
  return result;
}

TEST(Merge, OneHostStaysItself) {
  RunResult one = host("a");
  judge_again(one);
  const auto merged = merge_results(std::vector{one}, false);
  ASSERT_TRUE(merged) << merged.error();
  RunResult expected = one;
  for (HealthReason& reason : expected.health.reasons) reason.detail = "a";
  EXPECT_EQ(summary_json(*merged), summary_json(expected));
}

TEST(Merge, CountersAddAndPercentilesAreThoseOfAllSamples) {
  RunResult a = host("a"), b = host("b");
  Stat& slow = b.stages[0].scenarios[0];
  slow.latency = samples_through(83'975, {{0, 5'000'000}, {1, 6'000'000}});
  b.conservation.shed = 7;
  const auto merged = merge_results(std::vector{a, b}, false);
  ASSERT_TRUE(merged) << merged.error();
  const StageResult& stage = merged->stages[0];
  EXPECT_EQ(stage.to, 4000);
  EXPECT_EQ(stage.window_s, 60);
  EXPECT_EQ(stage.total.requests, 2u * 119'871);
  EXPECT_EQ(stage.scenarios[0].planned, 2800);
  EXPECT_DOUBLE_EQ(stage.scenarios[0].share, 0.7);
  EXPECT_NEAR(*throughput_rps(stage.total), 2 * *throughput_rps(a.stages[0].total), 1e-9);
  EXPECT_DOUBLE_EQ(*stage.total.in_flight, 2 * 2738);
  Histogram all = a.stages[0].scenarios[0].latency.values;
  all.add(slow.latency.values);
  EXPECT_TRUE(stage.scenarios[0].latency.values == all);
  EXPECT_GT(*percentile_of(stage.scenarios[0].latency, 75), 5'000'000);
  EXPECT_TRUE(stage.scenarios[0].latency.intervals.empty());
  EXPECT_EQ(merged->conservation.shed, 7u);
  EXPECT_EQ(merged->host.name, "a, b");
  EXPECT_EQ(merged->host.shards, 30u);
  EXPECT_EQ(merged->health.shards.size(), 4u);
  EXPECT_EQ(merged->health.shards[3].shard, 3u);
  EXPECT_DOUBLE_EQ(*merged->cost.total_usd, 62.5);
  EXPECT_EQ(merged->connections.opened, 2u * 2'911);
  EXPECT_EQ(merged->connections.connect.values.total(), 2u * 2'911);
  EXPECT_EQ(merged->series.size(), 2u);
  EXPECT_EQ(merged->series[1].ok, 3900u);
  EXPECT_EQ(merged->series[1].latency_p99_us, -1);  // percentiles of a second cannot be merged
}

TEST(Merge, TheOrderOfHostsChangesNoFigure) {
  RunResult a = host("a"), b = host("b");
  b.stages[0].scenarios[1].latency = samples_through(100, {{0, 1}, {1, 9'000'000}});
  const auto ab = merge_results(std::vector{a, b}, false), ba = merge_results(std::vector{b, a}, false);
  EXPECT_EQ(csv_report(*ab), csv_report(*ba));
}

TEST(Merge, AFullSummaryRoundTripIsLossless) {
  const auto read = [](const RunResult& result) { return *read_summary(summary_json(result)); };
  const auto direct = merge_results(std::vector{host("a"), host("b")}, false);
  const auto through = merge_results(std::vector{read(host("a")), read(host("b"))}, false);
  EXPECT_EQ(summary_json(*direct), summary_json(*through));
}

TEST(Merge, HostsStandBesideEachOther) {
  RunResult a = host("a"), b = host("b");
  a.aggregate.latency = samples_through(1'000, {{0, 1'000}, {1, 3'000}});
  b.aggregate.latency = samples_through(1'000, {{0, 5'000}, {1, 9'000}});
  b.aggregate.failed = 7;
  b.complete = false;
  const auto merged = merge_results(std::vector{a, b}, false);
  ASSERT_EQ(merged->hosts.size(), 2u);
  EXPECT_EQ(merged->hosts[0].name, "a");
  EXPECT_EQ(merged->hosts[0].latency_p99_us, percentile_of(a.aggregate.latency, 99));
  EXPECT_EQ(merged->hosts[1].latency_p50_us, percentile_of(b.aggregate.latency, 50));
  EXPECT_EQ(merged->hosts[1].failed, 7u);
  EXPECT_FALSE(merged->hosts[1].complete);
  const std::string text = terminal_report(*merged, {});
  EXPECT_NE(text.find("\n  host "), std::string::npos) << text;
  EXPECT_NE(text.find("\n  b         valid, cut"), std::string::npos) << text;
  EXPECT_EQ(read_summary(summary_json(*merged))->hosts, merged->hosts);

  // A merged run stands for its hosts, and runs of one host are told apart.
  const auto more = merge_results(std::vector{*merged, host("c"), host("c")}, true);
  ASSERT_EQ(more->hosts.size(), 4u);
  EXPECT_EQ(more->hosts[1].name, "b");
  EXPECT_EQ(more->hosts[2].name, "c (1)");
  EXPECT_EQ(more->hosts[3].name, "c (2)");
}

TEST(Merge, TheWorstVerdictWins) {
  RunResult a = host("a"), b = host("b"), c = host("c");
  b.health.verdict = Verdict::invalid;
  b.health.reasons = {{"shed", Verdict::invalid, 3, 0, "count", 1, "too many in flight"}};
  c.health.verdict = Verdict::suspect;
  const auto merged = merge_results(std::vector{a, b, c}, false);
  EXPECT_EQ(merged->health.verdict, Verdict::invalid);
  ASSERT_EQ(merged->health.reasons.size(), 1u);
  EXPECT_EQ(merged->health.reasons[0].detail, "b: too many in flight");
}

TEST(Merge, ThresholdsAreJudgedOnTheMergedFigures) {
  RunResult a = host("a"), b = host("b");
  EXPECT_FALSE(a.thresholds[2].pass);  // rag:ttft_p95 <= 1 s
  b.stages[0].scenarios[1].ttft = samples_through(1'000'000, {{0, 1'000}, {1, 2'000}});
  const auto merged = merge_results(std::vector{a, b}, false);
  EXPECT_TRUE(merged->thresholds[2].pass);
  EXPECT_NEAR(*merged->thresholds[2].value, 1.984, 0.002);
  EXPECT_TRUE(merged->pass);
  EXPECT_EQ(merged->stages[0].scenarios[1].pass, true);
}

TEST(Merge, RefusesWhatDoesNotBelongTogether) {
  RunResult a = host("a"), b = host("b");
  b.profile_sha256 = "other";
  EXPECT_NE(merge_results(std::vector{a, b}, false).error().find("b ran another profile than a"), std::string::npos);
  EXPECT_TRUE(merge_results(std::vector{a, b}, true));
  b.stages[0].duration_s = 71;
  EXPECT_EQ(merge_results(std::vector{a, b}, true).error(),
            "b ran stage 1 (open loop, 71s), a ran stage 1 (open loop, 70s)");
  b.stages.clear();
  EXPECT_EQ(merge_results(std::vector{a, b}, true).error(), "b ran 0 stages, a ran 1");
  EXPECT_FALSE(merge_results({}, true));
}

}  // namespace
}  // namespace ringload::report
