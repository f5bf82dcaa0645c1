#include "stats/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/prng.h"

namespace ringload::stats {
namespace {

Histogram one_to_thousand() {
  Histogram histogram;
  for (int64_t value = 1; value <= 1000; ++value) histogram.record(value);
  return histogram;
}

constexpr int64_t kLong = 3'600'000'000;

TEST(PercentileInterval, TakesThePooledQuantilesAtBothTails) {
  // sd = 0.02·√(10/9), h = 2.26·sd/√10 = 0.015066…: tails 0.1150… and 0.0849…
  const std::array<double, kBatches> shares = {0.08, 0.12, 0.08, 0.12, 0.08, 0.12, 0.08, 0.12, 0.08, 0.12};
  const auto interval = percentile_interval(one_to_thousand(), 0, 90, shares, kLong);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 885);
  EXPECT_EQ(interval->high, 916);
  EXPECT_FALSE(interval->correlated);
}

TEST(PercentileInterval, IsOpenAboveWhenTheTailRunsOut) {
  const std::array<double, kBatches> shares = {0.2, 0, 0, 0, 0, 0, 0, 0, 0, 0};  // h = 0.045
  const auto interval = percentile_interval(one_to_thousand(), 0, 98, shares, kLong);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->high, std::nullopt);
  EXPECT_EQ(interval->low, 935);
  // tail 0.02 − 0.0151 is still inside.
  const std::array<double, kBatches> narrow = {0.0, 0.04, 0.0, 0.04, 0.0, 0.04, 0.0, 0.04, 0.0, 0.04};
  EXPECT_EQ(percentile_interval(one_to_thousand(), 0, 97, narrow, kLong)->high, 986);
  EXPECT_EQ(percentile_interval(one_to_thousand(), 0, 98, {0, .04, 0, .04, .01, .03, .01, .03, .02, .02}, kLong)->high,
            991);
}

TEST(PercentileInterval, EqualBatchesLeaveNoDoubt) {
  std::array<double, kBatches> shares;
  shares.fill(0.05);
  const auto interval = percentile_interval(one_to_thousand(), 0, 95, shares, kLong);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 950);
  EXPECT_EQ(interval->high, 950);
}

TEST(PercentileInterval, CensoredSamplesOpenIt) {
  const std::array<double, kBatches> shares = {0.08, 0.12, 0.08, 0.12, 0.08, 0.12, 0.08, 0.12, 0.08, 0.12};
  // 1,000 finite and 100 infinite ones: p90 is the 990th, its upper end at tail 0.085 is among the infinite.
  const auto upper = percentile_interval(one_to_thousand(), 100, 90, shares, kLong);
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->low, 974);
  EXPECT_EQ(upper->high, std::nullopt);
  // p91 itself is infinite, its lower end at tail 0.105 is not.
  const auto infinite = percentile_interval(one_to_thousand(), 100, 91, shares, kLong);
  ASSERT_TRUE(infinite);
  EXPECT_EQ(infinite->low, 985);
  EXPECT_EQ(infinite->high, std::nullopt);
  EXPECT_TRUE(infinite->correlated) << "no stage is long beside infinity";
  EXPECT_EQ(percentile_interval(one_to_thousand(), 1000, 90, shares, kLong), std::nullopt);
  EXPECT_EQ(percentile_interval(Histogram(), 0, 90, shares, kLong), std::nullopt);
}

TEST(PercentileInterval, MarksStagesShorterThanAThousandTimesTheFigure) {
  std::array<double, kBatches> shares;
  shares.fill(0.05);
  EXPECT_FALSE(percentile_interval(one_to_thousand(), 0, 95, shares, 950'000)->correlated);
  EXPECT_TRUE(percentile_interval(one_to_thousand(), 0, 95, shares, 949'999)->correlated);
}

CoarseHistogram samples_of(int64_t value, int n) {
  CoarseHistogram histogram;
  for (int i = 0; i < n; ++i) histogram.record(value);
  return histogram;
}

TEST(BatchSeries, DealsSecondsToTenBatches) {
  BatchSeries series;
  for (uint32_t second = 0; second < 30; ++second) {
    series.add(second, samples_of(1, 10));
    if (second / 3 == 4) series.add(second, samples_of(100, 30));
  }
  series.add(33, samples_of(100, 30));  // the drain
  const auto shares = series.shares_above(50, 30);
  ASSERT_TRUE(shares);
  for (size_t i = 0; i < kBatches; ++i) EXPECT_DOUBLE_EQ((*shares)[i], i == 4 ? 0.75 : i == 9 ? 0.5 : 0) << i;
}

TEST(BatchSeries, NeedsTenSecondsAndSamplesInAll) {
  BatchSeries series;
  for (uint32_t second = 0; second < 9; ++second) series.add(second, samples_of(1, 1));
  EXPECT_EQ(series.shares_above(1, 9), std::nullopt);
  EXPECT_EQ(series.shares_above(1, 10), std::nullopt) << "the last batch is empty";
  series.add(9, samples_of(1, 1));
  EXPECT_NE(series.shares_above(1, 10), std::nullopt);
}

TEST(BatchSeries, EveryLengthHasTenBatches) {
  BatchSeries series(20);
  for (uint32_t second = 0; second < 1000; ++second) {
    series.add(second, samples_of(second, 1));
    const auto shares = series.shares_above(1'000'000, second + 1);
    ASSERT_EQ(shares.has_value(), second >= 9) << second;
  }
}

TEST(BatchSeries, MergesCellsOfLongStages) {
  BatchSeries series(20);
  for (uint32_t second = 0; second < 1000; ++second) series.add(second, samples_of(second < 500 ? 1 : 100, 1));
  const auto shares = series.shares_above(50, 1000);
  ASSERT_TRUE(shares);
  for (size_t i = 0; i < kBatches; ++i) EXPECT_NEAR((*shares)[i], i < 5 ? 0 : 1, i == 4 || i == 5 ? 0.3 : 0) << i;
  EXPECT_NEAR(std::accumulate(shares->begin(), shares->end(), 0.0) / kBatches, 0.5, 0.01);
  // A second that comes late is not lost.
  series.add(3, samples_of(100, 1000));
  EXPECT_GT((*series.shares_above(50, 1000))[0], 0.8);
}

TEST(BatchSeries, SecondsWithoutSamplesMayBeLeftOut) {
  BatchSeries series(20);
  for (uint32_t second = 0; second < 5; ++second) series.add(second, samples_of(second == 4 ? 100 : 1, 1));
  for (uint32_t second = 7; second < 50; second += 5) series.add(second, samples_of(1, 3));
  const auto shares = series.shares_above(50, 50);
  ASSERT_TRUE(shares);
  // Cells of 4 s by now: second 4 shares the second batch with second 7.
  EXPECT_DOUBLE_EQ(std::accumulate(shares->begin(), shares->end(), 0.0), 0.25);
}

// Latencies whose level wanders from second to second (correlation 0.8): the interval must cover the true p99 about as
// often as it says.
TEST(PercentileInterval, CoversUnderCorrelation) {
  constexpr int kRuns = 150, kSeconds = 300, kPerSecond = 60;
  constexpr double kRho = 0.8, kLevelSd = 0.2, kNoiseSd = 0.5;
  const double truth = std::exp(8 + 2.3263 * std::hypot(kLevelSd, kNoiseSd));  // µs, about 10 ms
  Prng random(20);
  int covered = 0;
  for (int run = 0; run < kRuns; ++run) {
    Histogram pooled;
    BatchSeries batches;
    double level = random.normal();
    for (uint32_t second = 0; second < kSeconds; ++second) {
      level = kRho * level + std::sqrt(1 - kRho * kRho) * random.normal();
      CoarseHistogram samples;
      for (int i = 0; i < kPerSecond; ++i) {
        const auto value = static_cast<int64_t>(std::exp(8 + kLevelSd * level + kNoiseSd * random.normal()));
        pooled.record(value);
        samples.record(value);
      }
      batches.add(second, samples);
    }
    const auto interval = percentile_interval(pooled, 0, 99, batches, kSeconds);
    ASSERT_TRUE(interval);
    EXPECT_FALSE(interval->correlated);
    covered += interval->low <= truth && (!interval->high || static_cast<double>(*interval->high) >= truth);
  }
  EXPECT_GE(covered, kRuns * 87 / 100);
  EXPECT_LE(covered, kRuns * 99 / 100);
}

}  // namespace
}  // namespace ringload::stats
