#include "mock/completion_request.h"

#include <gtest/gtest.h>

#include <string>

#include "base/prng.h"

namespace ringload::mock {
namespace {

struct Parsed {
  std::optional<ApiError> error;
  CompletionRequest request;
};

Parsed parse(RequestBodies& bodies, Api api, std::string text) {
  Parsed result;
  const size_t size = text.size();
  text.append(64, ' ');
  result.error = bodies.parse(api, {text.data(), size}, result.request);
  return result;
}

Parsed parse(Api api, std::string text) {
  RequestBodies bodies;
  return parse(bodies, api, std::move(text));
}

TEST(ChatRequest, ReadsWhatMatters) {
  const auto [error, request] = parse(Api::chat, R"({"model":"gpt-4o-mini","messages":[
      {"role":"system","content":"Be brief."},
      {"role":"user","content":[{"type":"text","text":"one two"},{"type":"image_url","image_url":{"url":"x"}}]},
      {"role":"assistant","content":null,"tool_calls":[]},
      {"role":"user","content":"three \u0066our\nfive"}],
      "max_tokens":7,"stream":true,"stream_options":{"include_usage":true},"temperature":0.2})");
  ASSERT_FALSE(error) << error->message;
  EXPECT_EQ(request.model(), "gpt-4o-mini");
  EXPECT_EQ(request.max_tokens, 7);
  EXPECT_TRUE(request.stream);
  EXPECT_TRUE(request.include_usage);
  EXPECT_EQ(request.prompt_tokens, 3u + 2u + 3u);
}

TEST(ChatRequest, Defaults) {
  const auto [error, request] =
      parse(Api::chat, R"({"messages":[{"role":"user","content":""}],"model":"m","stream":null})");
  ASSERT_FALSE(error) << error->message;
  EXPECT_EQ(request.max_tokens, 0);
  EXPECT_FALSE(request.stream);
  EXPECT_FALSE(request.include_usage);
  EXPECT_EQ(request.prompt_tokens, 0u);
}

TEST(ChatRequest, NewerNameOfMaxTokensWins) {
  EXPECT_EQ(parse(Api::chat, R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":3,
      "max_completion_tokens":5})").request.max_tokens, 5);
}

TEST(ChatRequest, ModelIsEscapedAgain) {
  const auto result = parse(Api::chat, R"({"model":"a\"b\\c\u0001d","messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(result.request.model(), R"(a\"b\\c\u0001d)");
}

struct BadCase {
  const char* body;
  const char* param;
  const char* code;
  const char* message;
};

TEST(ChatRequest, RefusesAsTheProviderDoes) {
  const BadCase cases[] = {
      {"", "", "", "valid JSON"},
      {"{", "", "", "valid JSON"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"temperature":1.2.3})", "", "", "valid JSON"},
      {"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}", "", "", "valid JSON"},
      {"[]", "", "", "must be a JSON object, but it is an array"},
      {R"({"messages":[{"role":"user","content":"x"}]})", "", "", "model"},
      {R"({"model":5,"messages":[]})", "model", "invalid_type", "expected a string, but got an integer"},
      {R"({"model":"m"})", "messages", "missing_required_parameter", "'messages'"},
      {R"({"model":"m","messages":"hi"})", "messages", "invalid_type", "an array of objects, but got a string"},
      {R"({"model":"m","messages":[]})", "messages", "empty_array", "empty array"},
      {R"({"model":"m","messages":["x"]})", "messages[0]", "invalid_type", "an object"},
      {R"({"model":"m","messages":[{"content":"x"}]})", "messages[0].role", "missing_required_parameter", "role"},
      {R"({"model":"m","messages":[{"role":"king","content":"x"}]})", "messages[0].role", "invalid_value", "'king'"},
      {R"({"model":"m","messages":[{"role":"user"}]})", "messages[0].content", "missing_required_parameter", "content"},
      {R"({"model":"m","messages":[{"role":"user","content":5}]})", "messages[0].content", "invalid_type", "integer"},
      {R"({"model":"m","messages":[{"role":"user","content":["x"]}]})", "messages[0].content[0]", "invalid_type",
       "an object"},
      {R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":1}]}]})",
       "messages[0].content[0].text", "invalid_type", "a string"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":0})", "max_tokens",
       "integer_below_min_value", ">= 1, but got 0"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_completion_tokens":-4})",
       "max_completion_tokens", "integer_below_min_value", "-4"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":"7"})", "max_tokens", "invalid_type",
       "an integer, but got a string"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream":"yes"})", "stream", "invalid_type",
       "a boolean"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream_options":{}})", "stream_options", "",
       "only allowed when 'stream'"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"n":0})", "n", "integer_below_min_value", ">= 1"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"n":129})", "n", "integer_above_max_value", "<= 128"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"n":17,"stream":true})", "n",
       "array_above_max_length", "at most 16 choices"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"temperature":2.5})", "temperature",
       "decimal_above_max_value", "<= 2, but got 2.5"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"frequency_penalty":-3})", "frequency_penalty",
       "decimal_below_min_value", ">= -2, but got -3"},
      {R"({"model":"m","messages":[{"role":"user","content":"x"}],"top_p":"all"})", "top_p", "invalid_type",
       "a decimal, but got a string"},
  };
  for (const BadCase& bad : cases) {
    const auto result = parse(Api::chat, bad.body);
    ASSERT_TRUE(result.error) << bad.body;
    EXPECT_EQ(result.error->status, 400);
    EXPECT_EQ(result.error->type, "invalid_request_error");
    EXPECT_EQ(result.error->param, bad.param) << bad.body;
    EXPECT_EQ(result.error->code, bad.code) << bad.body;
    EXPECT_NE(result.error->message.find(bad.message), std::string::npos) << result.error->message;
  }
}

TEST(ChatRequest, RefusesEndlessModelNames) {
  const std::string body = R"({"messages":[{"role":"user","content":"x"}],"model":")";
  EXPECT_FALSE(parse(Api::chat, body + std::string(kMaxModelBytes, 'm') + "\"}").error);
  EXPECT_TRUE(parse(Api::chat, body + std::string(kMaxModelBytes + 1, 'm') + "\"}").error);
}

std::string sized(std::string_view prompt) {
  return R"({"model":"gpt-4o-mini","messages":[{"role":"system","content":"be kind"},{"role":"user","content":")" +
         std::string(prompt) + R"("}],"max_tokens":128,"stream":true,"stream_options":{"include_usage":true}})";
}

TEST(RequestShape, HitsOnlyWhatItMayAndSaysTheSame) {
  RequestBodies bodies;
  ASSERT_FALSE(parse(bodies, Api::chat, sized("first prompt of them")).error);
  EXPECT_EQ(bodies.shape_hits(), 0u);
  const auto second = parse(bodies, Api::chat, sized("91360294417740129987123450987654 table water stone"));
  EXPECT_EQ(bodies.shape_hits(), 1u);
  ASSERT_FALSE(second.error);
  EXPECT_EQ(second.request.prompt_tokens, 2u + 11u + 3u);
  EXPECT_EQ(second.request.max_tokens, 128);
  EXPECT_TRUE(second.request.stream);
  EXPECT_TRUE(second.request.include_usage);
  EXPECT_EQ(second.request.model(), "gpt-4o-mini");
  // Escapes and other scripts are parsed, and mean the same.
  EXPECT_EQ(parse(bodies, Api::chat, sized(R"(two\nwords)")).request.prompt_tokens, 4u);
  EXPECT_EQ(parse(bodies, Api::chat, sized("gr\xc3\xbc\xc3\x9f dich")).request.prompt_tokens, 4u);
  EXPECT_EQ(parse(bodies, Api::chat, sized("")).request.prompt_tokens, 2u);
  EXPECT_EQ(bodies.shape_hits(), 2u);
  // Another API's bodies never match.
  EXPECT_FALSE(parse(bodies, Api::messages, sized("plain")).error == std::nullopt);
  EXPECT_EQ(bodies.shape_hits(), 2u);
}

// A quote in the prompt's place ends the string: what follows may mean anything, so it must be parsed.
TEST(RequestShape, IsNotFooledByAQuote) {
  RequestBodies bodies;
  ASSERT_FALSE(parse(bodies, Api::chat, sized("first")).error);
  const auto result = parse(bodies, Api::chat, sized(R"(x"}],"max_tokens":1,"messages":[{"role":"user","content":"y)"));
  EXPECT_EQ(bodies.shape_hits(), 0u);
  EXPECT_EQ(result.request.max_tokens, 1);
}

// Many bodies of many shapes give with shapes what they give without.
TEST(RequestShape, AgreesWithTheParser) {
  RequestBodies with;
  Prng prng(11);
  const std::string_view models[] = {"a", "gpt-4o-mini", "b\\\"c"};
  const std::string_view words[] = {"table ", "water ", "12345 ", "\\n", "\\\"", "x", "caf\xc3\xa9 ", "... "};
  for (int round = 0; round < 3000; ++round) {
    std::string body = "{\"model\":\"" + std::string(models[prng.below(3)]) + "\",\"messages\":[";
    const uint64_t turns = 1 + prng.below(3);
    for (uint64_t turn = 0; turn < turns; ++turn) {
      std::string prompt;
      for (uint64_t i = prng.below(12); i > 0; --i) prompt += words[prng.below(prng.below(3) == 0 ? 8 : 3)];
      body += std::string(turn > 0 ? "," : "") + "{\"role\":\"" + (turn % 2 == 0 ? "user" : "assistant") +
              "\",\"content\":\"" + prompt + "\"}";
    }
    body += "],\"max_tokens\":" + std::to_string(1 + prng.below(2));
    body += prng.below(2) == 0 ? "}" : ",\"stream\":true}";
    const auto fast = parse(with, Api::chat, body);
    const auto slow = parse(Api::chat, body);
    ASSERT_EQ(fast.error.has_value(), slow.error.has_value()) << body;
    ASSERT_EQ(fast.request.prompt_tokens, slow.request.prompt_tokens) << body;
    ASSERT_EQ(fast.request.model(), slow.request.model());
    ASSERT_EQ(fast.request.max_tokens, slow.request.max_tokens);
    ASSERT_EQ(fast.request.stream, slow.request.stream);
  }
  EXPECT_GT(with.shape_hits(), 300u);
}

TEST(AnthropicRequest, ReadsAndRefuses) {
  const auto good = parse(Api::messages, R"({"model":"claude-x","max_tokens":9,
      "system":[{"type":"text","text":"be kind"}],
      "messages":[{"role":"user","content":"one two three"}],"stream":true})");
  ASSERT_FALSE(good.error) << good.error->message;
  EXPECT_EQ(good.request.prompt_tokens, 5u);
  EXPECT_TRUE(good.request.stream);
  const auto param_of = [](const char* body) { return parse(Api::messages, body).error->param; };
  EXPECT_EQ(param_of(R"({"model":"m","messages":[{"role":"user","content":"x"}]})"), "max_tokens");
  EXPECT_EQ(param_of(R"({"model":"m","max_tokens":1,"messages":[{"role":"system","content":"x"}]})"),
            "messages[0].role");
  EXPECT_EQ(param_of(R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"temperature":1.5})"),
            "temperature");
}

TEST(OtherRequests, PromptsAndInputs) {
  EXPECT_EQ(parse(Api::completions, R"({"model":"m","prompt":"one two"})").request.prompt_tokens, 2u);
  const auto several = parse(Api::completions, R"({"model":"m","prompt":["one two","three"],"max_tokens":4})");
  EXPECT_EQ(several.request.prompt_tokens, 3u);
  EXPECT_EQ(several.request.inputs, 2u);
  EXPECT_EQ(parse(Api::completions, R"({"model":"m","prompt":["one","two"],"n":3})").request.inputs, 6u);
  const auto numbers =
      parse(Api::embeddings, R"({"model":"m","input":[1,2,3],"encoding_format":"base64","dimensions":8})");
  EXPECT_EQ(numbers.request.prompt_tokens, 3u);
  EXPECT_EQ(numbers.request.inputs, 1u);
  EXPECT_TRUE(numbers.request.base64);
  EXPECT_EQ(numbers.request.dimensions, 8u);
  EXPECT_EQ(parse(Api::embeddings, R"({"model":"m","input":[]})").error->code, "empty_array");
  EXPECT_EQ(parse(Api::embeddings, R"({"model":"m","input":[true]})").error->param, "input[0]");
  EXPECT_EQ(parse(Api::completions, R"({"model":"m"})").error->param, "prompt");
}

}  // namespace
}  // namespace ringload::mock
