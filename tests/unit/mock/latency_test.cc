#include "mock/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ringload::mock {
namespace {

TEST(Duration, Parses) {
  EXPECT_EQ(parse_duration("20ms"), 20 * kMillisecond);
  EXPECT_EQ(parse_duration("1.5s"), 1500 * kMillisecond);
  EXPECT_EQ(parse_duration("300us"), 300 * kMicrosecond);
  EXPECT_EQ(parse_duration("7ns"), 7);
  EXPECT_EQ(parse_duration("2m"), 120 * kSecond);
  EXPECT_EQ(parse_duration("0"), 0);
  EXPECT_EQ(parse_duration("0ms"), 0);
  EXPECT_EQ(parse_duration("1m30s"), 90 * kSecond);
  EXPECT_EQ(parse_duration("1h1.5s"), 3601500 * kMillisecond);
  EXPECT_EQ(parse_duration("5µs"), 5 * kMicrosecond);
}

TEST(Duration, RefusesWithTheReason) {
  for (const char* text : {"", "ms", "20", "20 ms", "-1ms", "1e3ms", "nan", "inf", "20msx", "25h", "2000m", "1..5s",
                           "1s2", "1s-1s"}) {
    const auto result = parse_duration(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_NE(result.error().find(std::string("'") + text + "'"), std::string::npos) << result.error();
  }
  EXPECT_NE(parse_duration("20").error().find("no unit"), std::string::npos);
}

std::vector<double> draws(const char* text, size_t count) {
  const auto distribution = Distribution::parse(text);
  EXPECT_TRUE(distribution.has_value()) << distribution.error();
  Prng prng(42);
  std::vector<double> values(count);
  for (double& value : values) value = static_cast<double>(distribution->draw(prng)) / kMillisecond;
  std::sort(values.begin(), values.end());
  return values;
}

TEST(Distribution, Constant) {
  const auto values = draws("20ms", 10);
  EXPECT_EQ(values.front(), 20);
  EXPECT_EQ(values.back(), 20);
  EXPECT_TRUE(Distribution::parse("0")->is_zero());
  EXPECT_FALSE(Distribution::parse("1ns")->is_zero());
  Prng a(1), b(1);
  (void)Distribution::parse("20ms")->draw(a);
  EXPECT_EQ(a.next(), b.next());
}

TEST(Distribution, LognormalHasItsPercentiles) {
  const auto values = draws("lognormal(p50=200ms,p99=900ms)", 200'000);
  EXPECT_NEAR(values[100'000], 200, 3);
  EXPECT_NEAR(values[198'000], 900, 30);
}

TEST(Distribution, ExponentialHasItsMean) {
  const auto values = draws("exp(5ms)", 200'000);
  double sum = 0;
  for (const double value : values) sum += value;
  EXPECT_NEAR(sum / 200'000, 5, 0.06);
  EXPECT_NEAR(values[100'000], 5 * std::log(2), 0.06);
}

TEST(Distribution, UniformStaysBetween) {
  const auto values = draws("uniform( 5ms, 20ms )", 100'000);
  EXPECT_GE(values.front(), 5);
  EXPECT_LT(values.front(), 5.01);
  EXPECT_LE(values.back(), 20);
  EXPECT_GT(values.back(), 19.99);
  EXPECT_NEAR(values[50'000], 12.5, 0.15);
}

TEST(Distribution, SumIsThatOfItsDraws) {
  for (const char* text : {"3ms", "exp(5ms)"}) {
    const auto distribution = *Distribution::parse(text);
    Prng a(9), b(9);
    Nanos sum = 0;
    for (int i = 0; i < 17; ++i) sum += distribution.draw(a);
    EXPECT_EQ(distribution.draw_sum(b, 17), sum);
  }
}

TEST(Distribution, RefusesWithTheReason) {
  for (const char* text : {"gauss(1ms)", "exp()", "exp(1ms,2ms)", "exp(5ms", "uniform(5ms)", "uniform(20ms,5ms)",
                           "lognormal(200ms,900ms)", "lognormal(p50=200ms)", "lognormal(p50=200ms,p50=1ms)",
                           "lognormal(p50=900ms,p99=200ms)", "lognormal(p50=0,p99=1ms)", "exp(5)", "20"}) {
    const auto result = Distribution::parse(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_GT(result.error().size(), 20u);
  }
  EXPECT_NE(Distribution::parse("gauss(1ms)").error().find("lognormal"), std::string::npos);
}

}  // namespace
}  // namespace ringload::mock
