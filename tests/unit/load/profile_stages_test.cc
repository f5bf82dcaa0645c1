#include <gtest/gtest.h>

#include <cmath>

#include "load_testing.h"

namespace ringload::load {
namespace {

constexpr int64_t kS = 1'000'000'000;

std::vector<Stage> stages(const std::string& json) { return good_profile(R"({"stages": [)" + json + "]}").stages; }

TEST(ProfileStages, SpikeIsSevenStages) {
  const auto all = stages(R"({"shape": "spike", "rate": 100, "duration": "10s"})");
  ASSERT_EQ(all.size(), 7u);
  const double levels[] = {1, 3, 1, 5, 1, 10, 1};
  int64_t sum = 0;
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(all[i].loop, Loop::open);
    EXPECT_DOUBLE_EQ(all[i].legs.at(0).from, 100 * levels[i]);
    EXPECT_EQ(all[i].shape_part, i + 1);
    EXPECT_NEAR(static_cast<double>(all[i].duration_ns), 10e9 / 7, 1);
    sum += all[i].duration_ns;
  }
  EXPECT_EQ(sum, 10 * kS);
  EXPECT_EQ(stages(R"({"shape": "spike", "concurrency": 2, "duration": "7s"})").at(5).label(), "20 VUs");
}

TEST(ProfileStages, BurstIsHalvesOfAPeriod) {
  const auto all = stages(R"({"shape": "burst", "low": 0, "high": 50, "period": "4s", "duration": "9s"})");
  ASSERT_EQ(all.size(), 1u);
  const Stage& stage = all[0];
  ASSERT_EQ(stage.legs.size(), 5u);
  const double levels[] = {0, 50, 0, 50, 0};
  const int64_t lengths[] = {2, 2, 2, 2, 1};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_DOUBLE_EQ(stage.legs[i].from, levels[i]);
    EXPECT_DOUBLE_EQ(stage.legs[i].to, levels[i]);
    EXPECT_EQ(stage.legs[i].duration_ns, lengths[i] * kS);
  }
  EXPECT_EQ(stage.duration_ns, 9 * kS);
  EXPECT_NEAR(stage.mean_level(), 50 * 4 / 9.0, 1e-9);
  EXPECT_EQ(stage.label(), "@0–50/s poisson burst");
}

TEST(ProfileStages, SineSwingsBetweenItsEnds) {
  const Stage stage = stages(R"({"shape": "sine", "min": 10, "max": 30, "period": "6s", "duration": "12s"})").at(0);
  ASSERT_EQ(stage.legs.size(), 120u);
  EXPECT_NEAR(stage.mean_level(), 20, 1e-9);
  EXPECT_NEAR(stage.peak(), 30, 1e-9);
  int64_t sum = 0;
  double before = stage.legs[0].from;
  for (const Leg& leg : stage.legs) {
    EXPECT_NEAR(leg.from, before, 1e-9);
    EXPECT_NEAR(leg.from, 20 + 10 * std::sin(2 * M_PI * static_cast<double>(sum) / 6e9), 1e-6);
    before = leg.to;
    sum += leg.duration_ns;
  }
  EXPECT_EQ(sum, 12 * kS);
}

TEST(ProfileStages, SustainedIsOneStage) {
  const Stage stage = stages(R"({"shape": "sustained", "rate": 10, "duration": "30m"})").at(0);
  EXPECT_EQ(stage.shape, Shape::sustained);
  EXPECT_EQ(stage.label(), "@10/s poisson");
}

TEST(ProfileStages, RateOfCanBeSetForAll) {
  const Profile profile = good_profile(R"({"rate_of": "conversations", "stages": [{"rate": 5, "duration": "1s"},
      {"rate": 5, "duration": "1s", "rate_of": "requests"}]})");
  EXPECT_EQ(profile.stages[0].rate_of, RateOf::conversations);
  EXPECT_EQ(profile.stages[1].rate_of, RateOf::requests);
}

}  // namespace
}  // namespace ringload::load
