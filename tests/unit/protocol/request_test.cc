// What adapters send.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>

#include "protocol/json_escape.h"
#include "protocol/registry.h"

namespace ringload::protocol {
namespace {

struct Turn {
  Role role;
  std::vector<std::string> pieces;  // escaped
};

std::string body_of(std::string_view adapter_name, const RequestSpec& spec, const std::vector<Turn>& turns) {
  const Adapter& adapter = *find_adapter(adapter_name);
  const auto fixed = adapter.prepare(spec);
  if (!fixed) return "error: " + fixed.error();
  std::vector<std::vector<std::string_view>> pieces;
  for (const Turn& turn : turns) pieces.emplace_back(turn.pieces.begin(), turn.pieces.end());
  std::vector<Message> messages;
  size_t spans_needed = 2 + turns.size();
  for (size_t i = 0; i < turns.size(); ++i) {
    messages.push_back({turns[i].role, pieces[i]});
    spans_needed += pieces[i].size();
  }
  std::vector<std::string_view> spans(spans_needed);
  BodyWriter out(spans);
  adapter.encode(*fixed, messages, out);
  EXPECT_FALSE(out.overflow()) << "more spans than documented";
  std::string body;
  for (const std::string_view span : out.spans()) body += span;
  EXPECT_EQ(body.size(), out.bytes());
  simdjson::dom::parser dom;
  simdjson::dom::object object;
  EXPECT_EQ(dom.parse(body).get(object), simdjson::SUCCESS) << body;
  return body;
}

const std::vector<Turn> kHi = {{Role::user, {"Hi"}}};

TEST(OpenAiChat, unstreamed) {
  EXPECT_EQ(body_of("openai-chat", {.model = "m", .max_tokens = 64}, kHi),
            R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":64})");
}

TEST(OpenAiChat, streamed_with_system_and_turns) {
  EXPECT_EQ(body_of("openai-chat", {.model = "m", .system = "Be \"kind\"\n", .max_tokens = 8, .stream = true},
                    {{Role::user, {"1234", " ", "one"}}, {Role::assistant, {"two", "\\n"}}, {Role::user, {"three"}}}),
            R"({"model":"m","messages":[{"role":"system","content":"Be \"kind\"\n"},)"
            R"({"role":"user","content":"1234 one"},{"role":"assistant","content":"two\n"},)"
            R"({"role":"user","content":"three"}],"max_tokens":8,"stream":true,)"
            R"("stream_options":{"include_usage":true}})");
}

TEST(OpenAiChat, a_conversation_may_begin_with_the_assistant_and_have_empty_messages) {
  EXPECT_EQ(body_of("openai-chat", {}, {{Role::assistant, {}}, {Role::user, {""}}}),
            R"({"messages":[{"role":"assistant","content":""},{"role":"user","content":""}]})");
}

TEST(OpenAiChat, max_tokens_may_have_another_name_or_be_absent) {
  EXPECT_EQ(body_of("openai-chat", {.model = "m", .max_tokens = 5, .max_tokens_field = "max_completion_tokens"}, kHi),
            R"({"model":"m","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":5})");
  EXPECT_EQ(body_of("openai-chat", {.model = "m"}, kHi),
            R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})");
  for (const char* field : {"", "messages", "model", "stream", "\xff"}) {
    EXPECT_TRUE(body_of("openai-chat", {.max_tokens = 5, .max_tokens_field = field}, kHi)
                    .starts_with("error: max_tokens_field: "))
        << field;
  }
}

TEST(OpenAiChat, extra_body_is_merged_last) {
  EXPECT_EQ(body_of("openai-chat",
                    {.model = "m",
                     .max_tokens = 5,
                     .stream = true,
                     .extra_body = R"( {"temperature": 0.50, "model":"other", "stream_options":null, "absent":null,
                                        "stop":["a", "\u0041"], "user":"é"} )"},
                    kHi),
            R"({"model":"other","messages":[{"role":"user","content":"Hi"}],"max_tokens":5,"stream":true,)"
            R"("temperature":0.50,"stop":["a", "\u0041"],"user":"é"})");
  EXPECT_EQ(body_of("openai-chat", {.model = "m", .max_tokens = 5, .extra_body = R"({"model":null,"max_tokens":null})"},
                    kHi),
            R"({"messages":[{"role":"user","content":"Hi"}]})");
  EXPECT_EQ(body_of("openai-chat", {.extra_body = "{}"}, kHi), R"({"messages":[{"role":"user","content":"Hi"}]})");
}

TEST(OpenAiChat, errors_name_the_key) {
  const auto error = [](const RequestSpec& spec) { return body_of("openai-chat", spec, kHi); };
  EXPECT_EQ(error({.extra_body = R"({"messages":[]})"}),
            "error: extra_body: the key \"messages\" is not allowed: it holds the conversation");
  EXPECT_EQ(error({.extra_body = R"({"stream":false})"}),
            "error: extra_body: the key \"stream\" is not allowed: the scenario's own \"stream\" decides");
  EXPECT_EQ(error({.extra_body = R"({"stream":null})"}),
            "error: extra_body: the key \"stream\" is not allowed: the scenario's own \"stream\" decides");
  EXPECT_EQ(error({.extra_body = R"({"a":1,"a":2})"}), "error: extra_body: two keys \"a\"");
  EXPECT_EQ(error({.extra_body = R"({"\u0061":1})"}),
            "error: extra_body: the key \"\\u0061\" must be written without escapes");
  EXPECT_EQ(error({.extra_body = R"({"a":1)"}), "error: extra_body: not valid JSON");
  EXPECT_EQ(error({.extra_body = R"({"messages":1)"}), "error: extra_body: not valid JSON");
  EXPECT_EQ(error({.extra_body = " "}), "error: extra_body: not valid JSON");
  EXPECT_EQ(error({.extra_body = "{\"a\":\"\xff\"}"}), "error: extra_body: not valid JSON");
  EXPECT_EQ(error({.extra_body = "[1]"}), "error: extra_body: expected a JSON object");
  EXPECT_EQ(error({.model = "\xff"}), "error: model: the text is not valid UTF-8");
  EXPECT_EQ(error({.system = "a\xc3"}), "error: system: the text is not valid UTF-8");
}

TEST(OpenAiChat, bodies_are_json_for_any_text) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text(3, static_cast<char>(c));
    body_of("openai-chat", {.model = text, .system = text}, {{Role::user, {*json_escape(text)}}});
  }
}

TEST(BodyWriter, too_little_room_is_told) {
  const Adapter& adapter = *find_adapter("openai-chat");
  const auto fixed = adapter.prepare({.model = "m"});
  const std::array<std::string_view, 2> pieces = {"a", "b"};
  const Message message{Role::user, pieces};
  for (size_t room = 0; room < 6; ++room) {
    std::vector<std::string_view> spans(room);
    BodyWriter out(spans);
    adapter.encode(*fixed, {&message, 1}, out);
    EXPECT_EQ(out.overflow(), room < 5) << room;
  }
}

TEST(Anthropic, system_stands_beside_the_messages) {
  EXPECT_EQ(body_of("anthropic", {.model = "m", .system = "s", .max_tokens = 64, .stream = true,
                                  .extra_body = R"({"metadata":{"user_id":"u"}})"},
                    {{Role::user, {"a"}}, {Role::assistant, {"b"}}, {Role::user, {"c"}}}),
            R"({"model":"m","max_tokens":64,"system":"s","messages":[{"role":"user","content":"a"},)"
            R"({"role":"assistant","content":"b"},{"role":"user","content":"c"}],"stream":true,)"
            R"("metadata":{"user_id":"u"}})");
  EXPECT_EQ(body_of("anthropic", {.model = "m", .max_tokens = 1}, kHi),
            R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"Hi"}]})");
  EXPECT_EQ(body_of("anthropic", {.system = "\xff"}, kHi), "error: system: the text is not valid UTF-8");
  EXPECT_EQ(body_of("anthropic", {.extra_body = R"({"messages":[]})"}, kHi),
            "error: extra_body: the key \"messages\" is not allowed: it holds the conversation");
}

TEST(Anthropic, says_its_version) {
  const Adapter& adapter = *find_adapter("anthropic");
  ASSERT_EQ(adapter.headers.size(), 1u);
  EXPECT_EQ(adapter.headers[0].first, "anthropic-version");
  EXPECT_EQ(adapter.headers[0].second, "2023-06-01");
  EXPECT_EQ(adapter.path, "/v1/messages");
}

TEST(OpenAiCompletions, the_conversation_is_one_prompt) {
  EXPECT_EQ(body_of("openai-completions", {.model = "m", .system = "S", .max_tokens = 4, .stream = true},
                    {{Role::user, {"a", "b"}}, {Role::assistant, {"c"}}, {Role::user, {"d"}}}),
            R"({"model":"m","prompt":"S\n\nab\n\nc\n\nd","max_tokens":4,"stream":true,)"
            R"("stream_options":{"include_usage":true}})");
  EXPECT_EQ(body_of("openai-completions", {.model = "m"}, kHi), R"({"model":"m","prompt":"Hi"})");
  EXPECT_EQ(body_of("openai-completions", {.extra_body = R"({"prompt":"x"})"}, kHi),
            "error: extra_body: the key \"prompt\" is not allowed: it holds the conversation");
}

TEST(OpenAiEmbeddings, the_newest_message_is_embedded) {
  EXPECT_EQ(body_of("openai-embeddings", {.model = "m", .system = "S", .max_tokens = 64,
                                          .extra_body = R"({"dimensions":256})"},
                    {{Role::user, {"a"}}, {Role::user, {"b", "c"}}}),
            R"({"model":"m","input":"bc","dimensions":256})");
  EXPECT_TRUE(body_of("openai-embeddings", {.stream = true}, kHi).starts_with("error: stream: "));
}

}  // namespace
}  // namespace ringload::protocol
