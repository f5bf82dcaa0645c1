#include "mock/rate_limits.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringload::mock {
namespace {

using Refusal = Limits::Refusal;

TEST(TokenBucket, LetsTheBurstThroughThenTheRate) {
  LimitOptions options;
  options.rps = 100;
  options.burst = 10;
  Limits limits(options, 1);
  unsigned served = 0;
  for (Nanos now = 0; now < 10 * kSecond; now += kMillisecond) {
    if (limits.admit(now, 1).refusal == Refusal::none) ++served;
  }
  EXPECT_NEAR(served, 10 + 1000, 2);
}

TEST(TokenBucket, RetryAfterIsWhenTheNextTokenIsThere) {
  LimitOptions options;
  options.rps = 10;
  Limits limits(options, 1);
  EXPECT_EQ(limits.admit(0, 1).refusal, Refusal::none);
  const auto refused = limits.admit(20 * kMillisecond, 1);
  EXPECT_EQ(refused.refusal, Refusal::requests_per_second);
  EXPECT_EQ(refused.retry_after, 80 * kMillisecond);
  EXPECT_EQ(limits.admit(99 * kMillisecond, 1).refusal, Refusal::requests_per_second);
  EXPECT_EQ(limits.admit(100 * kMillisecond, 1).refusal, Refusal::none);
}

TEST(PerMinute, RequestsAndTokens) {
  LimitOptions options;
  options.rpm = 60;
  options.tpm = 1000;
  Limits limits(options, 1);
  EXPECT_EQ(limits.admit(0, 900).refusal, Refusal::none);
  EXPECT_EQ(limits.state(0).remaining_tokens, 100);
  EXPECT_EQ(limits.state(0).remaining_requests, 59);
  EXPECT_EQ(limits.state(0).reset_tokens_ms, 54'000);
  const auto refused = limits.admit(0, 200);
  EXPECT_EQ(refused.refusal, Refusal::tokens_per_minute);
  EXPECT_NEAR(static_cast<double>(refused.retry_after), 6e9, 1e3);
  EXPECT_EQ(limits.state(0).remaining_requests, 59) << "what is refused costs nothing";
  EXPECT_EQ(limits.admit(6100 * kMillisecond, 200).refusal, Refusal::none);
  // More than the limit itself passes when the bucket is full, as a provider's first request of that size would.
  EXPECT_EQ(limits.admit(300 * kSecond, 5000).refusal, Refusal::none);
  EXPECT_EQ(limits.admit(301 * kSecond, 1).refusal, Refusal::tokens_per_minute);
}

TEST(PerMinute, FixedWindowStartsAgainAtOnce) {
  LimitOptions options;
  options.rpm = 3;
  options.fixed_window = true;
  Limits limits(options, 1);
  const Nanos start = 5 * kSecond;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limits.admit(start + i, 1).refusal, Refusal::none);
  const auto refused = limits.admit(start + 20 * kSecond, 1);
  EXPECT_EQ(refused.refusal, Refusal::requests_per_minute);
  EXPECT_EQ(refused.retry_after, 40 * kSecond);
  EXPECT_EQ(limits.state(start + 20 * kSecond).remaining_requests, 0);
  EXPECT_EQ(limits.admit(start + 60 * kSecond, 1).refusal, Refusal::none);
  EXPECT_EQ(limits.state(start + 60 * kSecond).remaining_requests, 2);
}

TEST(Concurrency, CountsThoseRunning) {
  LimitOptions options;
  options.max_concurrency = 2;
  Limits limits(options, 1);
  EXPECT_EQ(limits.admit(0, 1).refusal, Refusal::none);
  EXPECT_EQ(limits.admit(0, 1).refusal, Refusal::none);
  EXPECT_EQ(limits.admit(0, 1).refusal, Refusal::concurrency);
  limits.release();
  EXPECT_EQ(limits.admit(0, 1).refusal, Refusal::none);
}

// One server: each is finished a service after the later of its arrival and the one before.
TEST(Slots, OneServer) {
  Slots slots(1, std::nullopt);
  EXPECT_EQ(slots.enter(0, 10), 10);
  EXPECT_EQ(slots.enter(3, 10), 20);
  EXPECT_EQ(slots.enter(50, 10), 60);
}

TEST(Slots, ManyServersFirstComeFirstServed) {
  Slots slots(3, std::nullopt);
  EXPECT_EQ(slots.enter(0, 30), 30);
  EXPECT_EQ(slots.enter(0, 10), 10);
  EXPECT_EQ(slots.enter(0, 20), 20);
  EXPECT_EQ(slots.enter(1, 5), 15);   // after the one that ends at 10
  EXPECT_EQ(slots.enter(1, 5), 20);   // after 15
  EXPECT_EQ(slots.enter(1, 5), 25);
}

TEST(Slots, FullQueueRefuses) {
  Slots slots(1, 2);
  EXPECT_EQ(slots.enter(0, 10), 10);
  EXPECT_EQ(slots.enter(0, 10), 20);
  EXPECT_EQ(slots.enter(0, 10), 30);
  EXPECT_EQ(slots.enter(0, 10), std::nullopt);
  EXPECT_EQ(slots.enter(9, 10), std::nullopt);
  EXPECT_EQ(slots.enter(10, 10), 40) << "one has begun to be served";
  EXPECT_EQ(slots.enter(11, 10), std::nullopt);
  Slots none(1, 0);
  EXPECT_EQ(none.enter(0, 10), 10);
  EXPECT_EQ(none.enter(5, 10), std::nullopt);
  EXPECT_EQ(none.enter(10, 10), 20);
}

TEST(Slots, VerdictTellsTheServiceDrawn) {
  LimitOptions options;
  options.slots = 1;
  options.service = *Distribution::parse("exp(10ms)");
  Limits limits(options, 5);
  Nanos before = 0;
  double sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto verdict = limits.admit(0, 1);
    ASSERT_EQ(verdict.begin, before + verdict.service);
    before = verdict.begin;
    sum += static_cast<double>(verdict.service);
  }
  EXPECT_NEAR(sum / 20'000 / kMillisecond, 10, 0.3);
}

}  // namespace
}  // namespace ringload::mock
