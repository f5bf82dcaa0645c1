#include <gtest/gtest.h>

#include "experiment/knee.h"
#include "experiment/knee_slo.h"
#include "ringload/profile_load.h"

namespace ringload::experiment {
namespace {

constexpr int64_t kMs = 1'000'000;

BlockCounts quiet() {
  BlockCounts counts;
  counts.requests = 10'000;
  counts.ttfb_p50_ns = 10 * kMs;
  counts.busiest_shard = 0.3;
  return counts;
}

TEST(Spoiled, AQuietBlockIsNot) {
  Disturbance::Reading reading;
  reading.steal = 0.02;
  reading.shard_delay = 0.02;
  BlockCounts counts = quiet();
  counts.loop_gap_ns = 10 * kMs;
  counts.lag_p99_ns = 5 * kMs;
  counts.gen_errors = 1;
  counts.busiest_shard = 0.95;
  EXPECT_EQ(spoiled_by(counts, reading, 50 * kMs).why, "");
}

TEST(Spoiled, EachSignAlone) {
  const auto with = [](auto change, Disturbance::Reading reading = {}) {
    BlockCounts counts = quiet();
    change(counts);
    return spoiled_by(counts, reading, 50 * kMs);
  };
  Disturbance::Reading steal, delay, own_target, strangers;
  steal.steal = 0.03;
  delay.shard_delay = 0.03;
  own_target.target_delay = 0.5;  // its threads wait for each other: nobody else is there
  own_target.shard_delay = 0.2;
  own_target.other_cpu = 0.01;
  strangers.target_delay = 0.5;
  strangers.other_cpu = 0.4;
  const auto nothing = [](BlockCounts&) {};
  EXPECT_TRUE(with(nothing, steal).disturbed);
  EXPECT_TRUE(with(nothing, delay).disturbed);
  EXPECT_FALSE(with(nothing, own_target).disturbed);
  EXPECT_TRUE(with(nothing, strangers).disturbed);
  EXPECT_TRUE(with([](BlockCounts& c) { c.loop_gap_ns = 11 * kMs; }).disturbed);
  EXPECT_TRUE(with([](BlockCounts& c) { c.lag_p99_ns = 6 * kMs; }).disturbed);
  EXPECT_TRUE(with([](BlockCounts& c) { c.lag_p99_ns = 6 * kMs, c.busiest_shard = 0.9; }).own_limit);
  EXPECT_TRUE(with([](BlockCounts& c) { c.busiest_shard = 0.96; }).own_limit);
  EXPECT_TRUE(with([](BlockCounts& c) { c.gen_errors = 2; }).own_limit);
}

KneeReport report_of(const KneeSearch& search) {
  KneeReport report;
  report.arrival = "poisson";
  report.slo = "latency_p99<=50ms";
  report.bounds = search.bounds();
  report.steps = search.steps();
  report.answer = search.answer();
  return report;
}

TEST(KneeJson, AResumedSearchStandsWhereTheOtherStopped) {
  KneeOptions options;
  const std::vector<KneeBound> bounds{{{Bound::Figure::latency, -1, 50 * kMs}, KneeBound::Stat::share, 0.01, "p99"}};
  KneeSearch search(options, bounds);
  for (int i = 0; i < 14; ++i) {
    const auto block = search.next(INT64_MAX);
    ASSERT_TRUE(block);
    BlockCounts counts;
    counts.block = *block;
    counts.number = static_cast<uint32_t>(i + 1);
    counts.sent = counts.answered = 1000;
    counts.in_flight_variance = 1.0 / 3;
    counts.bounds = {{1000, block->rate > 430 ? 60u : 0u, 1000, 0.1, 0.2, 0.3}};
    search.add(counts, {});
  }
  const KneeReport report = report_of(search);
  const auto read = read_knee_json(knee_json(report), report);
  ASSERT_TRUE(read) << read.error();
  KneeSearch again(options, bounds);
  for (const KneeStep& step : read->steps) again.add(step.counts, step.spoiled);
  EXPECT_EQ(again.next(INT64_MAX)->rate, search.next(INT64_MAX)->rate);
  EXPECT_EQ(again.next(INT64_MAX)->window_ns, search.next(INT64_MAX)->window_ns);
  KneeReport other = report;
  other.slo = "latency_p99<=60ms";
  EXPECT_FALSE(read_knee_json(knee_json(report), other));
  EXPECT_FALSE(read_knee_json("{\"steps\": [{}]}", report));
  EXPECT_FALSE(read_knee_json("{", report));
}

TEST(KneeSlo, WhatCanBeSearchedForAndWhatCannot) {
  Profile profile;
  profile.scenarios.resize(1);
  profile.scenarios[0].name = "chat";
  const auto bounds = [&](const char* text) {
    const std::vector<Threshold> slo{*parse_threshold(text)};
    return knee_bounds(slo, profile);
  };
  const auto p99 = bounds("chat:p99<=50ms");
  ASSERT_TRUE(p99);
  ASSERT_EQ(p99->size(), 2u);  // and error_rate<=1%
  EXPECT_NEAR((*p99)[0].tolerance, 0.01, 1e-9);
  EXPECT_EQ((*p99)[0].bound.limit_ns, 50 * kMs);
  EXPECT_EQ((*p99)[0].bound.scenario, 0);
  EXPECT_EQ(longest_bound(*p99), 50 * kMs);
  EXPECT_EQ(bounds("error_rate<=0.5%")->size(), 1u);
  EXPECT_EQ((*bounds("latency_mean<=20ms"))[0].stat, KneeBound::Stat::mean);
  for (const char* refused : {"rps>=100", "p99>=50ms", "error_rate<=0", "ttft_p99<=50ms", "goodput>=0.9",
                              "other:p99<=5ms",                              "stage2:p99<=5ms"})
    EXPECT_FALSE(bounds(refused)) << refused;
}

}  // namespace
}  // namespace ringload::experiment
