#include "base/date.h"

#include <gtest/gtest.h>

namespace ringload {
namespace {

TEST(Date, OfHttp) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777'000);
  EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"), 1'709'251'200'000);
}

TEST(Date, HttpRefusesTheRest) {
  for (const char* bad :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT ", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(bad)) << bad;
}

TEST(Date, OfRfc3339) {
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37Z"), 784'111'777'000);
  EXPECT_EQ(parse_rfc3339("1994-11-06T10:49:37.25+02:00"), 784'111'777'250);
  EXPECT_FALSE(parse_rfc3339("1994-11-06T08:49:37"));
}

}  // namespace
}  // namespace ringload
