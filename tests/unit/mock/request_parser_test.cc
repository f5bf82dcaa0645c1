#include "mock/request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace ringload::mock {
namespace {

struct Parsed {
  RequestHeadParser::Step step;
  RequestHead head;
};

Parsed parse(std::string_view text) {
  Parsed result;
  RequestHeadParser parser;
  result.step = parser.parse({text.data(), text.size()}, result.head);
  return result;
}

RequestFault fault_of(std::string_view text) {
  const Parsed result = parse(text);
  return result.step.status == RequestHeadParser::Status::bad ? result.step.fault : RequestFault::none;
}

constexpr std::string_view kChat =
    "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 17\r\n"
    "X-Request-ID: \t 91360294417740129987123450987654 \r\nAuthorization: Bearer x\r\n\r\n";

void expect_chat(const RequestHead& head) {
  EXPECT_EQ(head.method, Method::post);
  EXPECT_EQ(head.method_name(), "POST");
  EXPECT_EQ(head.path(), "/v1/chat/completions");
  EXPECT_EQ(head.request_id(), "91360294417740129987123450987654");
  EXPECT_EQ(head.content_length, 17u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked);
  EXPECT_FALSE(head.expect_continue);
  EXPECT_FALSE(head.http_1_0);
}

TEST(RequestHead, ReadsWhatTheMockNeeds) {
  const Parsed result = parse(std::string(kChat) + "body");
  ASSERT_EQ(result.step.status, RequestHeadParser::Status::done);
  EXPECT_EQ(result.step.consumed, kChat.size());
  expect_chat(result.head);
}

TEST(RequestHead, IsTheSameHoweverItIsSplit) {
  for (size_t first = 0; first < kChat.size(); ++first) {
    for (size_t second = first; second < kChat.size(); second += 7) {
      RequestHeadParser parser;
      RequestHead head;
      ASSERT_EQ(parser.parse({kChat.data(), first}, head).status, RequestHeadParser::Status::more);
      ASSERT_EQ(parser.parse({kChat.data(), second}, head).status, RequestHeadParser::Status::more);
      const auto step = parser.parse({kChat.data(), kChat.size()}, head);
      ASSERT_EQ(step.status, RequestHeadParser::Status::done) << first << " " << second;
      ASSERT_EQ(step.consumed, kChat.size());
      expect_chat(head);
    }
  }
}

TEST(RequestHead, OneByteAtATimeAndReused) {
  RequestHeadParser parser;
  for (int round = 0; round < 2; ++round) {
    RequestHead head;
    for (size_t size = 1; size < kChat.size(); ++size) {
      ASSERT_EQ(parser.parse({kChat.data(), size}, head).status, RequestHeadParser::Status::more);
    }
    ASSERT_EQ(parser.parse({kChat.data(), kChat.size()}, head).status, RequestHeadParser::Status::done);
    expect_chat(head);
  }
}

TEST(RequestHead, KeepAliveRules) {
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: a\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").head.keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n").head.keep_alive);
}

TEST(RequestHead, ToleratesWhatIsHarmless) {
  EXPECT_EQ(parse("\r\n\nGET /health HTTP/1.1\nHost:a\n\n").head.path(), "/health");
  EXPECT_EQ(parse("GET http://h:1/health?x HTTP/1.1\r\nHost: a\r\n\r\n").head.path(), "/health");
  EXPECT_EQ(parse("GET http://h HTTP/1.1\r\nHost: a\r\n\r\n").head.path(), "/");
  EXPECT_TRUE(parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n").head.chunked);
  EXPECT_TRUE(parse("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n").head.expect_continue);
  EXPECT_EQ(parse("PATCH /x HTTP/1.1\r\nHost: a\r\n\r\n").head.method, Method::other);
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n").head.content_length,
            5u);
}

TEST(RequestHead, CutsWhatIsTooLong) {
  const std::string path = "/" + std::string(300, 'p');
  const std::string id(129, 'r');
  const Parsed result = parse("GET " + path + " HTTP/1.1\r\nHost: a\r\nx-request-id: " + id + "\r\n\r\n");
  ASSERT_EQ(result.step.status, RequestHeadParser::Status::done);
  EXPECT_EQ(result.head.path(), path.substr(0, 112));
  EXPECT_EQ(result.head.request_id(), "");
}

TEST(RequestHead, RefusesMalformed) {
  using F = RequestFault;
  EXPECT_EQ(fault_of("GET\r\n\r\n"), F::request_line);
  EXPECT_EQ(fault_of("GET /\r\n\r\n"), F::request_line);
  EXPECT_EQ(fault_of("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), F::request_line);
  EXPECT_EQ(fault_of("GET / x HTTP/1.1\r\nHost: a\r\n\r\n"), F::request_line);
  EXPECT_EQ(fault_of("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"), F::request_line);
  EXPECT_EQ(fault_of("\x16\x03\x01\x02\n\n"), F::request_line);
  EXPECT_EQ(fault_of("\n\n\n\n\n\n\n\n"), F::request_line);
  EXPECT_EQ(fault_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), F::version);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\n\r\n"), F::host);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), F::host);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\nx : 1\r\n\r\n"), F::field);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n"), F::field);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\nx\r\n\r\n"), F::field);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\n folded: 1\r\n\r\n"), F::field);
  EXPECT_EQ(fault_of(std::string_view("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29)), F::field);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"), F::field);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"), F::length);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n"), F::length);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"), F::length);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), F::length);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
            F::length);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), F::transfer_encoding);
  EXPECT_EQ(fault_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), F::transfer_encoding);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n"), F::body_too_large);
  EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16777216\r\n\r\n"), F::none);
}

TEST(RequestHead, IsBounded) {
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(70'000, 'v')), RequestFault::head_too_large);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(70'000, 'v') + "\r\n\r\n"),
            RequestFault::head_too_large);
  EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(60'000, 'v') + "\r\n\r\n"), RequestFault::none);
}

}  // namespace
}  // namespace ringload::mock
