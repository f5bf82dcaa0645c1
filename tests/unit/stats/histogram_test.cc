#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "ringload/metrics.h"

namespace ringload {
namespace {

// Durations as they come: most near a typical value, a long tail, some zeros.
std::vector<int64_t> random_values(uint64_t seed, size_t n) {
  Prng random(seed);
  std::vector<int64_t> values;
  for (size_t i = 0; i < n; ++i) {
    const double value = std::exp(8 + 2.5 * random.normal());
    values.push_back(random.below(50) == 0 ? 0 : static_cast<int64_t>(std::min(value, 3.5e9)));
  }
  return values;
}

Histogram histogram_of(const std::vector<int64_t>& values) {
  Histogram histogram;
  for (const int64_t value : values) histogram.record(value);
  return histogram;
}

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_TRUE(histogram.empty());
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.value_at_percentile(50), 0);
  EXPECT_EQ(histogram.count_above(-1), 0u);
}

TEST(Histogram, ValuesBelow2048AreExact) {
  for (int64_t value = 0; value < 2048; ++value) {
    EXPECT_EQ(Histogram::lowest_equivalent(value), value);
    EXPECT_EQ(Histogram::highest_equivalent(value), value);
  }
}

TEST(Histogram, BucketsAreContiguousAndNarrow) {
  int64_t value = 0;
  uint32_t buckets = 0;
  while (value <= Histogram::kMaxValue) {
    ASSERT_EQ(Histogram::lowest_equivalent(value), value);
    const int64_t last = Histogram::highest_equivalent(value);
    ASSERT_EQ(Histogram::lowest_equivalent(last), value);
    ASSERT_EQ(Histogram::highest_equivalent(last), last);
    ASSERT_LE((last - value) * 1000, value) << "3 significant digits";
    value = last + 1;
    ++buckets;
  }
  EXPECT_LE(buckets, Histogram::kCounts);
}

TEST(Histogram, EdgesOfOctaves) {
  // As HdrHistogram(1, 3600000000, 3) has them.
  EXPECT_EQ(Histogram::highest_equivalent(2048), 2049);
  EXPECT_EQ(Histogram::highest_equivalent(4095), 4095);
  EXPECT_EQ(Histogram::lowest_equivalent(4095), 4094);
  EXPECT_EQ(Histogram::highest_equivalent(4096), 4099);
  EXPECT_EQ(Histogram::highest_equivalent(1'000'000), 1'000'447);
  EXPECT_EQ(Histogram::highest_equivalent(Histogram::kMaxValue), 3'600'809'983);
}

TEST(Histogram, PercentilesAreTheSortedVectors) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const size_t n = 1 + seed * seed * 11;
    std::vector<int64_t> values = random_values(seed, n);
    const Histogram histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    ASSERT_EQ(histogram.total(), n);
    EXPECT_EQ(histogram.min(), Histogram::lowest_equivalent(values.front()));
    EXPECT_EQ(histogram.max(), Histogram::highest_equivalent(values.back()));
    // In tenths of a percent, so that the rank can be computed in whole numbers.
    for (size_t tenths = 1; tenths <= 1000; ++tenths) {
      const size_t rank = std::max<size_t>(1, (tenths * n + 999) / 1000);
      ASSERT_EQ(histogram.value_at_percentile(static_cast<double>(tenths) / 10),
                Histogram::highest_equivalent(values[rank - 1]))
          << tenths << " of " << n;
    }
    for (const int64_t limit : {int64_t{-1}, int64_t{0}, values[n / 2], values[n - 1], Histogram::kMaxValue}) {
      const int64_t last = limit < 0 ? -1 : Histogram::highest_equivalent(limit);
      const auto above = std::count_if(values.begin(), values.end(), [&](int64_t v) { return v > last; });
      EXPECT_EQ(histogram.count_above(limit), static_cast<uint64_t>(above));
    }
  }
}

TEST(Histogram, PercentileZeroIsTheMinimum) {
  Histogram histogram;
  histogram.record(5003);
  EXPECT_EQ(histogram.value_at_percentile(0), 5000);
  EXPECT_EQ(histogram.value_at_percentile(0.001), 5003);
  EXPECT_EQ(histogram.value_at_percentile(-1), 5000);
  EXPECT_EQ(histogram.value_at_percentile(200), 5003);
}

TEST(Histogram, MeanIsOfTheBucketsMiddles) {
  Histogram histogram;
  histogram.record(10);
  histogram.record_n(2048, 3);  // 2,048 … 2,049: middle 2,049
  EXPECT_DOUBLE_EQ(histogram.mean(), (10 + 3 * 2049) / 4.0);
  const std::vector<int64_t> values = random_values(3, 5000);
  double sum = 0;
  for (const int64_t value : values) sum += static_cast<double>(value);
  EXPECT_NEAR(histogram_of(values).mean() / (sum / 5000), 1, 0.0006);
}

TEST(Histogram, RankIsNotRoundedUpByFloatingPoint) {
  Histogram histogram;
  histogram.record_n(1, 161);
  histogram.record_n(2, 839);
  EXPECT_EQ(histogram.value_at_percentile(16.1), 1);  // 16.1 · 1000 / 100 is 161.00000000000003 in doubles
  EXPECT_EQ(histogram.value_at_percentile(16.11), 2);
}

TEST(Histogram, ClampsAndCounts) {
  Histogram histogram;
  histogram.record(Histogram::kMaxValue);
  EXPECT_EQ(histogram.clamped(), 0u);
  histogram.record(Histogram::kMaxValue + 1);
  histogram.record_n(INT64_MAX, 2);
  histogram.record(-1);
  histogram.record(INT64_MIN);
  EXPECT_EQ(histogram.clamped(), 5u);
  EXPECT_EQ(histogram.total(), 6u);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), Histogram::highest_equivalent(Histogram::kMaxValue));
  EXPECT_EQ(histogram.count_above(0), 4u);
}

TEST(Histogram, CensoredSamplesCountInTheRank) {
  Histogram histogram;
  for (int64_t value = 1; value <= 90; ++value) histogram.record(value);
  EXPECT_EQ(histogram.value_at_percentile(50, 10), 50);
  EXPECT_EQ(histogram.value_at_percentile(90, 10), 90);
  EXPECT_EQ(histogram.value_at_percentile(90.1, 10), std::nullopt);
  EXPECT_EQ(histogram.value_at_percentile(100, 1), std::nullopt);
  EXPECT_EQ(histogram.value_at_percentile(100, 0), 90);
  const Histogram none;
  EXPECT_EQ(none.value_at_percentile(50, 1), std::nullopt);
  EXPECT_EQ(none.value_at_percentile(50, 0), 0);
}

TEST(Histogram, MergeIsTheUnion) {
  const std::vector<int64_t> a = random_values(1, 700), b = random_values(2, 1300);
  std::vector<int64_t> both = a;
  both.insert(both.end(), b.begin(), b.end());
  Histogram merged = histogram_of(a);
  merged.record(-5);
  Histogram other = histogram_of(b);
  other.record(-6);
  merged.add(other);
  Histogram expected = histogram_of(both);
  expected.record_n(-5, 2);
  EXPECT_TRUE(merged == expected);
  EXPECT_EQ(merged.clamped(), 2u);
  merged.add(Histogram());
  EXPECT_TRUE(merged == expected);
}

TEST(Histogram, ResetLeavesNothing) {
  Histogram histogram = histogram_of(random_values(5, 1000));
  histogram.record(-1);
  histogram.reset();
  EXPECT_TRUE(histogram == Histogram());
  histogram.record(77);
  Histogram expected;
  expected.record(77);
  EXPECT_TRUE(histogram == expected);
  EXPECT_EQ(histogram.min(), 77);
  EXPECT_EQ(histogram.max(), 77);
}

TEST(Histogram, RecordingNoSamplesChangesNoFigure) {
  Histogram histogram;
  histogram.record(500);
  histogram.record_n(1, 0);
  histogram.record_n(100'000, 0);
  EXPECT_EQ(histogram.min(), 500);
  EXPECT_EQ(histogram.max(), 500);
  EXPECT_EQ(histogram.total(), 1u);
}

TEST(Histogram, EqualityLooksAtTheSamples) {
  Histogram a, b;
  a.record(1);
  b.record(2);
  EXPECT_FALSE(a == b);
  a.record(2);
  b.record(1);
  EXPECT_TRUE(a == b);
}

TEST(Histogram, CopiesAreIndependentAndMovesCarryTheSamples) {
  Histogram original = histogram_of({1, 2, 3});
  Histogram copy = original;
  copy.record(4);
  EXPECT_EQ(original.total(), 3u);
  EXPECT_EQ(copy.total(), 4u);
  original = copy;
  EXPECT_TRUE(original == copy);
  Histogram moved = std::move(copy);
  EXPECT_TRUE(moved == original);
  copy = moved;  // assigning revives what was moved from
  EXPECT_TRUE(copy == moved);
}

TEST(Histogram, WorksOnMemoryOfOthers) {
  std::vector<uint64_t> counts(2 * Histogram::kCounts);
  Histogram first(counts.data()), second(counts.data() + Histogram::kCounts);
  first.record(Histogram::kMaxValue);
  second.record(0);
  EXPECT_EQ(counts[Histogram::kCounts], 1u);
  EXPECT_EQ(std::count(counts.begin(), counts.end(), 1u), 2);
  second = first;
  EXPECT_EQ(counts[Histogram::kCounts], 0u) << "assignment keeps the memory";
  EXPECT_TRUE(second == first);
}

TEST(Histogram, VisitsBucketsInOrder) {
  Histogram histogram = histogram_of({5, 4096, 4097, 5, 70'000});
  std::vector<std::array<int64_t, 3>> buckets;
  histogram.for_each_bucket([&](int64_t low, int64_t high, uint64_t n) {
    buckets.push_back({low, high, static_cast<int64_t>(n)});
  });
  EXPECT_EQ(buckets, (std::vector<std::array<int64_t, 3>>{{5, 5, 2}, {4096, 4099, 2}, {69'952, 70'015, 1}}));
}

}  // namespace
}  // namespace ringload
