// What a reply keeps: bounds, cuts and learning, where fixtures cannot look.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "protocol/reply_parser.h"
#include "stream_under_test.h"

namespace ringload::protocol {
namespace {

const Adapter& chat() { return *find_adapter("openai-chat"); }

std::string delta(const std::string& text) {
  return R"({"id":"a","choices":[{"index":0,"delta":{"content":")" + text + R"("}}]})";
}

TEST(Reply, text_that_does_not_fit_is_told_and_ends_the_text) {
  for (const uint32_t learned : {0u, 1024u}) {
    StreamUnderTest stream(chat(), {.text = 8, .learned = learned});
    EXPECT_TRUE(stream.event(delta("abcd")).answer);
    EXPECT_TRUE(stream.event(delta("efgh")).answer);
    EXPECT_EQ(stream.text(), "abcdefgh");
    EXPECT_FALSE(stream.reply.text_truncated);
    EXPECT_TRUE(stream.event(delta("i")).answer);
    EXPECT_TRUE(stream.reply.text_truncated);
    EXPECT_EQ(stream.text(), "abcdefgh");
    EXPECT_EQ(stream.reply.text_bytes, 9u);
  }
}

TEST(Reply, nothing_follows_a_piece_that_did_not_fit) {
  StreamUnderTest stream(chat(), {.text = 8});
  stream.event(delta("abcd"));
  stream.event(delta("\\u0041"));  // six bytes, not to be cut
  stream.event(delta("x"));
  EXPECT_EQ(stream.text(), "abcd");
  EXPECT_TRUE(stream.reply.text_truncated);
}

TEST(Reply, a_text_nobody_wants_is_counted_only) {
  StreamUnderTest stream(chat(), {.text = 0});
  stream.event(delta("abcd"));
  EXPECT_EQ(stream.reply.text_bytes, 4u);
  EXPECT_FALSE(stream.reply.text_truncated);
  EXPECT_TRUE(stream.reply.visible);
}

TEST(Reply, its_size_is_that_of_the_text_without_escapes) {
  for (const uint32_t learned : {0u, 1024u}) {
    StreamUnderTest stream(chat(), {.text = 256, .learned = learned});
    size_t expected = 0;
    for (const auto& [text, bytes] : std::vector<std::pair<const char*, size_t>>{
             {"abc", 3}, {"\\n\\t\\\"\\\\\\/", 5}, {"\\u0041", 1}, {"\\u00e9", 2}, {"\xc3\xa9", 2}, {"\\u20ac", 3},
             {"\\ud83d\\ude00", 4}, {"\\ud83d", 2}, {"\\ude00 x", 4}}) {
      stream.event(delta(text));
      expected += bytes;
      EXPECT_EQ(stream.reply.text_bytes, expected) << text;
    }
  }
}

TEST(Reply, an_id_is_cut_at_63_bytes_and_the_first_one_stays) {
  StreamUnderTest stream(chat());
  stream.event(R"({"id":""})");
  EXPECT_EQ(stream.id(), "");
  stream.event(R"({"id":")" + std::string(80, 'i') + "\"}");
  EXPECT_EQ(stream.id(), std::string(63, 'i'));
  stream.event(R"({"id":"other"})");
  EXPECT_EQ(stream.id(), std::string(63, 'i'));
}

TEST(Reply, a_document_larger_than_the_parser_is_bad) {
  StreamUnderTest stream(chat());
  const std::string frame = R"({"x":""})";
  EXPECT_FALSE(stream.event(R"({"x":")" + std::string((1 << 16) - frame.size(), 'a') + "\"}").bad);
  EXPECT_TRUE(stream.event(R"({"x":")" + std::string((1 << 16) - frame.size() + 1, 'a') + "\"}").bad);
}

TEST(Reply, an_event_in_lines_with_white_space_is_read) {
  StreamUnderTest stream(chat());
  EXPECT_TRUE(stream.event("{\n  \"choices\": [\r\n\t{\"delta\": {\"content\": \"a\"}}\n]\n}\n").answer);
  EXPECT_TRUE(stream.event("{\n  \"choices\": [\r\n\t{\"delta\": {\"content\": \"b\"}}\n]\n}\n").answer);
  EXPECT_EQ(stream.text(), "ab");
}

TEST(Reply, empty_data_says_nothing) {
  for (const char* name : {"openai-chat", "anthropic"}) {
    StreamUnderTest stream(*find_adapter(name));
    EXPECT_EQ(describe(stream.event("")), "-");
  }
}

TEST(Learning, begins_with_the_first_text_and_follows_the_stream) {
  StreamUnderTest stream(chat());
  stream.event(delta(""));
  EXPECT_EQ(stream.reply.learned_prefix, 0) << "an empty text opens the stream";
  stream.event(delta("a"));
  const std::string prefix(stream.reply.learned, stream.reply.learned_prefix);
  const std::string suffix(stream.reply.learned + stream.reply.learned_prefix, stream.reply.learned_suffix);
  EXPECT_EQ(prefix, R"({"id":"a","choices":[{"index":0,"delta":{"content":")");
  EXPECT_EQ(suffix, R"("}}]})");
  EXPECT_EQ(stream.reply.learned_kind, TextKind::text);
  stream.event(R"({"choices":[{"index":0,"delta":{"reasoning":"a"}}]})");
  EXPECT_EQ(stream.reply.learned_kind, TextKind::reasoning);
}

TEST(Learning, padding_may_differ_from_event_to_event) {
  const auto padded = [](const std::string& text, const std::string& padding) {
    return R"({"choices":[{"delta":{"content":")" + text + R"("}}],"obfuscation":")" + padding + R"("})";
  };
  for (const uint32_t learned : {0u, 1024u}) {
    StreamUnderTest stream(chat(), {.learned = learned});
    stream.event(padded("a", "xyz"));
    if (learned != 0) {
      EXPECT_EQ(std::string(stream.reply.learned, stream.reply.learned_prefix + stream.reply.learned_suffix),
                R"({"choices":[{"delta":{"content":""}}],"obfuscation":""})");
      EXPECT_EQ(stream.reply.learned_tail, 2);
    }
    EXPECT_TRUE(stream.event(padded("b", "")).answer);
    EXPECT_TRUE(stream.event(padded("c", "\\u0041é and more of it")).answer);
    EXPECT_TRUE(stream.event(padded("d", "\\q")).bad);
    EXPECT_TRUE(stream.event(padded("d", "x\"")).bad);
    EXPECT_EQ(stream.text(), "abc");
  }
  // Before the text it is not looked for, only compared.
  StreamUnderTest stream(chat());
  stream.event(R"({"obfuscation":"x","choices":[{"delta":{"content":"a"}}]})");
  EXPECT_EQ(stream.reply.learned_tail, 0);
  stream.event(R"({"obfuscation":"yz","choices":[{"delta":{"content":"b"}}]})");
  EXPECT_EQ(stream.text(), "ab");
}

TEST(Learning, never_from_events_that_tell_more_than_one_text) {
  for (const char* event : {
           R"({"choices":[{"delta":{"content":"a"}}],"usage":{"completion_tokens":1}})",
           R"({"choices":[{"delta":{"content":"a","reasoning":"b"}}]})",
           R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]})",
           R"({"choices":[{"delta":{"content":"a"}}],"error":{"message":"x"}})",
           R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{"}}]}}]})",
           R"({"choices":[{"delta":{"content":"a"}}])",
       }) {
    StreamUnderTest stream(chat());
    stream.event(event);
    EXPECT_EQ(stream.reply.learned_prefix, 0) << event;
  }
  StreamUnderTest named(chat());
  named.event(delta("a"), "error");
  EXPECT_EQ(named.reply.learned_prefix, 0);
  StreamUnderTest untyped(*find_adapter("anthropic"));
  untyped.event(R"({"delta":{"text":"a"}})", "content_block_delta");
  EXPECT_EQ(untyped.reply.learned_prefix, 0) << "the same bytes could be named message_stop next time";
}

TEST(Learning, an_event_named_error_is_one_even_if_it_looks_like_the_others) {
  StreamUnderTest stream(chat());
  stream.event(delta("a"));
  EXPECT_TRUE(stream.event(delta("b"), "error").error);
}

TEST(Learning, what_does_not_fit_is_not_learned) {
  const std::string event = delta("abc");
  const auto needed = static_cast<uint32_t>(event.size() - 3);
  StreamUnderTest fits(chat(), {.learned = needed});
  fits.event(event);
  EXPECT_EQ(fits.reply.learned_prefix + fits.reply.learned_suffix, needed);
  StreamUnderTest small(chat(), {.learned = needed - 1});
  small.event(event);
  EXPECT_EQ(small.reply.learned_prefix, 0);
}

}  // namespace
}  // namespace ringload::protocol
