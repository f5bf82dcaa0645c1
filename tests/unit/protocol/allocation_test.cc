// Nothing is allocated once a shard has its parser: not for events, on either way, nor for bodies or requests.
#include <gtest/gtest.h>

#include <array>

#include "protocol/registry.h"

size_t allocations_so_far();  // allocation_count.cc: by this thread

namespace ringload::protocol {
namespace {

TEST(Allocation, none_after_set_up) {
  const size_t at_first = allocations_so_far();
  const ReplyParserPtr parser = make_reply_parser(1 << 16);
  ASSERT_GT(allocations_so_far(), at_first) << "allocations are not counted";

  std::array<char, 4096> buffer, text, learned;
  const auto place = [&](std::string_view bytes) {
    bytes.copy(buffer.data(), bytes.size());
    return std::span(buffer.data(), bytes.size());
  };
  const Adapter& chat = *find_adapter("openai-chat");
  const auto fixed = chat.prepare({.model = "m", .system = "s", .stream = true});
  ASSERT_TRUE(fixed);
  Reply reply;
  reply.reset();
  reply.text = text.data(), reply.text_capacity = text.size();
  reply.learning = learned.data(), reply.learning_capacity = learned.size();
  const std::string_view piece = "Hi";
  const Message message{Role::user, {&piece, 1}};
  std::array<std::string_view, 8> spans;

  const size_t before = allocations_so_far();
  unsigned tokens = 0;
  for (const std::string_view event : {
           R"({"id":"1","choices":[{"index":0,"delta":{"content":"read"}}]})",
           R"({"id":"1","choices":[{"index":0,"delta":{"content":"learned"}}]})",
           R"({"id":"1","choices":[{"index":0,"delta":{"content":"世界\n"}}]})",
           R"({"id":"1","choices":[{"index":0,"delta":{"content":"bad}}]})",
           R"({"id":"1","choices":[],"usage":{"prompt_tokens":1}})",
           R"({"error":{"message":"x"}})",
           "[DONE]",
       }) {
    tokens += chat.on_event(*parser, reply, {}, place(event)).has_token();
  }
  tokens += chat.on_body(*parser, reply, place(R"({"choices":[{"message":{"content":"body"}}]})")).has_token();
  BodyWriter out(spans);
  chat.encode(*fixed, {&message, 1}, out);
  const size_t after = allocations_so_far();

  EXPECT_EQ(after, before);
  EXPECT_EQ(tokens, 4u);
  EXPECT_FALSE(out.overflow());
}

}  // namespace
}  // namespace ringload::protocol
