#include "mock/responder.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "mock/chunked_body.h"
#include "mock/stream_block.h"
#include "mock/words.h"

namespace ringload::mock {
namespace {

Reply make_reply(Api api, uint32_t tokens) {
  Reply reply;
  const std::string_view model = "gpt-\\\"4o";
  reply.request.model_size = static_cast<uint8_t>(model.copy(reply.request.model_text, model.size()));
  reply.request.prompt_tokens = 17;
  reply.request.include_usage = api != Api::messages;
  reply.output_tokens = tokens;
  reply.created = 1'700'000'000;
  reply.id = ReplyId::of(tokens);
  return reply;
}

simdjson::dom::element parse(simdjson::dom::parser& parser, std::string_view text) {
  simdjson::dom::element element;
  EXPECT_EQ(parser.parse(simdjson::padded_string(text)).get(element), simdjson::SUCCESS) << text;
  return element;
}

std::string body_of(const Responder& responder, const Reply& reply) {
  std::vector<char> memory(responder.body_bound(reply));
  TextWriter out(memory);
  responder.body(out, reply);
  return {out.written().begin(), out.written().end()};
}

std::string full_text(uint32_t tokens) {
  std::string text;
  for (uint32_t i = 0; i < tokens; ++i) text += reply_word(i);
  return text;
}

// Takes the chunks apart; expects the message to be complete, one event in each chunk.
std::vector<std::string> events_of(std::string_view bytes, bool chunked) {
  std::vector<std::string> events;
  if (chunked) {
    ChunkedBody decoder;
    std::span<const char> rest(bytes);
    while (true) {
      const auto step = decoder.next(rest);
      rest = rest.subspan(step.consumed);
      if (step.status == ChunkedBody::Status::data) {
        events.emplace_back(step.data.begin(), step.data.end());
        continue;
      }
      EXPECT_EQ(step.status, ChunkedBody::Status::done);
      EXPECT_TRUE(rest.empty());
      break;
    }
  } else {
    while (!bytes.empty()) {
      const size_t end = bytes.find("\n\n");
      EXPECT_NE(end, std::string_view::npos);
      if (end == std::string_view::npos) break;
      events.emplace_back(bytes.substr(0, end + 2));
      bytes.remove_prefix(end + 2);
    }
  }
  for (const std::string& event : events) EXPECT_TRUE(event.ends_with("\n\n")) << event;
  return events;
}

std::string data_of(const std::string& event) {
  const size_t data = event.find("data: ");
  EXPECT_NE(data, std::string::npos) << event;
  return event.substr(data + 6, event.size() - data - 8);
}

std::string render(const Responder& responder, const Reply& reply, bool chunked) {
  std::vector<char> memory(kMaxFirstEvents + reply.events() * kMaxContentEvent + max_last_events(reply));
  TextWriter out(memory);
  EventWriter events(out, chunked);
  responder.first_events(events, reply);
  for (uint32_t i = 0; i < reply.events(); ++i) responder.content_event(events, reply, i);
  responder.last_events(events, reply);
  return {out.written().begin(), out.written().end()};
}

TEST(ChatResponder, Body) {
  simdjson::dom::parser parser;
  for (const uint32_t tokens : {0u, 1u, 60u, 61u, 128u, 1000u}) {
    Reply reply = make_reply(Api::chat, tokens);
    reply.cut = tokens == 128;
    const std::string text = body_of(kChatResponder, reply);
    const auto body = parse(parser, text);
    EXPECT_EQ(std::string_view(body["id"]), "chatcmpl-" + std::string(reply.id.text()));
    EXPECT_EQ(std::string_view(body["model"]), "gpt-\"4o");
    EXPECT_EQ(std::string_view(body["object"]), "chat.completion");
    EXPECT_EQ(int64_t(body["created"]), 1'700'000'000);
    const auto choice = body["choices"].at(0);
    EXPECT_EQ(std::string_view(choice["message"]["content"]), full_text(tokens));
    EXPECT_EQ(std::string_view(choice["finish_reason"]), tokens == 128 ? "length" : "stop");
    EXPECT_EQ(int64_t(body["usage"]["prompt_tokens"]), 17);
    EXPECT_EQ(int64_t(body["usage"]["completion_tokens"]), tokens);
    EXPECT_EQ(int64_t(body["usage"]["total_tokens"]), 17 + tokens);
    EXPECT_EQ(int64_t(body["usage"]["prompt_tokens_details"]["cached_tokens"]), 0);
  }
}

TEST(ChatResponder, Stream) {
  simdjson::dom::parser parser;
  for (const bool chunked : {true, false}) {
    for (const bool include_usage : {true, false}) {
      Reply reply = make_reply(Api::chat, 70);
      reply.request.include_usage = include_usage;
      const auto events = events_of(render(kChatResponder, reply, chunked), chunked);
      ASSERT_EQ(events.size(), 1u + 70 + 1 + (include_usage ? 1 : 0) + 1);
      EXPECT_EQ(events.back(), "data: [DONE]\n\n");
      std::string text, role, finish;
      int64_t completion = -1;
      for (size_t i = 0; i + 1 < events.size(); ++i) {
        const auto event = parse(parser, data_of(events[i]));
        EXPECT_EQ(std::string_view(event["object"]), "chat.completion.chunk");
        EXPECT_EQ(std::string_view(event["id"]), "chatcmpl-" + std::string(reply.id.text()));
        simdjson::dom::element usage;
        const bool has_usage = event["usage"].get(usage) == simdjson::SUCCESS;
        EXPECT_EQ(has_usage, include_usage);
        if (has_usage && !usage.is_null()) completion = usage["completion_tokens"];
        simdjson::dom::array choices = event["choices"];
        if (choices.size() == 0) continue;
        std::string_view part;
        if (choices.at(0)["delta"]["role"].get(part) == simdjson::SUCCESS) role = part;
        if (choices.at(0)["delta"]["content"].get(part) == simdjson::SUCCESS) text += part;
        if (choices.at(0)["finish_reason"].get(part) == simdjson::SUCCESS) finish = part;
      }
      EXPECT_EQ(text, full_text(70));
      EXPECT_EQ(role, "assistant");
      EXPECT_EQ(finish, "stop");
      EXPECT_EQ(completion, include_usage ? 70 : -1);
    }
  }
}

TEST(ChatResponder, SeveralChoices) {
  simdjson::dom::parser parser;
  Reply reply = make_reply(Api::chat, 70);
  reply.request.inputs = 3;
  reply.request.include_usage = true;
  const std::string whole = body_of(kChatResponder, reply);
  const auto body = parse(parser, whole);
  ASSERT_EQ(simdjson::dom::array(body["choices"]).size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(int64_t(body["choices"].at(i)["index"]), int64_t(i));
    EXPECT_EQ(std::string_view(body["choices"].at(i)["message"]["content"]), full_text(70));
  }
  EXPECT_EQ(int64_t(body["usage"]["completion_tokens"]), 210);

  std::array<std::string, 3> texts, roles, finishes;
  int64_t completion = -1;
  const auto events = events_of(render(kChatResponder, reply, true), true);
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    const auto event = parse(parser, data_of(events[i]));
    if (!event["usage"].is_null()) completion = event["usage"]["completion_tokens"];
    for (const auto choice : simdjson::dom::array(event["choices"])) {
      const auto index = static_cast<size_t>(int64_t(choice["index"]));
      std::string_view part;
      if (choice["delta"]["role"].get(part) == simdjson::SUCCESS) roles[index] += part;
      if (choice["delta"]["content"].get(part) == simdjson::SUCCESS) texts[index] += part;
      if (choice["finish_reason"].get(part) == simdjson::SUCCESS) finishes[index] += part;
    }
  }
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(texts[i], full_text(70));
    EXPECT_EQ(roles[i], "assistant");
    EXPECT_EQ(finishes[i], "stop");
  }
  EXPECT_EQ(completion, 210);
}

TEST(ChatResponder, StampsEveryEvent) {
  simdjson::dom::parser parser;
  Reply reply = make_reply(Api::chat, 3);
  reply.stamped = true;
  reply.sent_ns = 123'456'789'012'345;
  const auto events = events_of(render(kChatResponder, reply, true), true);
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    EXPECT_EQ(int64_t(parse(parser, data_of(events[i]))["mock_sent_ns"]), 123'456'789'012'345);
  }
  for (const Responder* responder : {&kMessagesResponder, &kCompletionsResponder}) {
    for (const auto& event : events_of(render(*responder, reply, true), true)) {
      if (data_of(event) == "[DONE]") continue;
      EXPECT_EQ(int64_t(parse(parser, data_of(event))["mock_sent_ns"]), 123'456'789'012'345) << event;
    }
  }
}

TEST(MessagesResponder, BodyAndStream) {
  simdjson::dom::parser parser;
  Reply reply = make_reply(Api::messages, 40);
  reply.cut = true;
  const std::string text = body_of(kMessagesResponder, reply);
  const auto body = parse(parser, text);
  EXPECT_EQ(std::string_view(body["content"].at(0)["text"]), full_text(40));
  EXPECT_EQ(std::string_view(body["stop_reason"]), "max_tokens");
  EXPECT_EQ(int64_t(body["usage"]["input_tokens"]), 17);
  EXPECT_EQ(int64_t(body["usage"]["output_tokens"]), 40);

  const auto events = events_of(render(kMessagesResponder, reply, true), true);
  std::string joined;
  int64_t input_tokens = 0, output_tokens = 0;
  std::vector<std::string> types;
  for (const std::string& event : events) {
    const auto json = parse(parser, data_of(event));
    const std::string_view type = json["type"];
    EXPECT_TRUE(event.starts_with("event: " + std::string(type) + "\ndata: ")) << event;
    if (types.empty() || types.back() != type) types.emplace_back(type);
    if (type == "content_block_delta") joined += std::string_view(json["delta"]["text"]);
    if (type == "message_start") input_tokens = json["message"]["usage"]["input_tokens"];
    if (type == "message_delta") output_tokens = json["usage"]["output_tokens"];
  }
  EXPECT_EQ(joined, full_text(40));
  EXPECT_EQ(input_tokens, 17);
  EXPECT_EQ(output_tokens, 40);
  EXPECT_EQ(types, (std::vector<std::string>{"message_start", "content_block_start", "ping", "content_block_delta",
                                             "content_block_stop", "message_delta", "message_stop"}));
}

TEST(CompletionsResponder, OneChoicePerPrompt) {
  simdjson::dom::parser parser;
  Reply reply = make_reply(Api::completions, 5);
  reply.request.inputs = 3;
  const std::string text = body_of(kCompletionsResponder, reply);
  const auto body = parse(parser, text);
  ASSERT_EQ(simdjson::dom::array(body["choices"]).size(), 3u);
  EXPECT_EQ(std::string_view(body["choices"].at(2)["text"]), full_text(5));
  EXPECT_EQ(int64_t(body["usage"]["completion_tokens"]), 15);
  std::vector<std::string> texts(3);
  unsigned finished = 0;
  const auto events = events_of(render(kCompletionsResponder, reply, true), true);
  for (size_t i = 0; i + 1 < events.size(); ++i) {
    const auto json = parse(parser, data_of(events[i]));
    if (simdjson::dom::array(json["choices"]).size() == 0) continue;
    const auto choice = json["choices"].at(0);
    texts[int64_t(choice["index"])] += std::string_view(choice["text"]);
    if (!choice["finish_reason"].is_null()) ++finished;
  }
  EXPECT_EQ(texts, std::vector<std::string>(3, full_text(5)));
  EXPECT_EQ(finished, 3u);
}

TEST(EmbeddingsResponder, FloatsAndBase64) {
  simdjson::dom::parser parser;
  for (const uint32_t dimensions : {1u, 2u, 3u, 4u, 1536u}) {
    Reply reply = make_reply(Api::embeddings, 0);
    reply.request.inputs = 2;
    reply.request.dimensions = dimensions;
    const std::string floats = body_of(kEmbeddingsResponder, reply);
    auto body = parse(parser, floats);
    EXPECT_EQ(simdjson::dom::array(body["data"].at(1)["embedding"]).size(), dimensions);
    double norm = 0;
    for (const auto value : simdjson::dom::array(body["data"].at(1)["embedding"])) {
      norm += double(value) * double(value);
    }
    EXPECT_NEAR(norm, 1, 1e-4);
    reply.request.base64 = true;
    const std::string encoded = body_of(kEmbeddingsResponder, reply);
    body = parse(parser, encoded);
    EXPECT_EQ(std::string_view(body["data"].at(1)["embedding"]).size(), (dimensions * 4 + 2) / 3 * 4);
  }
  Reply one = make_reply(Api::embeddings, 0);
  one.request.dimensions = 1;
  one.request.base64 = true;  // 1.0f is 00 00 80 3f
  EXPECT_NE(body_of(kEmbeddingsResponder, one).find("\"AACAPw==\""), std::string::npos);
}

TEST(Errors, HaveTheProvidersShape) {
  simdjson::dom::parser parser;
  const ApiError error{400, "invalid_request_error", "bad \"thing\"\n\xff", "messages", ""};
  const std::string openai_text = openai_error_body(error);
  const auto openai = parse(parser, openai_text);
  EXPECT_EQ(std::string_view(openai["error"]["message"]), "bad \"thing\"\n\xc3\xbf");
  EXPECT_EQ(std::string_view(openai["error"]["param"]), "messages");
  EXPECT_TRUE(openai["error"]["code"].is_null());
  const std::string anthropic_text = anthropic_error_body({429, "requests", "slow down", "", ""});
  const auto anthropic = parse(parser, anthropic_text);
  EXPECT_EQ(std::string_view(anthropic["type"]), "error");
  EXPECT_EQ(std::string_view(anthropic["error"]["type"]), "rate_limit_error");
}

TEST(EventWriter, FramesEverySize) {
  std::vector<char> memory(70'000);
  for (const size_t size : {1u, 2u, 15u, 16u, 17u, 255u, 256u, 257u, 4095u, 4096u, 65'535u}) {
    TextWriter out(memory);
    EventWriter events(out, true);
    Reply reply;
    reply.id = ReplyId::of(1);
    events.begin();
    const std::string content = size >= 16 ? std::string(size - 16, 'x') : std::string(size, 'x');
    events.text(content);
    if (size >= 16) events.id(reply);
    events.end();
    if (size >= 16) {
      EXPECT_EQ(std::string_view(memory.data() + events.last_id(), 16), reply.id.text()) << size;
    } else {
      EXPECT_EQ(events.last_id(), EventWriter::kNoId);
    }
    events.finish_stream();
    ChunkedBody decoder;
    auto step = decoder.next(out.written());
    ASSERT_EQ(step.status, ChunkedBody::Status::data) << size;
    EXPECT_EQ(step.data.size(), size);
    EXPECT_EQ(decoder.next(out.written().subspan(step.consumed)).status, ChunkedBody::Status::done);
  }
}

TEST(ReplyId, IsUnique) {
  std::set<std::string> seen;
  for (uint64_t i = 0; i < 10'000; ++i) seen.insert(std::string(ReplyId::of(i).text()));
  EXPECT_EQ(seen.size(), 10'000u);
}

// What a block renders for a reply does not depend on what it rendered before.
TEST(StreamBlock, KeepsNothingOfEarlierReplies) {
  StreamBlocks used(1), fresh(1);
  StreamBlock* block = used.take();
  ASSERT_EQ(used.take(), nullptr);
  uint64_t number = 0;
  for (const uint32_t tokens : {128u, 128u, 5u, 128u, 60u, 61u, 0u, 200u, 40u}) {
    for (const Responder* responder : {&kChatResponder, &kMessagesResponder, &kCompletionsResponder}) {
      for (const int variant : {0, 0, 1, 2, 3, 4, 0}) {
        Reply reply = make_reply(responder->api, tokens);
        reply.id = ReplyId::of(++number);
        if (variant == 1) reply.request.include_usage = !reply.request.include_usage;
        if (variant == 2) reply.created += 1;
        if (variant == 3) reply.request.model_size = 3;
        if (variant == 4) reply.request.prompt_tokens = 123'456;
        const std::string head(10 * static_cast<size_t>(variant) + 100, 'h');
        std::string whole;
        uint32_t to = 0;
        for (uint32_t from = 0; from < tokens || whole.empty(); from = to) {
          to = tokens;
          const auto bytes = block->render(*responder, reply, true, from == 0 ? head : "", from, to);
          whole.append(bytes.begin(), bytes.end());
          ASSERT_GT(to + (tokens == 0), from);
        }
        ASSERT_EQ(whole, head + render(*responder, reply, true)) << tokens << " variant " << variant;
      }
    }
  }
  used.give(block);
  EXPECT_EQ(used.take(), block);
}

TEST(StreamBlock, LongStreamsComeInParts) {
  StreamBlocks blocks(1);
  StreamBlock* block = blocks.take();
  const Reply reply = make_reply(Api::chat, 2000);
  std::string whole;
  unsigned parts = 0;
  for (uint32_t from = 0, to = 0; from < 2000; from = to, ++parts) {
    to = 2000;
    const auto bytes = block->render(kChatResponder, reply, true, from == 0 ? "head" : "", from, to);
    ASSERT_LE(bytes.size(), StreamBlock::kBytes);
    whole.append(bytes.begin(), bytes.end());
  }
  EXPECT_GT(parts, 5u);
  EXPECT_EQ(whole, "head" + render(kChatResponder, reply, true));
}

}  // namespace
}  // namespace ringload::mock
