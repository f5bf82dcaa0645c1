#include "stats/coarse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/prng.h"

namespace ringload::stats {
namespace {

constexpr Nanos kMs = kMillisecond;

TEST(CoarseHistogram, IsWithinOnePercent) {
  for (double value = 0; value < CoarseHistogram::kMaxValue; value = value * 1.003 + 1) {
    CoarseHistogram histogram;
    const auto exact = static_cast<int64_t>(value);
    histogram.record(exact);
    ASSERT_NEAR(static_cast<double>(*histogram.value_at_percentile(50)), static_cast<double>(exact),
                std::max(0.5, 0.008 * static_cast<double>(exact)));
  }
  EXPECT_LT(sizeof(CoarseHistogram), 8000u);
}

TEST(CoarseHistogram, TakesAnyValue) {
  CoarseHistogram histogram;
  histogram.record(-1);
  histogram.record(INT64_MIN);
  histogram.record(INT64_MAX);
  EXPECT_EQ(histogram.total(), 3u);
  EXPECT_EQ(histogram.value_at_percentile(50), 0);
  EXPECT_NEAR(static_cast<double>(*histogram.value_at_percentile(100)) / CoarseHistogram::kMaxValue, 1, 0.01);
  EXPECT_EQ(histogram.share_above(INT64_MIN), 1);
  EXPECT_EQ(histogram.share_above(INT64_MAX) > 0.34, false);
}

TEST(CoarseHistogram, EmptyHasNoFigures) {
  const CoarseHistogram histogram;
  EXPECT_EQ(histogram.value_at_percentile(50), std::nullopt);
  EXPECT_EQ(histogram.share_above(0), 0);
}

TEST(CoarseHistogram, SharesAreTheSortedVectors) {
  Prng random(2);
  std::vector<int64_t> values;
  CoarseHistogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<int64_t>(std::exp(9 + random.normal())));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double percentile : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9}) {
    const int64_t value = values[static_cast<size_t>(percentile / 100 * 20'000) - 1];
    EXPECT_NEAR(histogram.share_above(value), 1 - percentile / 100, 0.001);
    EXPECT_NEAR(static_cast<double>(*histogram.value_at_percentile(percentile)) / static_cast<double>(value), 1, 0.01);
  }
}

TEST(CoarseHistogram, ExactWhereBucketsAreSingleValues) {
  CoarseHistogram histogram;
  for (int64_t value = 1; value <= 100; ++value) histogram.record(value);
  EXPECT_DOUBLE_EQ(histogram.share_above(0), 1);
  EXPECT_DOUBLE_EQ(histogram.share_above(90), 0.1);
  EXPECT_DOUBLE_EQ(histogram.share_above(100), 0);
  // 10 more at +infinity are above everything.
  for (int i = 0; i < 10; ++i) histogram.record_censored();
  EXPECT_DOUBLE_EQ(histogram.share_above(100), 10.0 / 110);
  EXPECT_EQ(histogram.value_at_percentile(90.9), 100);
  EXPECT_EQ(histogram.value_at_percentile(91), std::nullopt);
}

TEST(CoarseHistogram, AddsUpAndResets) {
  CoarseHistogram a, b;
  a.record(10);
  b.record(1'000'000);
  b.record_censored();
  a.add(b);
  EXPECT_EQ(a.total(), 2u);
  EXPECT_EQ(a.censored(), 1u);
  EXPECT_DOUBLE_EQ(a.share_above(10), 2.0 / 3);
  a.reset();
  EXPECT_TRUE(a.empty());
  a.record(1'000'000);
  EXPECT_DOUBLE_EQ(a.share_above(10), 1);
  for (int i = 0; i < 33; ++i) a.add(CoarseHistogram(a));  // doubling: beyond 32 bits it saturates, it does not wrap
  EXPECT_DOUBLE_EQ(a.share_above(2'000'000), 0);
  EXPECT_NE(a.value_at_percentile(10), std::nullopt);
}

Outcome outcome_of(uint32_t scenario, bool warmup, ErrorClass error = ErrorClass::ok) {
  Outcome outcome;
  outcome.scenario = scenario;
  outcome.warmup = warmup;
  outcome.error = error;
  outcome.stream = true;
  outcome.intended = 0;
  outcome.sent = 10 * kMs;
  outcome.first_byte = 20 * kMs;
  outcome.first_token = 30 * kMs;
  outcome.end = 40 * kMs;
  outcome.tokens = {.prompt = 5, .completion = 7};
  return outcome;
}

std::vector<CoarseTick> drain(SpscQueue<CoarseTick>& queue) {
  std::vector<CoarseTick> ticks;
  for (; queue.front() != nullptr; queue.pop()) ticks.push_back(*queue.front());
  return ticks;
}

TEST(CoarseRecorder, HandsOverOneTickPerKey) {
  CoarseRecorder recorder(2, 3);
  SpscQueue<CoarseTick> queue(recorder.max_ticks());
  recorder.begin(0, 7);
  recorder.begin(1, 8);
  recorder.count_scheduled(0, 2, false);
  recorder.record_sent(0, 2, false, 50 * kMicrosecond);
  recorder.record_sent(0, 2, false, -1);
  recorder.record_end(0, outcome_of(2, false));
  recorder.record_end(0, outcome_of(2, true));
  recorder.record_end(1, outcome_of(1, false, ErrorClass::http_5xx));
  EXPECT_TRUE(recorder.publish(1 * kSecond, 42, queue));
  const std::vector<CoarseTick> ticks = drain(queue);
  ASSERT_EQ(ticks.size(), 3u);
  const CoarseTick& steady = ticks[0];
  EXPECT_EQ(steady.at, kSecond);
  EXPECT_EQ(steady.stage, 7u);
  EXPECT_EQ(steady.scenario, 2u);
  EXPECT_FALSE(steady.warmup);
  EXPECT_EQ(steady.scheduled, 1u);
  EXPECT_EQ(steady.sent, 2u);
  EXPECT_EQ(steady.ok, 1u);
  EXPECT_EQ(steady.in_flight, 42u);
  EXPECT_EQ(steady.prompt_tokens, 5u);
  EXPECT_EQ(steady.completion_tokens, 7u);
  EXPECT_EQ(steady.lag.total(), 1u);
  EXPECT_NEAR(static_cast<double>(*steady.latency.value_at_percentile(50)), 40'000, 400);
  EXPECT_NEAR(static_cast<double>(*steady.service.value_at_percentile(50)), 30'000, 300);
  EXPECT_NEAR(static_cast<double>(*steady.ttfb.value_at_percentile(50)), 20'000, 200);
  EXPECT_NEAR(static_cast<double>(*steady.ttft.value_at_percentile(50)), 30'000, 300);
  EXPECT_TRUE(ticks[1].warmup);
  EXPECT_EQ(ticks[1].ok, 1u);
  EXPECT_EQ(ticks[1].in_flight, 0u) << "once in a hand-over, so that shards can be added up";
  EXPECT_EQ(ticks[2].stage, 8u);
  EXPECT_EQ(ticks[2].failed, 1u);
  EXPECT_TRUE(ticks[2].latency.empty()) << "a quick refusal is no latency";
}

TEST(CoarseRecorder, AlwaysTellsWhatIsInFlight) {
  CoarseRecorder recorder(1, 1);
  SpscQueue<CoarseTick> queue(4);
  recorder.begin(0, 1);
  recorder.record_end(0, outcome_of(0, false));
  EXPECT_TRUE(recorder.publish(1 * kSecond, 1, queue));
  EXPECT_TRUE(recorder.publish(2 * kSecond, 9, queue));
  const std::vector<CoarseTick> ticks = drain(queue);
  ASSERT_EQ(ticks.size(), 2u);
  EXPECT_TRUE(ticks[1].empty());
  EXPECT_EQ(ticks[1].in_flight, 9u);
}

TEST(CoarseRecorder, AFullQueueLosesNothing) {
  CoarseRecorder recorder(1, 2);
  SpscQueue<CoarseTick> queue(1);
  recorder.begin(0, 1);
  recorder.record_end(0, outcome_of(0, false));
  recorder.record_end(0, outcome_of(1, false));
  EXPECT_FALSE(recorder.publish(1 * kSecond, 0, queue));
  recorder.record_end(0, outcome_of(1, false));
  EXPECT_FALSE(recorder.publish(2 * kSecond, 0, queue));
  EXPECT_EQ(drain(queue)[0].scenario, 0u);
  EXPECT_TRUE(recorder.publish(3 * kSecond, 0, queue));
  const std::vector<CoarseTick> ticks = drain(queue);
  ASSERT_EQ(ticks.size(), 1u);
  EXPECT_EQ(ticks[0].ok, 2u);
  EXPECT_EQ(ticks[0].latency.total(), 2u);
  recorder.begin(0, 2);
  EXPECT_EQ(recorder.dropped(), 0u);
  recorder.record_end(0, outcome_of(0, false));
  recorder.begin(0, 3);
  EXPECT_EQ(recorder.dropped(), 1u);
}

TEST(CoarseRecorder, WhoNeverGotAnAnswerIsAboveEverything) {
  for (unsigned i = 1; i < kErrorClasses; ++i) {
    Outcome outcome = outcome_of(0, false, static_cast<ErrorClass>(i));
    outcome.first_token = -1;
    CoarseRecorder recorder(1, 1);
    SpscQueue<CoarseTick> queue(1);
    recorder.record_end(0, outcome);
    recorder.publish(0, 0, queue);
    const CoarseTick tick = drain(queue).at(0);
    const bool by_the_run = outcome.error == ErrorClass::cancelled || outcome.error == ErrorClass::budget;
    const bool infinite = is_censored(outcome.error) || outcome.error == ErrorClass::cancelled;
    EXPECT_EQ(tick.failed, !by_the_run) << error_class_name(outcome.error);
    EXPECT_EQ(tick.latency.censored(), infinite) << error_class_name(outcome.error);
    EXPECT_EQ(tick.service.censored(), infinite);
    EXPECT_EQ(tick.ttft.censored(), infinite);
    EXPECT_EQ(tick.ttfb.total(), infinite) << "it had its first byte";
    EXPECT_EQ(tick.latency.total(), 0u);
  }
}

TEST(CoarseRecorder, ShedRequestsFailNothing) {
  CoarseRecorder recorder(1, 1);
  SpscQueue<CoarseTick> queue(1);
  Outcome outcome = outcome_of(0, false, ErrorClass::gen_overload);
  outcome.shed = true;
  recorder.record_end(0, outcome);
  EXPECT_TRUE(recorder.publish(0, 0, queue));
  EXPECT_EQ(drain(queue).at(0).failed, 0u);
}

TEST(CoarseRecorder, TokenTimesAreOfStreamsOnly) {
  CoarseRecorder recorder(1, 1);
  SpscQueue<CoarseTick> queue(1);
  Outcome outcome = outcome_of(0, false);
  outcome.stream = false;
  recorder.record_end(0, outcome);
  outcome.error = ErrorClass::timeout;
  outcome.first_token = -1;
  recorder.record_end(0, outcome);
  recorder.publish(0, 0, queue);
  const CoarseTick tick = drain(queue).at(0);
  EXPECT_TRUE(tick.ttft.empty());
  EXPECT_EQ(tick.ttfb.total(), 2u);
}

TEST(CoarseTick, SumsShards) {
  CoarseTick a, b;
  a.ok = 1;
  b.ok = 2;
  b.scheduled = b.sent = b.failed = b.in_flight = b.prompt_tokens = b.completion_tokens = 3;
  for (CoarseHistogram* h : {&b.latency, &b.service, &b.ttfb, &b.ttft, &b.lag}) h->record(5);
  a.add(b);
  EXPECT_EQ(a.ok, 3u);
  EXPECT_EQ(a.scheduled + a.sent + a.failed + a.in_flight + a.prompt_tokens + a.completion_tokens, 18u);
  for (const CoarseHistogram* h : {&a.latency, &a.service, &a.ttfb, &a.ttft, &a.lag}) EXPECT_EQ(h->total(), 1u);
  a.reset();
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(a.in_flight + a.prompt_tokens + a.completion_tokens, 0u);
}

}  // namespace
}  // namespace ringload::stats
