#include "load/closed_stage.h"

#include <gtest/gtest.h>

#include <map>

namespace ringload::load {
namespace {

Stage closed(double from, double to, Nanos duration = 10 * kSecond) {
  Stage stage;
  stage.legs = {{from, to, duration}};
  stage.duration_ns = duration;
  return stage;
}

TEST(LargestRemainder, SharesAddUp) {
  EXPECT_EQ(largest_remainder(100, std::vector{55.0, 30.0, 15.0}), (std::vector<uint32_t>{55, 30, 15}));
  EXPECT_EQ(largest_remainder(10, std::vector{1.0, 1.0, 1.0}), (std::vector<uint32_t>{4, 3, 3}));
  EXPECT_EQ(largest_remainder(1, std::vector{55.0, 30.0, 15.0}), (std::vector<uint32_t>{1, 0, 0}));
  EXPECT_EQ(largest_remainder(7, std::vector{0.1, 0.2, 0.7}), (std::vector<uint32_t>{1, 1, 5}));
  EXPECT_EQ(largest_remainder(0, std::vector{1.0, 2.0}), (std::vector<uint32_t>{0, 0}));
  EXPECT_EQ(largest_remainder(3, std::vector{0.1, 0.2}), (std::vector<uint32_t>{1, 2}));
  for (uint32_t count = 0; count < 500; ++count) {
    const auto shares = largest_remainder(count, std::vector{0.55, 0.30, 0.149, 0.001});
    EXPECT_EQ(shares[0] + shares[1] + shares[2] + shares[3], count);
  }
}

TEST(ClosedUsers, EveryFirstPartKeepsTheMix) {
  const std::vector<double> weights = {55, 30, 15};
  const auto users = closed_users(closed(800, 800), weights);
  ASSERT_EQ(users.size(), 800u);
  std::vector<double> given(3);
  for (size_t i = 0; i < users.size(); ++i) {
    ++given[users[i].scenario];
    EXPECT_EQ(users[i].from, 0);
    EXPECT_EQ(users[i].until, kNever);
    for (size_t s = 0; s < 3; ++s) EXPECT_NEAR(given[s], weights[s] / 100 * static_cast<double>(i + 1), 1.01) << i;
  }
  EXPECT_EQ(given, (std::vector<double>{440, 240, 120}));
}

TEST(ClosedUsers, ShardsGetEqualPartsOfEveryScenario) {
  const auto users = closed_users(closed(100, 100), std::vector{1.0, 1.0});
  for (uint32_t shards : {1u, 2u, 3u, 7u}) {
    std::map<std::pair<uint32_t, uint32_t>, int> counts;
    for (const ClosedUser& user : users) ++counts[{user.deal % shards, user.scenario}];
    for (uint32_t shard = 0; shard < shards; ++shard) {
      for (uint32_t scenario : {0u, 1u}) EXPECT_NEAR((counts[{shard, scenario}]), 50.0 / shards, 1.0);
    }
  }
  // Deals are a permutation.
  std::vector<bool> seen(users.size());
  for (const ClosedUser& user : users) {
    EXPECT_FALSE(seen.at(user.deal));
    seen[user.deal] = true;
  }
}

TEST(ClosedUsers, RampsFollowTheLine) {
  for (const auto& [from, to] : std::vector<std::pair<double, double>>{{1, 100}, {100, 1}, {0, 7}, {7, 0}, {5, 6}, {1, 1000}}) {
    const Stage stage = closed(from, to);
    const auto users = closed_users(stage, std::vector{1.0});
    ASSERT_EQ(users.size(), static_cast<size_t>(std::max(from, to)));
    for (Nanos t = 0; t <= stage.duration_ns; t += stage.duration_ns / 997) {
      uint32_t active = 0;
      for (const ClosedUser& user : users) active += user.from <= t && t < user.until;
      EXPECT_EQ(active, closed_level(stage, t)) << from << "-" << to << " at " << t;
    }
    EXPECT_EQ(closed_level(stage, 0), from);
    EXPECT_EQ(closed_level(stage, stage.duration_ns), to);
  }
}

TEST(ClosedUsers, ARampsTotalIsItsArea) {
  const auto users = closed_users(closed(0, 1000, kSecond), std::vector{1.0});
  double area = 0;
  for (const ClosedUser& user : users) area += static_cast<double>(kSecond - user.from) / 1e9;
  EXPECT_NEAR(area, 500, 0.01);
}

}  // namespace
}  // namespace ringload::load
