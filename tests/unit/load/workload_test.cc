#include "load/workload.h"

#include <gtest/gtest.h>

#include "load/conversation.h"
#include "load_testing.h"

namespace ringload::load {
namespace {

std::string head_of(const ScenarioPlan& plan, size_t body_bytes, uint32_t service = 0) {
  std::vector<char> memory(plan.conversation_bytes);
  Conversation conversation;
  conversation.begin(plan, {1, 2, 3, service}, memory);
  std::string out(plan.head.max_bytes, '?');
  out.resize(conversation.render_head(out, body_bytes));
  for (size_t at; (at = out.find(conversation.uuid())) != std::string::npos;) out.replace(at, 32, "<uuid>");
  return out;
}

TEST(Workload, HeadsHoldEverythingInOrder) {
  const Profile profile = good_profile(R"({"defaults": {"target": "http://h:8080/v1", "headers": {"X-B": "2", "X-A": "1"}}})");
  const auto workload = good_workload(profile, {.version = "9.9"});
  EXPECT_EQ(head_of(workload->scenarios()[0], 1234),
            "POST /v1/chat/completions HTTP/1.1\r\n"
            "Host: h:8080\r\n"
            "Content-Type: application/json\r\n"
            "Accept: application/json\r\n"
            "Accept-Encoding: identity\r\n"
            "User-Agent: ringload/9.9\r\n"
            "X-B: 2\r\n"
            "X-A: 1\r\n"
            "x-request-id: <uuid>\r\n"
            "Content-Length: 1234\r\n"
            "\r\n");
}

TEST(Workload, ConfiguredHeadersReplaceBuiltInOnes) {
  const Profile profile = good_profile(R"({"defaults": {"target": "http://h", "protocol": "anthropic",
      "headers": {"host": "virtual", "ACCEPT": "x/y", "User-agent": "me", "anthropic-version": "1999-01-01",
                  "X-Request-ID": "fixed"}}, "disable_keepalive": true})");
  EXPECT_EQ(head_of(good_workload(profile)->scenarios()[0], 7),
            "POST /v1/messages HTTP/1.1\r\n"
            "Content-Type: application/json\r\n"
            "Accept-Encoding: identity\r\n"
            "Connection: close\r\n"
            "host: virtual\r\nACCEPT: x/y\r\nUser-agent: me\r\nanthropic-version: 1999-01-01\r\nX-Request-ID: fixed\r\n"
            "Content-Length: 7\r\n\r\n");
}

TEST(Workload, AdaptersBringTheirHeaders) {
  const Profile profile = good_profile(R"({"defaults": {"target": "http://h", "protocol": "anthropic"}})");
  EXPECT_NE(head_of(good_workload(profile)->scenarios()[0], 0).find("anthropic-version: 2023-06-01\r\n"), std::string::npos);
}

TEST(Workload, TraceparentIsWellFormed) {
  const Profile profile = good_profile(R"({"defaults": {"target": "http://h"},
      "correlation": {"header": "", "traceparent": true}})");
  const std::string head = head_of(good_workload(profile)->scenarios()[0], 0);
  const size_t at = head.find("traceparent: 00-<uuid>-");
  ASSERT_NE(at, std::string::npos) << head;
  const std::string rest = head.substr(at + 23, 21);
  EXPECT_EQ(rest.substr(16, 5), "-01\r\n");
  EXPECT_EQ(rest.substr(0, 16).find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(head.find("x-request-id"), std::string::npos);
}

TEST(Workload, TargetsAreDistinctOrigins) {
  const Profile profile = good_profile(R"({"scenarios": [{"target": "http://a/v1"}, {"target": "http://b"},
      {"target": "http://a/x"}, {"target": "https://a"}]})");
  const auto workload = good_workload(profile);
  ASSERT_EQ(workload->targets().size(), 3u);
  EXPECT_EQ(workload->scenarios()[2].target, 0u);
  EXPECT_EQ(workload->scenarios()[3].target, 2u);
}

TEST(Workload, ErrorsNameTheScenario) {
  EXPECT_EQ(Workload::make(good_profile("{}"), {}).error(), "scenario \"default\": target: there is none");
  const auto embeddings = Workload::make(
      good_profile(R"({"scenarios": [{"name": "e", "protocol": "openai-embeddings", "stream": true, "target": "http://h"}]})"), {});
  ASSERT_FALSE(embeddings);
  EXPECT_EQ(embeddings.error().substr(0, 21), "scenario \"e\": stream:");
  EXPECT_NE(Workload::make(good_profile(R"({"scenarios": [{"target": "http://h", "content": {"file": "x"}}]})"), {})
                .error().find("content.file: cannot read"),
            std::string::npos);
  EXPECT_NE(Workload::make(good_profile(R"({"scenarios": [{"target": "http://h",
                "content": {"prompts": [")" + std::string(1000, 'x') + R"("], "repeat": 100000}}]})"), {})
                .error().find("content.repeat"),
            std::string::npos);
}

TEST(Workload, DrawsScenariosByWeight) {
  const Profile profile = good_profile(R"({"defaults": {"target": "http://h"},
      "scenarios": [{"weight": 55}, {"weight": 30}, {"weight": 15}]})");
  const auto workload = good_workload(profile, {.seed = 5});
  std::vector<int> counts(3);
  constexpr int kDraws = 100'000;
  for (int k = 0; k < kDraws; ++k) ++counts[workload->draw_scenario(1, k % 960, k / 960).index];
  EXPECT_NEAR(counts[0], 0.55 * kDraws, 800);
  EXPECT_NEAR(counts[1], 0.30 * kDraws, 800);
  EXPECT_NEAR(counts[2], 0.15 * kDraws, 800);
  EXPECT_EQ(&workload->draw_scenario(1, 2, 3), &workload->draw_scenario(1, 2, 3));
}

TEST(Workload, SharesACorpusWhenGivenOne) {
  const Profile profile = good_profile(R"({"scenarios": [{"target": "http://h", "content": {"mode": "sized"}}]})");
  const auto first = good_workload(profile);
  const auto second = good_workload(profile, {.corpus = first->corpus()});
  EXPECT_EQ(first->corpus(), second->corpus());
}

}  // namespace
}  // namespace ringload::load
