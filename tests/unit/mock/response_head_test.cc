#include "mock/response_head.h"

#include <gtest/gtest.h>

#include <string>

#include "mock/wall_clock.h"

namespace ringload::mock {
namespace {

std::string text_of(const ResponseHead& head) {
  char memory[kMaxHead];
  TextWriter out(memory);
  append_head(out, head);
  return {out.written().begin(), out.written().end()};
}

TEST(ResponseHead, Plain) {
  ResponseHead head;
  head.content_length = 12;
  head.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  head.request_id = "abc";
  EXPECT_EQ(text_of(head),
            "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-type: application/json\r\n"
            "content-length: 12\r\nx-request-id: abc\r\n\r\n");
}

TEST(ResponseHead, EverythingFits) {
  const RateLimitState limits{INT64_MAX, INT64_MAX, 123'456'789, INT64_MAX, INT64_MAX, INT64_MAX};
  ResponseHead head;
  head.status = 431;
  head.connection = Connection::keep_1_0;
  head.content_length = UINT32_MAX;
  head.content_type = "text/plain; version=0.0.4; charset=utf-8";
  head.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const std::string id(128, 'i');
  head.request_id = id;
  head.processing = 90 * kSecond;
  head.limits = &limits;
  head.allow = "GET, HEAD";
  head.retry_after = 1500 * kMillisecond;
  head.service = 20 * kMillisecond;
  const std::string text = text_of(head);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  EXPECT_NE(text.find("\r\nretry-after: 2\r\nretry-after-ms: 1500\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\nx-mock-service-us: 20000\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\nx-ratelimit-reset-requests: 123456.789s\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\nopenai-processing-ms: 90000\r\n"), std::string::npos);
  head.anthropic = true;
  EXPECT_NE(text_of(head).find("\r\nrequest-id: iii"), std::string::npos);
}

TEST(ResponseHead, AnthropicTellsResetsAsInstants) {
  const RateLimitState limits{50, 49, 1'200, 30'000, 29'000, 22 * kSecond / kMillisecond};
  ResponseHead head;
  head.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  head.unix_seconds = 784'111'777;
  head.anthropic = true;
  head.limits = &limits;
  const std::string text = text_of(head);
  EXPECT_NE(text.find("\r\nanthropic-ratelimit-requests-reset: 1994-11-06T08:49:39Z\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\r\nanthropic-ratelimit-tokens-reset: 1994-11-06T08:49:59Z\r\n"), std::string::npos) << text;
}

TEST(WallClock, TurnsWithTheSecond) {
  WallClock clock(1000, 784'111'777 * kSecond + 400 * kMillisecond);
  EXPECT_EQ(clock.date(), "Sun, 06 Nov 1994 08:49:37 GMT");
  clock.update(1000 + 599 * kMillisecond);
  EXPECT_EQ(clock.unix_seconds(), 784'111'777);
  clock.update(1000 + 600 * kMillisecond);
  EXPECT_EQ(clock.unix_seconds(), 784'111'778);
  EXPECT_EQ(clock.date(), "Sun, 06 Nov 1994 08:49:38 GMT");
}

}  // namespace
}  // namespace ringload::mock
