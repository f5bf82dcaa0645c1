// What the wire fixtures cannot say: memory that moves, state that is kept, the small functions beside the parser.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "codec/http1.h"

namespace ringload::codec {
namespace {

using Status = HeadParser::Status;

struct Parsed {
  HeadFields fields;
  ResponseHead head;
};

TEST(HeadParser, FieldsAreViewsIntoTheLastCallsBytes) {
  const std::string text = "HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 2\r\n\r\nok";
  std::string first = text.substr(0, 30), whole = text;
  HeadParser parser;
  Parsed parsed;
  ASSERT_EQ(parser.parse(first, parsed.fields, parsed.head), Status::more);
  first.assign(first.size(), '?');
  parsed.fields.fill({"other", "connection's"});  // fields are shared: another head was read meanwhile
  ASSERT_EQ(parser.parse(whole, parsed.fields, parsed.head), Status::done);
  EXPECT_EQ(parsed.head.bytes, text.size() - 2);
  ASSERT_EQ(parsed.head.fields.size(), 2u);
  for (const Field& field : parsed.head.fields) {
    for (const std::string_view view : {field.name, field.value}) {
      EXPECT_GE(view.data(), whole.data());
      EXPECT_LE(view.data() + view.size(), whole.data() + parsed.head.bytes);
    }
  }
}

TEST(HeadParser, BytesBehindTheHeadAreLeftAlone) {
  std::string text = "HTTP/1.1 200 OK\r\nServer: a\r\n b\r\nContent-Length: 5\r\n\r\n\r\n a\r\n";
  const std::string body = "\r\n a\r\n";
  HeadParser parser;
  Parsed parsed;
  ASSERT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::done);
  EXPECT_EQ(text.substr(parsed.head.bytes), body);
}

// The head can be printed as it came, but for folded lines, which now are one.
TEST(HeadParser, FoldsBecomeSpaces) {
  std::string text = "HTTP/1.1 204 x\r\nA: a \r\n  b\r\n\t\r\nB: c\n d\n\r\n";
  HeadParser parser;
  Parsed parsed;
  ASSERT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::done);
  EXPECT_EQ(text, "HTTP/1.1 204 x\r\nA: a b       \r\nB: c d \n\r\n");
}

TEST(HeadParser, ARefusalStays) {
  std::string text = "SSH-2.0";
  HeadParser parser;
  Parsed parsed;
  ASSERT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::refused);
  text = "HTTP/1.1 204 x\r\n\r\n";
  EXPECT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::refused);
  EXPECT_EQ(parser.refusal(), Refusal::status_line);
  parser.reset();
  EXPECT_EQ(parser.refusal(), Refusal::none);
  EXPECT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::done);
}

TEST(HeadParser, InterimResponsesAreCountedUntilReset) {
  std::string text = "HTTP/1.1 100 x\r\n\r\n";
  HeadParser parser;
  Parsed parsed;
  for (unsigned round = 0; round < 2; ++round) {
    parser.reset();
    for (unsigned i = 0; i < kMaxInterim; ++i) {
      ASSERT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::done);
      ASSERT_TRUE(parsed.head.interim());
      ASSERT_TRUE(parser.skip_interim());
    }
  }
  ASSERT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::done);
  EXPECT_FALSE(parser.skip_interim());
  EXPECT_EQ(parser.refusal(), Refusal::too_many_interim);
}

TEST(HeadParser, IsSmallEnoughForEveryConnection) { EXPECT_LE(sizeof(HeadParser), 16u); }

TEST(ResponseHead, FindsTheFirstFieldWithoutCase) {
  std::string text = "HTTP/1.1 204 x\r\nA: 1\r\nRetry-After: 2\r\nretry-after: 3\r\n\r\n";
  HeadParser parser;
  Parsed parsed;
  ASSERT_EQ(parser.parse(text, parsed.fields, parsed.head), Status::done);
  const Field* const field = parsed.head.find("RETRY-AFTER");
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(field->value, "2");
  EXPECT_EQ(parsed.head.find("retry-afte"), nullptr);
}

TEST(Describe, EachRefusalHasItsSentence) {
  std::set<std::string> sentences;
  for (int i = 0; i <= static_cast<int>(Refusal::trailer); ++i) {
    EXPECT_TRUE(sentences.insert(describe(static_cast<Refusal>(i))).second) << i;
  }
  EXPECT_FALSE(sentences.contains("unknown refusal"));
}

}  // namespace
}  // namespace ringload::codec
