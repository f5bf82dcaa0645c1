// The whole mock over real sockets. Instants are only bounded from below: the machine that runs this may be slow.
#include "mock/server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>

#include "test_client.h"

namespace ringload::mock {
namespace {

using Clock = std::chrono::steady_clock;

struct Running {
  explicit Running(MockOptions options = {}) {
    options.listen = "127.0.0.1:0";
    options.connections = 64;
    const auto plan = plan_mock(options);
    EXPECT_TRUE(plan.has_value()) << plan.error();
    auto started = MockServer::start(*plan);
    EXPECT_TRUE(started.has_value()) << started.error();
    server = std::move(*started);
  }
  template <class Count>
  uint64_t sum(Count&& count) const {
    uint64_t total = 0;
    for (const ShardCounters& shard : server->counters()) total += count(shard);
    return total;
  }
  // Waits until `count` of the counters is `expected`, at most some seconds.
  template <class Count>
  bool becomes(uint64_t expected, Count&& count) const {
    for (int i = 0; i < 500; ++i) {
      if (sum(count) == expected) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  const net::Address& address() const { return server->address(); }

  std::unique_ptr<MockServer> server;
};

std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\n" +
         std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string chat(unsigned max_tokens, bool stream, std::string_view prompt = "one two three") {
  return post("/v1/chat/completions",
              R"({"model":"m","messages":[{"role":"user","content":")" + std::string(prompt) + R"("}],"max_tokens":)" +
                  std::to_string(max_tokens) +
                  (stream ? R"(,"stream":true,"stream_options":{"include_usage":true}})" : "}"));
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

constexpr std::string_view kContent = R"("delta":{"content":)";

TEST(MockServer, AnswersOneAfterTheOther) {
  Running mock;
  TestClient client(mock.address());
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    client.send(chat(7, false));
    const auto response = client.read_response();
    EXPECT_EQ(response.status(), 200);
    EXPECT_NE(response.body.find(R"("prompt_tokens":3,"completion_tokens":7,"total_tokens":10)"), std::string::npos);
    EXPECT_NE(response.body.find(R"("finish_reason":"length")"), std::string::npos);
    ids.insert(response.body.substr(0, 40));
    client.send(chat(7, true));
    const auto streamed = client.read_response();
    EXPECT_EQ(streamed.field("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(count_of(streamed.body, kContent), 7u);
    EXPECT_TRUE(streamed.body.ends_with("data: [DONE]\n\n"));
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(mock.sum([](auto& c) { return c.prompt_tokens.value(); }), 18u);
  EXPECT_EQ(mock.sum([](auto& c) { return c.completion_tokens.value(); }), 42u);
  EXPECT_EQ(mock.sum([](auto& c) { return c.connections_accepted.value(); }), 1u);
}

TEST(MockServer, EchoesTheRequestId) {
  Running mock;
  TestClient client(mock.address());
  client.send(post("/v1/chat/completions", "{}", "X-Request-Id: my-id\r\n"));
  EXPECT_EQ(client.read_response().field("x-request-id"), "my-id");
  client.send(post("/v1/chat/completions", "{}"));
  EXPECT_TRUE(client.read_response().field("x-request-id").starts_with("req_"));
}

TEST(MockServer, PipelinedRequestsAreAnsweredInOrder) {
  Running mock;
  TestClient client(mock.address());
  client.send(chat(1, false) + chat(2, true) + chat(3, false) + "GET /health HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_NE(client.read_response().body.find(R"("completion_tokens":1,)"), std::string::npos);
  EXPECT_EQ(count_of(client.read_response().body, kContent), 2u);
  EXPECT_NE(client.read_response().body.find(R"("completion_tokens":3,)"), std::string::npos);
  EXPECT_EQ(client.read_response().body, R"({"status":"ok"})");
}

TEST(MockServer, RequestsMayComeInPieces) {
  Running mock;
  TestClient client(mock.address());
  for (const char c : chat(5, false)) client.send({&c, 1});
  EXPECT_EQ(client.read_response().status(), 200);
}

TEST(MockServer, LargePrompts) {
  Running mock;
  TestClient client(mock.address());
  std::string prompt;
  for (int i = 0; i < 12'500; ++i) prompt += "water ";
  for (int i = 0; i < 3; ++i) {
    client.send(chat(64, i == 1, prompt));
    EXPECT_NE(client.read_response().body.find(R"("prompt_tokens":12500,"completion_tokens":64)"), std::string::npos);
  }
}

TEST(MockServer, AsksForALargeBody) {
  Running mock;
  TestClient client(mock.address());
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":1})";
  client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: m\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  EXPECT_EQ(client.read_response().status(), 200);
}

TEST(MockServer, MalformedRequestsGet400AndTheConnectionEnds) {
  Running mock;
  for (const char* request : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost : x\r\n\r\n"}) {
    TestClient client(mock.address());
    client.send(request);
    const auto response = client.read_response();
    EXPECT_EQ(response.status(), 400);
    EXPECT_EQ(response.field("connection"), "close");
    EXPECT_NE(response.body.find("invalid_request_error"), std::string::npos);
    EXPECT_EQ(client.read_to_end(), "");
  }
  TestClient client(mock.address());
  client.send(post("/v1/chat/completions", "{}"));
  EXPECT_EQ(client.read_response().status(), 400);
  client.send(chat(1, false));
  EXPECT_EQ(client.read_response().status(), 200) << "a bad body does not end the connection";
}

TEST(MockServer, UnknownPathsAndMethods) {
  Running mock;
  TestClient client(mock.address());
  client.send(post("/v1/chat", "{}"));
  const auto unknown = client.read_response();
  EXPECT_EQ(unknown.status(), 404);
  EXPECT_NE(unknown.body.find("Invalid URL (POST /v1/chat)"), std::string::npos);
  client.send(post("/v1/messages/batches", "{}"));
  EXPECT_TRUE(client.read_response().body.starts_with(R"({"type":"error","error":{"type":"not_found_error",)"));
  client.send("GET /v1/chat/completions HTTP/1.1\r\nHost: m\r\n\r\n");
  const auto method = client.read_response();
  EXPECT_EQ(method.status(), 405);
  EXPECT_EQ(method.field("allow"), "POST");
  client.send("GET /v1/models HTTP/1.1\r\nHost: m\r\n\r\n");
  EXPECT_EQ(client.read_response().status(), 200);
  client.send("HEAD /health HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\n"));
}

TEST(MockServer, OldHttpStreamsToTheClose) {
  Running mock;
  TestClient client(mock.address());
  std::string request = chat(4, true);
  request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
  client.send(request);
  const auto response = client.read_response();
  EXPECT_EQ(response.field("transfer-encoding"), "");
  EXPECT_EQ(count_of(response.body, kContent), 4u);
  EXPECT_TRUE(response.body.ends_with("data: [DONE]\n\n"));
}

TEST(MockServer, HalfClosedClientsGetTheirAnswer) {
  Running mock;
  TestClient client(mock.address());
  client.send(chat(4, false));
  client.shut_down_sending();
  EXPECT_EQ(client.read_response().status(), 200);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(MockServer, TimedStreamsSendEachEventWhenItIsDue) {
  MockOptions options;
  options.ttft = "40ms";
  options.itl = "10ms";
  options.stamp = true;
  Running mock(options);
  TestClient client(mock.address());
  const Nanos before = io::linux_kernel().now(nullptr);
  client.send(chat(10, true));
  const auto response = client.read_response();
  EXPECT_GE(client.reads(), 3u);
  // The stamps of the content events: none early.
  Nanos stamp = 0;
  unsigned index = 0;
  for (size_t at = response.body.find(kContent); at != std::string::npos; at = response.body.find(kContent, at + 1)) {
    const size_t number = response.body.find("\"mock_sent_ns\":", at) + 15;
    stamp = std::strtoll(response.body.c_str() + number, nullptr, 10);
    EXPECT_GE(stamp - before, 40 * kMillisecond + index * 10 * kMillisecond) << index;
    ++index;
  }
  EXPECT_EQ(index, 10u);
  EXPECT_LT(stamp - before, 5 * kSecond);
  // Unstreamed: when the last token would have been there.
  const auto start = Clock::now();
  client.send(chat(10, false));
  EXPECT_EQ(client.read_response().status(), 200);
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(130));
}

TEST(MockServer, AClientThatLeavesDisturbsNobody) {
  MockOptions options;
  options.itl = "5ms";
  Running mock(options);
  TestClient stays(mock.address());
  stays.send(chat(40, true));
  for (int i = 0; i < 5; ++i) {
    TestClient leaves(mock.address());
    leaves.send(chat(10'000, true));
    EXPECT_NE(leaves.read_until(kContent), "");
  }
  EXPECT_EQ(count_of(stays.read_response().body, kContent), 40u);
  EXPECT_TRUE(mock.becomes(5, [](auto& c) { return c.aborted.value(); }));
  EXPECT_TRUE(mock.becomes(0, [](auto& c) { return c.running.value(); }));
  EXPECT_TRUE(mock.becomes(1, [](auto& c) { return c.connections_open.value(); }));
}

TEST(MockServer, AClientThatDoesNotReadHoldsUpNobody) {
  Running mock;
  TestClient slow(mock.address());
  slow.send(chat(60'000, true));
  TestClient quick(mock.address());
  for (int i = 0; i < 20; ++i) {
    quick.send(chat(128, true));
    EXPECT_EQ(count_of(quick.read_response().body, kContent), 128u);
  }
  EXPECT_EQ(count_of(slow.read_response().body, kContent), 60'000u);
}

TEST(MockServer, EventsThatBecameDueMeanwhileGoTogether) {
  MockOptions options;
  options.itl = "1us";  // far quicker than sends: they must merge, and none may be lost
  Running mock(options);
  TestClient client(mock.address());
  client.send(chat(5000, true));
  const auto response = client.read_response();
  EXPECT_EQ(count_of(response.body, kContent), 5000u);
  EXPECT_TRUE(response.body.ends_with("data: [DONE]\n\n"));
}

TEST(MockServer, RefusesBeyondTheConcurrency) {
  MockOptions options;
  options.ttft = "300ms";
  options.max_concurrency = 1;
  Running mock(options);
  TestClient first(mock.address()), second(mock.address());
  first.send(chat(1, false));
  ASSERT_TRUE(mock.becomes(1, [](auto& c) { return c.running.value(); }));
  second.send(chat(1, false));
  const auto refused = second.read_response();
  EXPECT_EQ(refused.status(), 429);
  EXPECT_EQ(refused.field("retry-after"), "1");
  EXPECT_NE(refused.body.find("rate_limit_exceeded"), std::string::npos);
  EXPECT_EQ(first.read_response().status(), 200);
  second.send(chat(1, false));
  EXPECT_EQ(second.read_response().status(), 200) << "the place is free again";
}

TEST(MockServer, ReportsWhatIsLeftOfTheLimit) {
  MockOptions options;
  options.rpm = 2;
  options.limit = "fixed-window";
  Running mock(options);
  TestClient client(mock.address());
  for (const char* left : {"1", "0"}) {
    client.send(chat(1, false));
    const auto response = client.read_response();
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(response.field("x-ratelimit-limit-requests"), "2");
    EXPECT_EQ(response.field("x-ratelimit-remaining-requests"), left);
  }
  client.send(chat(1, true));
  EXPECT_EQ(client.read_response().status(), 429);
}

TEST(MockServer, SlotsTellTheServiceAndTakeIt) {
  MockOptions options;
  options.slots = 1;
  options.service = "30ms";
  Running mock(options);
  TestClient a(mock.address()), b(mock.address());
  const auto start = Clock::now();
  a.send(chat(1, false));
  b.send(chat(1, true));
  EXPECT_EQ(a.read_response().field("x-mock-service-us"), "30000");
  EXPECT_EQ(b.read_response().field("x-mock-service-us"), "30000");
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(60));
}

TEST(MockServer, Outage) {
  MockOptions options;
  options.outage = "1h@0s";
  Running mock(options);
  TestClient client(mock.address());
  client.send(chat(1, false));
  const auto response = client.read_response();
  EXPECT_EQ(response.status(), 503);
  EXPECT_NE(response.field("retry-after"), "");
}

TEST(MockServer, FreezeStopsEverythingForItsTime) {
  MockOptions options;
  options.freeze = "300ms@0s";
  Running mock(options);
  const auto start = Clock::now();
  TestClient client(mock.address());
  client.send(chat(1, false));
  EXPECT_EQ(client.read_response().status(), 200);
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(200));
}

TestClient::Response with_fault(const char* fault, bool stream, int& error, std::string& rest) {
  MockOptions options;
  options.fault = std::string(fault) + "=100%";
  if (std::string_view(fault).starts_with("stall")) options.fault = "stall=100%:150ms";
  Running mock(options);
  TestClient client(mock.address());
  client.send(chat(20, stream));
  auto response = client.read_response();
  error = client.error();
  client.send(chat(20, stream));
  rest = client.read_until("\r\n\r\n");
  return response;
}

TEST(Faults, EachDoesWhatItSays) {
  int error = 0;
  std::string rest;
  for (const bool stream : {false, true}) {
    auto response = with_fault("500", stream, error, rest);
    EXPECT_EQ(response.status(), 500);
    EXPECT_NE(rest, "");

    response = with_fault("reset", stream, error, rest);
    EXPECT_EQ(error, ECONNRESET) << stream;
    EXPECT_EQ(rest, "");

    response = with_fault("truncate", stream, error, rest);
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(error, 0);
    EXPECT_EQ(rest, "");
    if (stream) {
      EXPECT_EQ(count_of(response.body, kContent), 10u);
      EXPECT_EQ(response.body.find("[DONE]"), std::string::npos);
    } else {
      EXPECT_EQ(response.body.size(), std::stoul(response.field("content-length")) / 2);
    }

    const auto start = Clock::now();
    response = with_fault("stall", stream, error, rest);
    EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(150));
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(count_of(response.body, kContent), stream ? 20u : 0u);

    response = with_fault("malformed", stream, error, rest);
    EXPECT_EQ(response.status(), 200);
    if (stream) {
      EXPECT_EQ(count_of(response.body, kContent), 21u) << "the broken one is in addition";
      EXPECT_NE(response.body.find(R"("content":}})"), std::string::npos);
    } else {
      EXPECT_NE(response.body.find("}}}}}}}}"), std::string::npos);
    }
    EXPECT_NE(rest, "");

    response = with_fault("stream_error", stream, error, rest);
    EXPECT_EQ(response.status(), 200);
    EXPECT_NE(response.body.find(R"({"error":{"message":)"), std::string::npos);
    EXPECT_EQ(count_of(response.body, kContent), stream ? 10u : 0u);
    EXPECT_EQ(response.body.find("[DONE]"), std::string::npos);
    EXPECT_NE(rest, "");

    response = with_fault("empty", stream, error, rest);
    EXPECT_EQ(response.status(), 200);
    EXPECT_NE(response.body.find(R"("completion_tokens":0,)"), std::string::npos);
    EXPECT_NE(rest, "");
  }
}

TEST(MockServer, MetricsAddUp) {
  MockOptions options;
  options.shards = 2;
  Running mock(options);
  for (int i = 0; i < 20; ++i) {
    TestClient client(mock.address());
    client.send(chat(3, i % 2 == 0));
    EXPECT_EQ(client.read_response().status(), 200);
  }
  TestClient client(mock.address());
  client.send(post("/v1/chat/completions", "{}"));
  EXPECT_EQ(client.read_response().status(), 400);
  client.send("GET /metrics HTTP/1.1\r\nHost: m\r\n\r\n");
  const auto metrics = client.read_response();
  for (const char* line : {"mock_requests_total{path=\"/v1/chat/completions\",status=\"200\"} 20\n",
                           "mock_requests_total{path=\"/v1/chat/completions\",status=\"400\"} 1\n",
                           "mock_prompt_tokens_total 60\n", "mock_completion_tokens_total 60\n",
                           "mock_streams_total 10\n", "mock_connections_accepted_total 21\n"}) {
    EXPECT_NE(metrics.body.find(line), std::string::npos) << line << metrics.body;
  }
  const std::string text = totals_text(mock.server->counters(), 1.5);
  EXPECT_NE(text.find("served 22 requests in 1.5 s over 21 connections"), std::string::npos) << text;
  const std::string json = totals_json(mock.server->counters(), 1.5);
  EXPECT_NE(json.find(R"("/v1/chat/completions":{"200":20,"400":1},"/metrics":{"200":1}})"), std::string::npos) << json;
}

TEST(MockServer, WorksWithoutTheNewerKernelsFeatures) {
  ::setenv("RINGLOAD_RING_MASK", "newer-than-6.1", 1);
  Running mock;
  ::unsetenv("RINGLOAD_RING_MASK");
  TestClient client(mock.address());
  client.send(chat(3, true));
  EXPECT_EQ(count_of(client.read_response().body, kContent), 3u);
}

TEST(MockServer, AFullShardServesWhoIsIn) {
  Running mock;  // 64 connections
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 80; ++i) clients.push_back(std::make_unique<TestClient>(mock.address()));
  for (int i = 0; i < 80; ++i) clients[i]->send(chat(1, false));
  for (int i = 0; i < 64; ++i) EXPECT_EQ(clients[i]->read_response().status(), 200);
  for (int i = 0; i < 64; ++i) clients[i]->close();
  for (int i = 64; i < 80; ++i) EXPECT_EQ(clients[i]->read_response().status(), 200) << "its place came free";
}

TEST(MockServer, SaysWhyItCannotListen) {
  Running mock;
  MockOptions options;
  options.listen = mock.address().text();
  const auto second = MockServer::start(*plan_mock(options));
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().find("Address already in use"), std::string::npos) << second.error();
}

}  // namespace
}  // namespace ringload::mock
