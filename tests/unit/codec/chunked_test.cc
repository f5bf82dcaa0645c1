// How far each call goes; what is accepted and refused stands in tests/wire/chunked.md.
#include "codec/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace ringload::codec {
namespace {

using Status = ChunkedDecoder::Status;

std::string text_of(const ChunkedDecoder::Step& step) { return {step.data.data(), step.data.size()}; }

TEST(ChunkedDecoder, OnePieceOfBodyACall) {
  std::string bytes = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nrest";
  std::span<char> rest = bytes;
  ChunkedDecoder decoder;
  ChunkedDecoder::Step step = decoder.next(rest);
  EXPECT_EQ(step.status, Status::data);
  EXPECT_EQ(step.consumed, 8u);
  EXPECT_EQ(step.data.data(), bytes.data() + 3);  // in place
  EXPECT_EQ(text_of(step), "hello");
  rest = rest.subspan(step.consumed);
  step = decoder.next(rest);
  EXPECT_EQ(step.status, Status::data);
  EXPECT_EQ(step.consumed, 6u);
  EXPECT_EQ(text_of(step), "!");
  rest = rest.subspan(step.consumed);
  step = decoder.next(rest);
  EXPECT_EQ(step.status, Status::done);
  EXPECT_EQ(step.consumed, 7u);
  // Done stays done, and takes no more.
  step = decoder.next(rest.subspan(7));
  EXPECT_EQ(step.status, Status::done);
  EXPECT_EQ(step.consumed, 0u);
}

TEST(ChunkedDecoder, DataIsGivenOutAsFarAsItIsThere) {
  std::string bytes = "400\r\nabc";
  ChunkedDecoder decoder;
  ChunkedDecoder::Step step = decoder.next(bytes);
  EXPECT_EQ(step.status, Status::data);
  EXPECT_EQ(text_of(step), "abc");
  EXPECT_EQ(step.consumed, bytes.size());
  step = decoder.next({});
  EXPECT_EQ(step.status, Status::more);
  std::string more(2000, 'x');
  step = decoder.next(more);
  EXPECT_EQ(step.data.size(), 0x400u - 3);
  EXPECT_EQ(step.consumed, 0x400u - 3);
}

// No step of data is empty: a caller that loops while there is data ends.
TEST(ChunkedDecoder, ASizeWithoutDataYetIsMore) {
  std::string bytes = "5\r\n";
  ChunkedDecoder decoder;
  const ChunkedDecoder::Step step = decoder.next(bytes);
  EXPECT_EQ(step.status, Status::more);
  EXPECT_EQ(step.consumed, 3u);
}

TEST(ChunkedDecoder, ARefusalStaysUntilReset) {
  std::string bytes = "x\r\n", good = "0\r\n\r\n";
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.next(bytes).status, Status::refused);
  EXPECT_EQ(decoder.next(good).status, Status::refused);
  EXPECT_EQ(decoder.refusal(), Refusal::chunk_size);
  decoder.reset();
  EXPECT_EQ(decoder.refusal(), Refusal::none);
  EXPECT_EQ(decoder.next(good).status, Status::done);
}

TEST(ChunkedDecoder, IsSmallEnoughForEveryConnection) { EXPECT_LE(sizeof(ChunkedDecoder), 32u); }

}  // namespace
}  // namespace ringload::codec
