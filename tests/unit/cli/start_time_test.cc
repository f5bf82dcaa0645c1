#include "cli/start_time.h"

#include <gtest/gtest.h>

namespace ringload::cli {
namespace {

constexpr int64_t kNow = 1'000'000;

int64_t ms(std::string_view text) { return parse_start(text, kNow).value_or(-1); }

TEST(StartTime, FromNow) {
  EXPECT_EQ(kNow + 30'000, ms("+30s"));
  EXPECT_EQ(kNow + 5'400'000, ms("+1h30m"));
  EXPECT_EQ(kNow, ms("+0s"));
}

TEST(StartTime, Rfc3339) {
  EXPECT_EQ(0, ms("1970-01-01T00:00:00Z"));
  EXPECT_EQ(1'767'366'245'000, ms("2026-01-02T15:04:05Z"));
  EXPECT_EQ(1'767'366'245'500, ms("2026-01-02T15:04:05.5Z"));
  EXPECT_EQ(1'767'366'245'123, ms("2026-01-02t15:04:05.123456z"));
  EXPECT_EQ(ms("2026-01-02T13:04:05Z"), ms("2026-01-02T15:04:05+02:00"));
  EXPECT_EQ(ms("2026-01-02T20:34:05Z"), ms("2026-01-02T15:04:05-05:30"));
  EXPECT_EQ(ms("2024-03-01T00:00:00Z") - 86'400'000, ms("2024-02-29T00:00:00Z"));
}

TEST(StartTime, RefusesTheRest) {
  for (const char* bad :
       {"", "+", "30s", "+30", "-30s", "2026-01-02", "2026-01-02T15:04:05", "2026-1-2T15:04:05Z",
        "2026-13-02T15:04:05Z", "2026-02-29T15:04:05Z", "2026-01-02T24:04:05Z",
        "2026-01-02T15:60:05Z", "2026-01-02T15:04:61Z", "2026-01-02T15:04:05.Z",
        "2026-01-02T15:04:05+0200", "2026-01-02T15:04:05Zx", "tomorrow", "2026-01-02T-1:04:05Z"})
    EXPECT_FALSE(parse_start(bad, kNow)) << bad;
}

}  // namespace
}  // namespace ringload::cli
