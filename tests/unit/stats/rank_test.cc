#include "stats/rank.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/prng.h"
#include "stats/moments.h"

namespace ringload::stats {
namespace {

using Values = std::vector<double>;

TEST(Median, OddEvenAndNone) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
}

TEST(Walsh, AllPairsWithThemselves) {
  EXPECT_EQ(walsh_averages(Values{4, 1, 2}), (Values{1, 1.5, 2, 2.5, 3, 4}));
  EXPECT_EQ(walsh_averages(Values(10, 0)).size(), 55u);
}

TEST(OneSampleShift, TenBlocksTakeTheNinth) {
  // Walsh averages of 1 … 10: 1, 1.5, 2, 2, 2.5, 2.5, 3, 3, 3, …
  const ShiftEstimate shift = one_sample_shift(Values{3, 1, 2, 5, 4, 10, 9, 8, 7, 6});
  EXPECT_EQ(shift.center, 5.5);
  EXPECT_EQ(shift.low, 3);
  EXPECT_EQ(shift.high, 8);
  EXPECT_DOUBLE_EQ(shift.confidence, 1 - 2 * 25.0 / 1024);  // 25 of 1,024 sign patterns have a rank sum of at most 8
}

TEST(OneSampleShift, TheNinthHoweverTheValuesLie) {
  const Values values = {0.31, -0.2, 1.7, 0.05, 0.9, 2.2, -0.6, 0.44, 0.72, 12};
  const Values averages = walsh_averages(values);
  const ShiftEstimate shift = one_sample_shift(values);
  EXPECT_EQ(shift.low, averages[8]);
  EXPECT_EQ(shift.high, averages[46]);
  EXPECT_EQ(shift.center, averages[27]);
}

TEST(OneSampleShift, FewValuesGiveWhatTheyCan) {
  const ShiftEstimate one = one_sample_shift(Values{4});
  EXPECT_EQ(one.low, 4);
  EXPECT_EQ(one.high, 4);
  EXPECT_EQ(one.center, 4);
  EXPECT_DOUBLE_EQ(one.confidence, 0);
  const ShiftEstimate five = one_sample_shift(Values{1, 2, 3, 4, 5});
  EXPECT_EQ(five.low, 1);
  EXPECT_EQ(five.high, 5);
  EXPECT_DOUBLE_EQ(five.confidence, 0.9375);
  const ShiftEstimate six = one_sample_shift(Values{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(six.low, 1);
  EXPECT_DOUBLE_EQ(six.confidence, 0.96875);
}

TEST(OneSampleShift, CoversAsOftenAsItSays) {
  Prng random(5);
  constexpr int kRuns = 4000;
  int covered = 0;
  for (int run = 0; run < kRuns; ++run) {
    Values values;
    for (int i = 0; i < 10; ++i) values.push_back(1 + random.normal());
    const ShiftEstimate shift = one_sample_shift(values);
    covered += shift.low <= 1 && 1 <= shift.high;
  }
  EXPECT_NEAR(covered / double{kRuns}, 0.951, 0.011);  // three standard errors
}

TEST(HodgesLehmann, MedianOfAllDifferences) {
  EXPECT_EQ(hodges_lehmann_shift(Values{1, 2}, Values{11, 12, 100}), 10.5);  // 9, 10, 10, 11, 98, 99
  EXPECT_EQ(hodges_lehmann_shift(Values{5}, Values{3}), -2);
}

TEST(RankSum, CompleteSeparation) {
  const RankSum up = rank_sum_test(Values{1, 2, 3, 4}, Values{5, 6, 7, 8});
  EXPECT_EQ(up.w, 26);
  EXPECT_DOUBLE_EQ(up.p_greater, 1.0 / 70);
  EXPECT_DOUBLE_EQ(up.p_less, 1);
  EXPECT_DOUBLE_EQ(up.p_two_sided, 2.0 / 70);
  const RankSum down = rank_sum_test(Values{5, 6, 7, 8}, Values{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(down.p_less, 1.0 / 70);
  EXPECT_DOUBLE_EQ(down.p_greater, 1);
  EXPECT_DOUBLE_EQ(rank_sum_test(Values{1, 2, 3}, Values{4, 5, 6}).p_two_sided, 0.1);
}

TEST(RankSum, TiesShareTheirRanks) {
  // Ranks 1, 2.5 | 2.5, 4: b has 6.5, as much as two of the six choices of two places reach.
  const RankSum tied = rank_sum_test(Values{1, 2}, Values{2, 3});
  EXPECT_EQ(tied.w, 6.5);
  EXPECT_DOUBLE_EQ(tied.p_greater, 2.0 / 6);
  EXPECT_DOUBLE_EQ(tied.p_less, 1);
  const RankSum same = rank_sum_test(Values{1, 1, 1, 1}, Values{1, 1, 1, 1});
  EXPECT_DOUBLE_EQ(same.p_two_sided, 1);
}

// Hollander and Wolfe's permeability data, the example of R's wilcox.test: p = 0.1272 one-sided.
TEST(RankSum, PublishedExample) {
  const Values at_term = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
  const Values earlier = {1.15, 0.88, 0.90, 0.74, 1.21};
  const RankSum result = rank_sum_test(at_term, earlier);
  EXPECT_EQ(result.w, 5 * 6 / 2 + 15);  // R's W = 35 of 50 pairs in favour of the other side
  EXPECT_NEAR(result.p_less, 0.1272, 0.00005);
}

TEST(Moments, ByHand) {
  EXPECT_EQ(mean(Values{}), 0);
  EXPECT_EQ(mean(Values{1, 2, 6}), 3);
  EXPECT_EQ(sample_variance(Values{5}), 0);
  EXPECT_EQ(sample_variance(Values{1, 2, 6}), 7);
  EXPECT_DOUBLE_EQ(sample_sd(Values{2, 4, 4, 4, 5, 5, 7, 9}), std::sqrt(32.0 / 7));
  EXPECT_DOUBLE_EQ(geometric_mean(Values{1, 4, 16}), 4);
  EXPECT_EQ(geometric_mean(Values{}), 0);
  EXPECT_NEAR(log_sd(Values{1, std::exp(2)}), std::sqrt(2), 1e-12);
}

TEST(Moments, Lag1) {
  EXPECT_DOUBLE_EQ(lag1_correlation(Values{1, 2, 3, 4}), 0.25);
  EXPECT_DOUBLE_EQ(lag1_correlation(Values{1, -1, 1, -1}), -0.75);
  EXPECT_EQ(lag1_correlation(Values{3, 3, 3}), 0);
  EXPECT_EQ(lag1_correlation(Values{1, 2}), 0);
  Prng random(1);
  Values wandering = {0};
  for (int i = 0; i < 20'000; ++i) wandering.push_back(0.8 * wandering.back() + random.normal());
  EXPECT_NEAR(lag1_correlation(wandering), 0.8, 0.02);
}

TEST(Moments, Dispersion) {
  EXPECT_DOUBLE_EQ(dispersion_index(std::vector<uint64_t>{2, 4}), 2.0 / 3);
  EXPECT_EQ(dispersion_index(std::vector<uint64_t>{5, 5, 5}), 0);
  EXPECT_EQ(dispersion_index(std::vector<uint64_t>{0, 0}), 0);
  EXPECT_EQ(dispersion_index(std::vector<uint64_t>{9}), 0);
  Prng random(1);
  std::vector<uint64_t> bins(5000);
  for (double t = random.exponential(); t < 50'000; t += random.exponential()) ++bins[static_cast<size_t>(t / 10)];
  EXPECT_NEAR(dispersion_index(bins), 1, 0.06);
}

}  // namespace
}  // namespace ringload::stats
