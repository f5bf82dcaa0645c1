// What is consumed and where the views lie; which events come out stands in tests/wire/sse-*.md.
#include "codec/sse.h"

#include <gtest/gtest.h>

#include <string>

namespace ringload::codec {
namespace {

using Status = SseParser::Status;

SseParser parser_with(size_t max_event_bytes) {
  SseParser parser;
  parser.reset(max_event_bytes);
  return parser;
}

std::string data_of(const SseEvent& event) { return {event.data.data(), event.data.size()}; }

TEST(SseParser, DataIsAViewInPlace) {
  std::string bytes = "data: a\n\ndata: b\n\nda";
  SseParser parser = parser_with(1000);
  SseEvent event;
  SseParser::Step step = parser.next(bytes, event);
  EXPECT_EQ(step.status, Status::event);
  EXPECT_EQ(step.consumed, 9u);
  EXPECT_EQ(event.data.data(), bytes.data() + 6);
  EXPECT_EQ(event.type, "");
  step = parser.next(std::span(bytes).subspan(9), event);
  EXPECT_EQ(step.status, Status::event);
  EXPECT_EQ(event.data.data(), bytes.data() + 15);
  step = parser.next(std::span(bytes).subspan(18), event);
  EXPECT_EQ(step.status, Status::more);
  EXPECT_EQ(step.consumed, 0u);
}

// Joining must not reach into what follows the event: the next one is already there.
TEST(SseParser, JoinedDataStaysInsideTheEvent) {
  std::string bytes = "data: a\nevent: t\ndata: b\n\ndata: next\n\n";
  const std::string behind = bytes.substr(26);
  SseParser parser = parser_with(1000);
  SseEvent event;
  const SseParser::Step step = parser.next(bytes, event);
  ASSERT_EQ(step.consumed, 26u);
  EXPECT_EQ(data_of(event), "a\nb");
  EXPECT_EQ(event.type, "t");
  EXPECT_GE(event.data.data(), bytes.data());
  EXPECT_LE(event.data.data() + event.data.size(), bytes.data() + step.consumed);
  EXPECT_EQ(bytes.substr(26), behind);
}

// What need not be kept is not: a connection that only sends comments keeps nothing between them.
TEST(SseParser, CommentsAndBlankLinesAreDropped) {
  SseParser parser = parser_with(1000);
  SseEvent event;
  std::string bytes = ": ping\n\n: ping\nid: 1\nda";
  SseParser::Step step = parser.next(bytes, event);
  EXPECT_EQ(step.status, Status::more);
  EXPECT_EQ(step.consumed, bytes.size() - 2);
  bytes = "data: a\n: inside\n";
  step = parser.next(bytes, event);
  EXPECT_EQ(step.consumed, 0u);  // the event has begun
}

TEST(SseParser, AnEventOfATypeOnlyIsDropped) {
  SseParser parser = parser_with(1000);
  SseEvent event;
  std::string bytes = "event: a\n\n";
  const SseParser::Step step = parser.next(bytes, event);
  EXPECT_EQ(step.status, Status::more);
  EXPECT_EQ(step.consumed, bytes.size());
}

TEST(SseParser, TooLargeStaysUntilReset) {
  SseParser parser = parser_with(5);
  SseEvent event;
  std::string bytes = "\n\ndata: a\n\n";
  for (int i = 0; i < 3; ++i) {
    const SseParser::Step step = parser.next(bytes, event);
    EXPECT_EQ(step.status, Status::too_large);
    EXPECT_EQ(step.consumed, 0u);
  }
  parser.reset(7);
  EXPECT_EQ(parser.next(bytes, event).status, Status::event);
}

TEST(SseParser, ALimitBeyondTheLargestIsTheLargest) {
  SseParser parser = parser_with(SIZE_MAX);
  SseEvent event;
  std::string bytes = "data: a\n\n";
  EXPECT_EQ(parser.next(bytes, event).status, Status::event);
}

TEST(SseParser, IsSmallEnoughForEveryConnection) { EXPECT_LE(sizeof(SseParser), 40u); }

}  // namespace
}  // namespace ringload::codec
