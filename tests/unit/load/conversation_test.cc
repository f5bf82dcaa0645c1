#include "load/conversation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "load/json_value.h"
#include "load_testing.h"

namespace ringload::load {
namespace {

constexpr size_t kCanary = 64;

// A conversation in memory of exactly the planned size, with canaries behind it.
class Talk {
 public:
  Talk(std::string_view profile, const WorkloadOptions& options = {})
      : workload_(good_workload(good_profile(profile), options)) {}

  const ScenarioPlan& plan(size_t i = 0) const { return workload_->scenarios()[i]; }

  Conversation& begin(const Identity& identity, size_t scenario = 0) {
    const ScenarioPlan& plan = this->plan(scenario);
    memory_.assign((plan.conversation_bytes + kCanary + 7) / 8, 0x5a5a5a5a5a5a5a5a);
    conversation_.begin(plan, identity, {reinterpret_cast<char*>(memory_.data()), plan.conversation_bytes});
    return conversation_;
  }

  std::string body() {
    const ScenarioPlan& plan = conversation_.plan();
    std::vector<std::string_view> spans(plan.max_pieces);
    BodyWriter writer(spans);
    conversation_.encode(writer);
    EXPECT_FALSE(writer.overflow());
    EXPECT_LE(writer.bytes(), plan.max_body_bytes);
    std::string out;
    for (const std::string_view span : writer.spans()) out += span;
    EXPECT_EQ(out.size(), writer.bytes());
    const char* end = reinterpret_cast<const char*>(memory_.data()) + plan.conversation_bytes;
    EXPECT_TRUE(std::all_of(end, end + kCanary / 2, [](char c) { return c == 0x5a; })) << "wrote behind its memory";
    return out;
  }

  // "role: content" of each message.
  std::vector<std::string> messages() {
    const JsonDocument document(body());
    EXPECT_TRUE(document.syntax_ok());
    std::vector<std::string> out;
    for (const JsonValue& message : document.root().find("messages")->items) {
      out.push_back(message.find("role")->text + ": " + message.find("content")->text);
    }
    return out;
  }

  std::optional<Nanos> answer(std::string_view reply) {
    const std::span<char> space = conversation_.reply_space();
    if (!space.empty()) std::memcpy(space.data(), reply.data(), reply.size());
    return conversation_.finish_turn(space.empty() ? 0 : reply.size());
  }

  Conversation& conversation() { return conversation_; }

 private:
  std::shared_ptr<const Workload> workload_;
  std::vector<uint64_t> memory_;
  Conversation conversation_;
};

size_t words_in(std::string_view text) {
  size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    words += c != ' ' && !inside;
    inside = c != ' ';
  }
  return words;
}

constexpr const char* kOnePrompt =
    R"({"defaults": {"target": "http://h"}, "scenarios": [{"content": {"prompts": ["say \"hi\"\n"]}}]})";

TEST(Conversation, UuidsAreDecimalVersionFour) {
  Talk talk(kOnePrompt);
  std::set<std::string> seen;
  std::map<char, int> variants;
  for (uint64_t k = 0; k < 10'000; ++k) {
    const std::string uuid(talk.begin({1, 7, k, 0}).uuid());
    ASSERT_EQ(uuid.size(), 32u);
    ASSERT_EQ(uuid.find_first_not_of("0123456789"), std::string::npos) << uuid;
    ASSERT_EQ(uuid[12], '4');
    ASSERT_TRUE(uuid[16] == '8' || uuid[16] == '9') << uuid;
    ++variants[uuid[16]];
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 10'000u);
  EXPECT_NEAR(variants['8'], 5'000, 300);
}

TEST(Conversation, UuidsDependOnEveryPartOfTheIdentity) {
  const auto uuid = [](const Identity& identity, WorkloadOptions options = {}) {
    Talk talk(kOnePrompt, options);
    return std::string(talk.begin(identity).uuid());
  };
  const std::string base = uuid({1, 2, 3, 0});
  EXPECT_EQ(uuid({1, 2, 3, 0}), base);
  EXPECT_NE(uuid({2, 2, 3, 0}), base);
  EXPECT_NE(uuid({1, 3, 3, 0}), base);
  EXPECT_NE(uuid({1, 2, 4, 0}), base);
  EXPECT_NE(uuid({1, 2, 3, 1}), base);
  EXPECT_NE(uuid({1, 2, 3, 0}, {.seed = 2}), base);
  EXPECT_NE(uuid({1, 2, 3, 0}, {.uuid_salt = 1}), base);
  EXPECT_NE(uuid({1, 2, 3, 0}, {.rank = 1}), base);
}

TEST(Conversation, ContentDependsOnTheSeedAndNotOnSaltOrService) {
  constexpr const char* kProfile = R"({"defaults": {"target": "http://h"}, "scenarios": [{"turns": {"min": 1, "max": 9},
      "content": {"approx_input_tokens": {"mean": 100, "stdev": 30}}}]})";
  const auto content = [&](uint32_t service, WorkloadOptions options) {
    Talk talk(kProfile, options);
    const uint32_t turns = talk.begin({1, 2, 3, service}).turns_total();
    return std::to_string(turns) + talk.messages()[0].substr(6 + 32);
  };
  const std::string base = content(0, {});
  EXPECT_EQ(content(1, {}), base);
  EXPECT_EQ(content(0, {.uuid_salt = 9}), base);
  EXPECT_EQ(content(0, {.rank = 9}), base);
  EXPECT_NE(content(0, {.seed = 9}), base);
}

TEST(Conversation, BustPutsTheUuidInFront) {
  Talk talk(kOnePrompt);
  const std::string uuid(talk.begin({}).uuid());
  EXPECT_EQ(talk.messages(), std::vector<std::string>{"user: " + uuid + " say \"hi\"\n"});
}

TEST(Conversation, OtherModesPutItBehindOrNowhere) {
  const std::string start = R"({"defaults": {"target": "http://h"}, "scenarios": [{"content": {"prompts": ["hi"]}}], )";
  Talk shared(start + R"("cache_mode": "shared-prefix"})");
  const std::string uuid(shared.begin({}).uuid());
  EXPECT_EQ(shared.messages()[0], "user: hi " + uuid);
  Talk natural(start + R"("cache_mode": "natural"})");
  natural.begin({});
  EXPECT_EQ(natural.messages()[0], "user: hi");
  Talk switched_off(start + R"("correlation": {"uuid_in_prompt": false}})");
  switched_off.begin({});
  EXPECT_EQ(switched_off.messages()[0], "user: hi");
}

TEST(Conversation, SizedPromptsHaveThePromisedTokens) {
  for (const char* mode : {"bust", "natural", "shared-prefix"}) {
    for (const size_t tokens : {12u, 13u, 128u, 550u, 2'000u, 12'500u, 100'000u, 200'000u}) {
      Talk talk(R"({"defaults": {"target": "http://h"}, "cache_mode": ")" + std::string(mode) +
                R"(", "scenarios": [{"content": {"mode": "sized", "approx_input_tokens": )" + std::to_string(tokens) + "}}]}");
      for (uint64_t k = 0; k < 5; ++k) {
        talk.begin({1, 0, k, 0});
        const std::string message = talk.messages()[0].substr(6);
        const bool natural = std::string_view(mode) == "natural", shared = std::string_view(mode) == "shared-prefix";
        // The UUID counts as one word here, but as 11 tokens, and the space before it as one more.
        const size_t counted = words_in(message) + (natural ? 0 : kUuidTokens - 1) + (shared ? 1 : 0);
        EXPECT_EQ(counted, tokens) << mode;
      }
    }
  }
}

TEST(Conversation, TinySizesStillSayHello) {
  for (const int tokens : {1, 5, 11}) {
    Talk talk(R"({"defaults": {"target": "http://h"}, "scenarios": [{"content": {"approx_input_tokens": )" +
              std::to_string(tokens) + "}}]}");
    const std::string uuid(talk.begin({}).uuid());
    EXPECT_EQ(talk.messages()[0], "user: " + uuid);
  }
}

TEST(Conversation, SharedPrefixIsCommonToTheScenario) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "cache_mode": "shared-prefix",
      "scenarios": [{"content": {"approx_input_tokens": 1012}}, {"content": {"approx_input_tokens": 1012}}]})");
  const auto split = [&](uint64_t k, size_t scenario) {
    const std::string uuid(talk.begin({1, 0, k, 0}, scenario).uuid());
    const std::string message = talk.messages()[0].substr(6);
    const size_t at = message.find(uuid);
    EXPECT_NE(at, std::string::npos);
    return std::pair(message.substr(0, at), message.substr(at + 32));
  };
  const auto a = split(0, 0), b = split(1, 0), other = split(0, 1);
  EXPECT_EQ(a.first, b.first);
  EXPECT_EQ(words_in(a.first), 500u);
  EXPECT_EQ(words_in(a.second), 500u);
  EXPECT_NE(a.second, b.second);
  EXPECT_NE(a.first, other.first);
}

TEST(Conversation, NormalSizesStayInTheirBounds) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "cache_mode": "natural", "scenarios": [{"content":
      {"approx_input_tokens": {"mean": 100, "stdev": 30, "min": 60, "max": 150}}}]})");
  double sum = 0;
  size_t low = SIZE_MAX, high = 0;
  for (uint64_t k = 0; k < 2'000; ++k) {
    talk.begin({1, 0, k, 0});
    const size_t words = words_in(talk.messages()[0].substr(6));
    sum += static_cast<double>(words);
    low = std::min(low, words);
    high = std::max(high, words);
  }
  EXPECT_NEAR(sum / 2'000, 100, 3);
  EXPECT_EQ(low, 60u);
  EXPECT_EQ(high, 150u);
}

TEST(Conversation, ChoicesNameTheirSegment) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "scenarios": [{"content":
      {"approx_input_tokens": {"choices": [[100, 3], [1000, 1]]}}}]})");
  EXPECT_EQ(talk.plan().segments, (std::vector<PromptSize>{{100, 100}, {1000, 1000}}));
  int large = 0;
  for (uint64_t k = 0; k < 1'000; ++k) {
    const uint32_t segment = talk.begin({1, 0, k, 0}).segment();
    ASSERT_LT(segment, 2u);
    EXPECT_EQ(words_in(talk.messages()[0].substr(6)) + kUuidTokens - 1, static_cast<size_t>(talk.plan().segments[segment].to));
    large += segment == 1;
  }
  EXPECT_NEAR(large, 250, 50);
}

TEST(Conversation, PoolDrawsAndScriptFollowsItsOrder) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "cache_mode": "natural", "scenarios": [
      {"content": {"prompts": ["a", "b", "c"]}}, {"turns": 5, "content": {"script": ["x", "y"]}}]})");
  std::map<std::string, int> counts;
  for (uint64_t k = 0; k < 3'000; ++k) {
    talk.begin({1, 0, k, 0});
    ++counts[talk.messages()[0]];
  }
  ASSERT_EQ(counts.size(), 3u);
  for (const auto& [text, count] : counts) EXPECT_NEAR(count, 1'000, 150) << text;

  talk.begin({}, 1);
  while (talk.answer("r")) {}
  EXPECT_EQ(talk.messages(), (std::vector<std::string>{"user: x", "assistant: r", "user: y", "assistant: r", "user: x",
                                                       "assistant: r", "user: y", "assistant: r", "user: x"}));
}

TEST(Conversation, RequestUuidsAreNewInEachRequestAndRepeatRepeats) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "correlation": {"uuid_in_prompt": false}, "scenarios": [
      {"turns": 2, "content": {"prompts": ["{uuid} and {uuid}."], "repeat": 3}}]})");
  const std::string own(talk.begin({}).uuid());
  const std::string first = talk.messages()[0].substr(6);
  const std::string uuid = first.substr(0, 32);
  EXPECT_EQ(uuid.find_first_not_of("0123456789"), std::string::npos);
  EXPECT_NE(uuid, own);
  const std::string once = uuid + " and " + uuid + ".";
  EXPECT_EQ(first, once + once + once);
  ASSERT_TRUE(talk.answer("ok"));
  const auto messages = talk.messages();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0], "user: " + first);
  EXPECT_NE(messages[2].substr(6, 32), uuid);
}

TEST(Conversation, RepliesAreFedBackAsTheyStood) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "think_time": "250ms",
      "scenarios": [{"turns": 3, "content": {"script": ["one", "two", "three"]}}]})");
  Conversation& conversation = talk.begin({});
  const std::string uuid(conversation.uuid());
  EXPECT_EQ(conversation.turn(), 1u);
  EXPECT_EQ(conversation.turns_total(), 3u);
  EXPECT_EQ(conversation.turns_left(), 2u);
  EXPECT_EQ(talk.answer(R"(said \"x\" \u00e9)"), 250'000'000);
  EXPECT_EQ(conversation.turn(), 2u);
  EXPECT_EQ(talk.messages(),
            (std::vector<std::string>{"user: " + uuid + " one", "assistant: said \"x\" é", "user: two"}));
  EXPECT_TRUE(talk.answer(""));
  EXPECT_TRUE(conversation.reply_space().empty());
  EXPECT_EQ(talk.messages().size(), 5u);
  EXPECT_EQ(talk.answer("last"), std::nullopt);
}

TEST(Conversation, LongestConversationFitsItsMemory) {
  Talk talk(R"({"defaults": {"target": "http://h", "max_tokens": 10},
      "scenarios": [{"turns": {"min": 1, "max": 12}, "content": {"prompts": ["{uuid}", "a{uuid}b{uuid}", "plain"]}}]})");
  for (uint64_t k = 0; k < 200; ++k) {
    Conversation& conversation = talk.begin({1, 0, k, 0});
    for (;;) {
      talk.body();
      const std::span<char> space = conversation.reply_space();
      const size_t bytes = std::min<size_t>(space.size(), talk.plan().reply_bytes_per_turn);
      if (conversation.turn() < conversation.turns_total()) EXPECT_GE(space.size(), talk.plan().reply_bytes_per_turn);
      std::fill_n(space.begin(), bytes, 'r');
      if (!conversation.finish_turn(bytes)) break;
    }
    EXPECT_EQ(conversation.turn(), conversation.turns_total());
  }
}

TEST(Conversation, TurnsAreUniformBetweenTheirEnds) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "scenarios": [{"turns": {"min": 2, "max": 4}}]})");
  std::map<uint32_t, int> counts;
  for (uint64_t k = 0; k < 3'000; ++k) ++counts[talk.begin({1, 0, k, 0}).turns_total()];
  ASSERT_EQ(counts.size(), 3u);
  for (const auto& [turns, count] : counts) EXPECT_NEAR(count, 1'000, 150) << turns;
}

TEST(Conversation, EncodingAgainGivesTheSameBytes) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "scenarios": [{"turns": 2, "content": {"mode": "sized"}}]})");
  talk.begin({});
  talk.answer("x");
  EXPECT_EQ(talk.body(), talk.body());
}

TEST(Conversation, SmallSingleTurnsNeedNoMemory) {
  Talk sized(R"({"defaults": {"target": "http://h"}, "scenarios": [{"content": {"mode": "sized"}}, {}]})");
  EXPECT_EQ(sized.plan(0).conversation_bytes, 0u);
  EXPECT_EQ(sized.plan(1).conversation_bytes, 0u);
}

TEST(Conversation, PausesFollowTheirDistribution) {
  Talk talk(R"({"defaults": {"target": "http://h"}, "pause": {"min": "500ms", "max": "1s"},
      "scenarios": [{}, {"pause": {"p50": "100ms", "p99": "1s"}}, {"pause": {"mean": "1s"}}]})");
  double sum = 0;
  std::vector<Nanos> lognormal;
  double exponential = 0;
  constexpr int kDraws = 4'000;
  for (uint64_t k = 0; k < kDraws; ++k) {
    const Nanos pause = talk.begin({1, 0, k, 0}, 0).pause();
    EXPECT_GE(pause, 500'000'000);
    EXPECT_LE(pause, 1'000'000'000);
    sum += static_cast<double>(pause);
    lognormal.push_back(talk.begin({1, 0, k, 0}, 1).pause());
    exponential += static_cast<double>(talk.begin({1, 0, k, 0}, 2).pause());
  }
  EXPECT_NEAR(sum / kDraws, 750e6, 15e6);
  EXPECT_NEAR(exponential / kDraws, 1e9, 0.06e9);
  std::sort(lognormal.begin(), lognormal.end());
  EXPECT_NEAR(static_cast<double>(lognormal[kDraws / 2]), 100e6, 12e6);
  EXPECT_NEAR(static_cast<double>(lognormal[kDraws * 99 / 100]), 1e9, 0.3e9);
}

}  // namespace
}  // namespace ringload::load
