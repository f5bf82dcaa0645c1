#include "report/number.h"

#include <gtest/gtest.h>

namespace ringload::report {
namespace {

TEST(Number, Counts) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Number, MillisecondsHaveThreeDigitsOrAreWhole) {
  EXPECT_EQ(ms_text(0), "0");
  EXPECT_EQ(ms_text(1), "0.001");
  EXPECT_EQ(ms_text(999), "0.999");
  EXPECT_EQ(ms_text(1'000), "1.00");
  EXPECT_EQ(ms_text(1'234), "1.23");
  EXPECT_EQ(ms_text(9'994), "9.99");
  EXPECT_EQ(ms_text(9'995), "10.0");
  EXPECT_EQ(ms_text(12'340), "12.3");
  EXPECT_EQ(ms_text(99'949), "99.9");
  EXPECT_EQ(ms_text(99'950), "100");
  EXPECT_EQ(ms_text(1'131'500), "1,132");
  EXPECT_EQ(ms_text(3'600'000'000), "3,600,000");
  EXPECT_EQ(ms_text(-1'234), "-1.23");
}

TEST(Number, IntervalsAreAsPreciseAsTheirValue) {
  EXPECT_EQ(ms_text_like(9'610, 452'000), "10");
  EXPECT_EQ(ms_text_like(9'610, 45'200), "9.6");
  EXPECT_EQ(ms_text_like(15, 1'230), "0.01");
  EXPECT_EQ(ms_text_like(15, 123), "0.015");
}

TEST(Number, RatesDropDecimalsThatSayNothing) {
  EXPECT_EQ(rate_text(1400), "1,400");
  EXPECT_EQ(rate_text(1399.2), "1,399.2");
  EXPECT_EQ(rate_text(0.25), "0.25");
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(measured_text(1998.73), "1,998.7");
  EXPECT_EQ(measured_text(5), "5.00");
  EXPECT_EQ(measured_text(2000), "2,000.0");
}

TEST(Number, PercentagesNeverRoundToAllOrNothing) {
  EXPECT_EQ(percent_text(1, 2), "100.00");
  EXPECT_EQ(percent_text(0.999999, 2), "99.99");
  EXPECT_EQ(percent_text(0.9997, 2), "99.97");
  EXPECT_EQ(percent_text(0, 1), "0.0");
  EXPECT_EQ(percent_text(0.00001, 1), "0.1");
}

TEST(Number, Short) {
  EXPECT_EQ(short_text(0), "0");
  EXPECT_EQ(short_text(0.06), "0.06");
  EXPECT_EQ(short_text(0.0123456), "0.0123");
  EXPECT_EQ(short_text(0.5), "0.5");
  EXPECT_EQ(short_text(1.25), "1.25");
  EXPECT_EQ(short_text(99.94), "99.9");
  EXPECT_EQ(short_text(288), "288");
  EXPECT_EQ(short_text(1132), "1,132");
  EXPECT_EQ(short_text(100), "100");
}

TEST(Number, Durations) {
  EXPECT_EQ(duration_text(0), "0s");
  EXPECT_EQ(duration_text(0.25), "250ms");
  EXPECT_EQ(duration_text(1.5), "1.5s");
  EXPECT_EQ(duration_text(70), "70s");
  EXPECT_EQ(duration_text(120), "120s");
  EXPECT_EQ(duration_text(150), "2m30s");
  EXPECT_EQ(duration_text(5400), "1h30m");
  EXPECT_EQ(duration_text(3601), "1h1s");
}

TEST(Number, Bytes) {
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text(1024ull * 1024 * 1024 * 2), "2.0 GiB");
}

TEST(Number, Exact) {
  EXPECT_EQ(ms_exact(0), "0.000");
  EXPECT_EQ(ms_exact(1'234'567), "1234.567");
  EXPECT_EQ(ms_exact(-5), "-0.005");
  EXPECT_EQ(seconds_exact(1'234'567), "1.234567");
  EXPECT_EQ(decimal_exact(0.5), "0.5");
  EXPECT_EQ(decimal_exact(-0.0), "0");
  EXPECT_EQ(decimal_exact(1998.7333333333), "1998.733333");
  EXPECT_EQ(shortest_exact(0.1), "0.1");
  EXPECT_EQ(shortest_exact(2000), "2000");
}

TEST(Number, Times) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(1'795'462'559'123), "2026-11-23T19:35:59.123Z");
  EXPECT_EQ(file_stamp(1'795'462'559'123), "20261123T193559Z");
}

}  // namespace
}  // namespace ringload::report
