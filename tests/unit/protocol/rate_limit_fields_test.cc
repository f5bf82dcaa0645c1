#include "protocol/rate_limit_fields.h"

#include <gtest/gtest.h>

namespace ringload::protocol {
namespace {

// What a head with these fields says.
struct Advice {
  RateLimits limits;
  int64_t retry_after_ms;
};
Advice read(std::initializer_list<codec::Field> fields) {
  codec::ResponseHead head;
  head.fields = {fields.begin(), fields.size()};
  Advice advice;
  advice.retry_after_ms = read_rate_limits(head, advice.limits);
  return advice;
}

TEST(RateLimitFields, OfOpenAi) {
  const Advice told = read({{"X-RateLimit-Limit-Requests", "10000"},
                   {"x-ratelimit-limit-tokens", "2000000"},
                   {"x-ratelimit-remaining-requests", "9999"},
                   {"x-ratelimit-remaining-tokens", "1999872"},
                   {"x-ratelimit-reset-requests", "6m0.5s"},
                   {"x-ratelimit-reset-tokens", "3ms"}});
  EXPECT_EQ(told.limits[Limited::requests], (RateLimit{10'000, 9'999, 360'500}));
  EXPECT_EQ(told.limits[Limited::tokens], (RateLimit{2'000'000, 1'999'872, 3}));
  EXPECT_EQ(told.retry_after_ms, -1);
  EXPECT_EQ(told.limits.retry_after, 0);
}

TEST(RateLimitFields, OfAnthropic) {
  const Advice told = read({{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                   {"anthropic-ratelimit-requests-limit", "50"},
                   {"anthropic-ratelimit-requests-remaining", "0"},
                   {"anthropic-ratelimit-requests-reset", "1994-11-06T08:49:57Z"},
                   {"anthropic-ratelimit-input-tokens-remaining", "7"},
                   {"Anthropic-RateLimit-Output-Tokens-Limit", "8000"}});
  EXPECT_EQ(told.limits[Limited::requests], (RateLimit{50, 0, 20'000}));
  EXPECT_EQ(told.limits[Limited::tokens], RateLimit{});
  EXPECT_EQ(told.limits[Limited::input_tokens], (RateLimit{-1, 7, -1}));
  EXPECT_EQ(told.limits[Limited::output_tokens], (RateLimit{8'000, -1, -1}));
}

TEST(RateLimitFields, RetryAfter) {
  EXPECT_EQ(read({{"retry-after", "7"}}).retry_after_ms, 7'000);
  EXPECT_EQ(read({{"Retry-After", "0"}}).retry_after_ms, 0);
  EXPECT_EQ(read({{"retry-after", "1.5"}}).retry_after_ms, 1'500);
  EXPECT_EQ(read({{"retry-after-ms", "20"}}).retry_after_ms, 20);
  EXPECT_EQ(read({{"retry-after-ms", "20"}, {"retry-after", "1"}}).retry_after_ms, 20) << "the finer wins";
  EXPECT_EQ(read({{"retry-after-ms", "soon"}, {"retry-after", "1"}}).retry_after_ms, 1'000);
  EXPECT_EQ(read({{"retry-after", "99999999"}}).retry_after_ms, 86'400'000) << "at most a day";
  for (const char* bad : {"", "soon", "-1", "1s", "nan", "inf", "1e400", "0x10"})
    EXPECT_EQ(read({{"retry-after", bad}}).retry_after_ms, -1) << bad;
}

TEST(RateLimitFields, RetryAfterADate) {
  const codec::Field after{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"};
  EXPECT_EQ(read({after, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}).retry_after_ms, 10'000) << "by the server's clock";
  EXPECT_EQ(read({after, {"date", "Sun, 06 Nov 1994 08:50:37 GMT"}}).retry_after_ms, 0) << "that is over";
  EXPECT_EQ(read({after}).retry_after_ms, 0) << "without Date our clock counts, and that was long ago";
}

TEST(RateLimitFields, WhatCannotBeReadSaysNothing) {
  const Advice told = read({{"x-ratelimit-limit-requests", "many"},
                   {"x-ratelimit-remaining-requests", "-1"},
                   {"x-ratelimit-reset-requests", "1 fortnight"},
                   {"x-ratelimit-limit-", "1"},
                   {"x-ratelimit-limit", "1"},
                   {"x-ratelimit-", "1"},
                   {"x-ratelimit-limit-images", "1"},
                   {"anthropic-ratelimit-requests", "1"},
                   {"anthropic-ratelimit-", "1"},
                   {"x-ratelimit-limit-tokens", "99999999999999999999"}});
  EXPECT_FALSE(told.limits.told());
}

TEST(RateLimitFields, OfManyAnswersTheStrictestStays) {
  RateLimits limits;
  for (const Advice& told : {read({{"x-ratelimit-remaining-tokens", "5"}, {"x-ratelimit-reset-tokens", "1s"}}),
                           read({{"x-ratelimit-remaining-tokens", "3"}, {"x-ratelimit-reset-tokens", "9s"}}),
                           read({{"x-ratelimit-remaining-tokens", "4"}, {"retry-after", "2"}}),
                           read({{"retry-after", "1"}})})
    limits.add(told.limits);
  EXPECT_EQ(limits[Limited::tokens], (RateLimit{-1, 3, 9'000}));
  EXPECT_EQ(limits.retry_after, 2);
  EXPECT_EQ(limits.retry_after_ms_min, 1'000);
  EXPECT_EQ(limits.retry_after_ms_max, 2'000);
}

}  // namespace
}  // namespace ringload::protocol
