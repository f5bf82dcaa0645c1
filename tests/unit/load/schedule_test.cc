#include "load/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace ringload::load {
namespace {

Stage open_stage(std::vector<Leg> legs, Arrival arrival = Arrival::poisson, double burstiness = 1) {
  Stage stage;
  stage.loop = Loop::open;
  stage.legs = std::move(legs);
  for (const Leg& leg : stage.legs) stage.duration_ns += leg.duration_ns;
  stage.arrival = arrival;
  stage.burstiness = burstiness;
  return stage;
}

std::vector<ConversationStart> starts_of(const OpenSchedule& schedule, uint32_t shard = 0, uint32_t shards = 1) {
  ShardStarts starts(shard, shards);
  starts.begin(schedule);
  std::vector<ConversationStart> out;
  for (; starts.front().at != kNever; starts.pop()) out.push_back(starts.front());
  return out;
}

using Key = std::tuple<Nanos, uint32_t, uint64_t>;
std::vector<Key> keys(const std::vector<ConversationStart>& starts) {
  std::vector<Key> out;
  for (const ConversationStart& start : starts) out.emplace_back(start.at, start.lane, start.k);
  return out;
}

// Variance ÷ mean of the counts in bins of equal expectation; 1 for a Poisson process.
double dispersion(const std::vector<ConversationStart>& starts, const RateIntegral& integral, int bins) {
  std::vector<double> counts(static_cast<size_t>(bins));
  for (const ConversationStart& start : starts) {
    ++counts[std::min(static_cast<size_t>(integral.at(start.at) / integral.total() * bins), counts.size() - 1)];
  }
  const double mean = static_cast<double>(starts.size()) / bins;
  double sum = 0;
  for (const double count : counts) sum += (count - mean) * (count - mean);
  return sum / (bins - 1) / mean;
}

TEST(RateIntegral, OfALineIsExact) {
  const RateIntegral integral(open_stage({{100, 300, 10 * kSecond}}), 1);
  EXPECT_DOUBLE_EQ(integral.total(), 2'000);
  EXPECT_DOUBLE_EQ(integral.at(5 * kSecond), 100 * 5 + 20.0 * 25 / 2);
  EXPECT_DOUBLE_EQ(integral.at(0), 0);
  EXPECT_DOUBLE_EQ(integral.at(11 * kSecond), 2'000);
  EXPECT_DOUBLE_EQ(RateIntegral(open_stage({{100, 300, 10 * kSecond}}), 0.25).total(), 500);
}

TEST(RateIntegral, InverseUndoesIt) {
  const std::vector<std::vector<Leg>> shapes = {
      {{100, 100, 10 * kSecond}},
      {{0, 1'000, 10 * kSecond}},
      {{1'000, 0, 10 * kSecond}},
      {{10, 20, kSecond}, {0, 0, 3 * kSecond}, {500, 500, kSecond}, {500, 1, 2 * kSecond}},
  };
  for (const auto& legs : shapes) {
    const RateIntegral integral(open_stage(legs), 1);
    Nanos before = 0;
    uint32_t hint = 0;
    for (int i = 0; i < 1'003; ++i) {
      const double count = integral.total() * i / 1'003;
      const Nanos t = integral.time_of(count, hint);
      ASSERT_NE(t, kNever);
      EXPECT_GE(t, before);
      // t is cut to whole ns: at most one ns of rate off.
      EXPECT_NEAR(integral.at(t), count, 2e-6);
      before = t;
    }
    hint = 0;
    EXPECT_EQ(integral.time_of(integral.total(), hint), kNever);
  }
}

TEST(RateIntegral, NothingStartsWhereTheRateIsZero) {
  const RateIntegral integral(open_stage({{10, 10, kSecond}, {0, 0, kSecond}, {10, 10, kSecond}}), 1);
  for (double count = 0; count < 20; count += 0.01) {
    uint32_t hint = 0;
    const Nanos t = integral.time_of(count, hint);
    EXPECT_TRUE(t < kSecond || t >= 2 * kSecond) << count;
  }
}

class EveryArrival : public testing::TestWithParam<Arrival> {};
INSTANTIATE_TEST_SUITE_P(Schedule, EveryArrival, testing::Values(Arrival::poisson, Arrival::constant, Arrival::gamma));

// The number of shards changes nothing.
TEST_P(EveryArrival, IsTheSameOnAnyNumberOfShards) {
  const OpenSchedule schedule(open_stage({{100, 3'000, 2 * kSecond}, {3'000, 3'000, kSecond}}, GetParam(), 4), 3, 42, 1);
  std::vector<Key> one = keys(starts_of(schedule));
  EXPECT_TRUE(std::is_sorted(one.begin(), one.end(), [](const Key& a, const Key& b) { return std::get<0>(a) < std::get<0>(b); }));
  std::sort(one.begin(), one.end());
  for (const uint32_t shards : {2u, 3u, 7u, 16u, 960u}) {
    std::vector<Key> merged;
    for (uint32_t shard = 0; shard < shards; ++shard) {
      const auto part = starts_of(schedule, shard, shards);
      for (const ConversationStart& start : part) EXPECT_EQ(start.lane % shards, shard);
      const auto part_keys = keys(part);
      merged.insert(merged.end(), part_keys.begin(), part_keys.end());
    }
    std::sort(merged.begin(), merged.end());
    EXPECT_EQ(merged, one) << shards;
  }
}

TEST_P(EveryArrival, NumbersEachLanesStartsInOrder) {
  const OpenSchedule schedule(open_stage({{5'000, 5'000, 2 * kSecond}}, GetParam(), 4), 1, 1, 1);
  std::map<uint32_t, uint64_t> next;
  for (const ConversationStart& start : starts_of(schedule)) {
    EXPECT_LT(start.lane, kLanes);
    EXPECT_EQ(start.k, next[start.lane]++);
  }
}

TEST_P(EveryArrival, DependsOnSeedAndStage) {
  const Stage stage = open_stage({{1'000, 1'000, kSecond}}, GetParam(), 4);
  const auto run = [&](uint32_t number, uint64_t seed) { return keys(starts_of(OpenSchedule(stage, number, seed, 1))); };
  const auto base = run(1, 1);
  EXPECT_EQ(run(1, 1), base);
  if (GetParam() == Arrival::constant) return;
  EXPECT_NE(run(2, 1), base);
  EXPECT_NE(run(1, 2), base);
}

TEST_P(EveryArrival, CountsRequestsNotConversations) {
  Stage stage = open_stage({{1'000, 1'000, 20 * kSecond}}, GetParam(), 1);
  EXPECT_NEAR(static_cast<double>(starts_of(OpenSchedule(stage, 1, 1, 4)).size()), 5'000, 250);
  stage.rate_of = RateOf::conversations;
  EXPECT_NEAR(static_cast<double>(starts_of(OpenSchedule(stage, 1, 1, 4)).size()), 20'000, 500);
}

TEST_P(EveryArrival, CanBeginAgain) {
  const OpenSchedule schedule(open_stage({{500, 500, kSecond}}, GetParam(), 2), 1, 1, 1);
  ShardStarts starts(1, 3);
  starts.begin(schedule);
  const ConversationStart first = starts.front();
  for (int i = 0; i < 50; ++i) starts.pop();
  starts.begin(schedule);
  EXPECT_EQ(keys({starts.front()}), keys({first}));
}

TEST_P(EveryArrival, AStageOfAlmostNothingEnds) {
  const OpenSchedule schedule(open_stage({{0.001, 0.001, kSecond}}, GetParam(), 2), 1, 1, 1);
  for (uint32_t shard = 0; shard < 7; ++shard) {
    ShardStarts starts(shard, 7);
    starts.begin(schedule);
    for (int i = 0; i < 5; ++i) starts.pop();
    EXPECT_EQ(starts.front().at, kNever);
  }
}

TEST(Schedule, ConstantGapsAreConstant) {
  const auto starts = starts_of(OpenSchedule(open_stage({{1'000, 1'000, 10 * kSecond}}, Arrival::constant), 1, 1, 1));
  ASSERT_EQ(starts.size(), 10'000u);
  for (size_t i = 0; i < starts.size(); ++i) EXPECT_NEAR(static_cast<double>(starts[i].at), static_cast<double>(i) * 1e6, 1);
}

TEST(Schedule, ConstantRampHitsTheIntegralAtEachStart) {
  const OpenSchedule schedule(open_stage({{10, 1'000, 10 * kSecond}}, Arrival::constant), 1, 1, 1);
  const auto starts = starts_of(schedule);
  ASSERT_EQ(starts.size(), 5'050u);
  for (size_t i = 0; i < starts.size(); ++i) EXPECT_NEAR(schedule.integral().at(starts[i].at), static_cast<double>(i), 1e-5);
}

TEST(Schedule, PoissonIsPoissonOverManySeeds) {
  // Rate against its own count, and dispersion, must be called odd in fewer than 1 of 100 seeds.
  int odd_count = 0, odd_dispersion = 0;
  constexpr int kSeeds = 300, kBins = 1'000;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const OpenSchedule schedule(open_stage({{2'000, 2'000, 10 * kSecond}}), 1, seed, 1);
    const auto starts = starts_of(schedule);
    odd_count += std::fabs(static_cast<double>(starts.size()) - 20'000) > 3 * std::sqrt(20'000.0);
    odd_dispersion += std::fabs(dispersion(starts, schedule.integral(), kBins) - 1) >
                      std::max(0.1, 4 * std::sqrt(2.0 / (kBins - 1)));
  }
  EXPECT_LE(odd_count, 4);
  EXPECT_LE(odd_dispersion, 1);
}

TEST(Schedule, PoissonGapsAreExponential) {
  const auto starts = starts_of(OpenSchedule(open_stage({{10'000, 10'000, 20 * kSecond}}), 1, 9, 1));
  std::vector<double> gaps;
  for (size_t i = 1; i < starts.size(); ++i) gaps.push_back(static_cast<double>(starts[i].at - starts[i - 1].at) / 1e5);
  std::sort(gaps.begin(), gaps.end());
  double worst = 0;  // Kolmogorov–Smirnov
  for (size_t i = 0; i < gaps.size(); ++i) {
    worst = std::max(worst, std::fabs(1 - std::exp(-gaps[i]) - static_cast<double>(i) / static_cast<double>(gaps.size())));
  }
  EXPECT_LT(worst * std::sqrt(static_cast<double>(gaps.size())), 1.63);  // 1 %
}

TEST(Schedule, PoissonRampFollowsItsIntegral) {
  const OpenSchedule schedule(open_stage({{100, 5'000, 10 * kSecond}}), 1, 3, 1);
  const auto starts = starts_of(schedule);
  EXPECT_NEAR(static_cast<double>(starts.size()), 25'500, 3.5 * std::sqrt(25'500.0));
  EXPECT_NEAR(dispersion(starts, schedule.integral(), 500), 1, 0.25);
}

TEST(Schedule, GammaHasTheBurstinessAsked) {
  for (const double cv2 : {0.25, 1.0, 4.0}) {
    const auto starts = starts_of(OpenSchedule(open_stage({{5'000, 5'000, 20 * kSecond}}, Arrival::gamma, cv2), 1, 2, 1));
    double sum = 0, squares = 0;
    for (size_t i = 1; i < starts.size(); ++i) {
      const auto gap = static_cast<double>(starts[i].at - starts[i - 1].at);
      sum += gap;
      squares += gap * gap;
    }
    const auto n = static_cast<double>(starts.size() - 1);
    const double mean = sum / n, variance = squares / n - mean * mean;
    EXPECT_NEAR(mean, 200'000, 200'000 * 0.03) << cv2;
    EXPECT_NEAR(variance / (mean * mean), cv2, cv2 * 0.06) << cv2;
  }
}

TEST(Schedule, LanesCarryEqualShares) {
  const auto starts = starts_of(OpenSchedule(open_stage({{50'000, 50'000, 10 * kSecond}}), 1, 5, 1));
  std::vector<double> shards(16);
  for (const ConversationStart& start : starts) ++shards[start.lane % 16];
  for (const double count : shards) EXPECT_NEAR(count, 500'000 / 16.0, 4.5 * std::sqrt(500'000 / 16.0));
}

// A pin on the definition: a schedule may only change on purpose.
TEST(Schedule, FirstStartsAreFixed) {
  const auto starts = starts_of(OpenSchedule(open_stage({{100, 100, kSecond}}), 1, 1, 1));
  ASSERT_GE(starts.size(), 3u);
  EXPECT_EQ(starts[0].at, 7860179);
  EXPECT_EQ(starts[0].lane, 137u);
}

}  // namespace
}  // namespace ringload::load
