#include "engine/figure_so_far.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ringload/profile_load.h"

namespace ringload::engine {
namespace {

Threshold parsed(const char* expr) { return parse_threshold(expr).value(); }

TEST(FigureSoFar, KnowsCountsRatesAndPercentiles) {
  for (const char* expr : {"error_rate>1%", "rps<10", "output_tokens_per_s<10", "p95>1s",
                           "service_p99.9>1s", "ttfb_p50>1", "ttft_p50>1"})
    EXPECT_TRUE(knows_so_far(parsed(expr))) << expr;
  for (const char* expr : {"latency_mean>1", "latency_max>1", "itl_p50>1", "tpot_p50>1",
                           "goodput<0.5", "stream_tokens_per_s<1"})
    EXPECT_FALSE(knows_so_far(parsed(expr))) << expr;
}

TEST(FigureSoFar, IsInTheThresholdsUnit) {
  stats::CoarseTick tick;
  tick.ok = 30;
  tick.failed = 10;
  tick.completion_tokens = 600;
  for (int i = 0; i < 100; ++i) tick.latency.record(i < 90 ? 2'000 : 50'000);
  EXPECT_DOUBLE_EQ(0.25, *figure_so_far(tick, parsed("error_rate>1%"), 2));
  EXPECT_DOUBLE_EQ(15, *figure_so_far(tick, parsed("rps<10"), 2));
  EXPECT_DOUBLE_EQ(300, *figure_so_far(tick, parsed("output_tokens_per_s<10"), 2));
  EXPECT_NEAR(2, *figure_so_far(tick, parsed("p50>1s"), 2), 0.04);
  EXPECT_NEAR(50, *figure_so_far(tick, parsed("p95>1s"), 2), 1);
}

TEST(FigureSoFar, IsAbsentBeforeThereIsOne) {
  const stats::CoarseTick none;
  for (const char* expr : {"error_rate>1%", "rps<10", "p95>1s", "ttft_p50>1"})
    EXPECT_FALSE(figure_so_far(none, parsed(expr), 5)) << expr;
  stats::CoarseTick some;
  some.ok = 5;
  EXPECT_FALSE(figure_so_far(some, parsed("rps<10"), 0.5)) << "too early for a rate";
}

TEST(FigureSoFar, ARankAmongTheCensoredIsBeyondEveryBound) {
  stats::CoarseTick tick;
  tick.failed = 10;
  for (int i = 0; i < 10; ++i) tick.latency.record_censored();
  EXPECT_TRUE(std::isinf(*figure_so_far(tick, parsed("p95>1s"), 5)));
}

}  // namespace
}  // namespace ringload::engine
