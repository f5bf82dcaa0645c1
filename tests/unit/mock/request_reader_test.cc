#include "mock/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/prng.h"

namespace ringload::mock {
namespace {

constexpr std::array<uint32_t, BlockPool::kClasses> kCounts = {4, 4, 4, 4, 4, 2, 2, 2, 1};

struct Got {
  std::vector<std::string> requests;  // "path|body"
  unsigned go_ons = 0;
  RequestFault fault = RequestFault::none;
  size_t left = 0;  // bytes that nobody took
};

// Feeds `text` in pieces, keeping what the reader leaves as a connection does.
Got feed(std::string_view text, const std::vector<size_t>& pieces) {
  Got got;
  BlockPool pool(kCounts);
  RequestReader reader;
  std::vector<char> held;
  size_t at = 0, piece = 0;
  while (at < text.size() && got.fault == RequestFault::none) {
    const size_t size = std::min(pieces.empty() ? text.size() : pieces[piece++ % pieces.size()], text.size() - at);
    held.insert(held.end(), text.begin() + at, text.begin() + at + size);
    at += size;
    std::vector<char> padded(held);
    padded.resize(held.size() + BlockPool::kSlack);
    std::span<char> input(padded.data(), held.size());
    while (true) {
      const auto status = reader.next(input, pool);
      if (status == RequestReader::Status::go_on) {
        ++got.go_ons;
        continue;
      }
      if (status == RequestReader::Status::request) {
        got.requests.push_back(std::string(reader.head().path()) + "|" +
                               std::string(reader.body().begin(), reader.body().end()));
        reader.release(pool);
        continue;
      }
      if (status == RequestReader::Status::bad) got.fault = reader.fault();
      break;
    }
    held.assign(input.begin(), input.end());
  }
  got.left = held.size();
  reader.release(pool);
  EXPECT_EQ(pool.taken(), 0u);
  return got;
}

const std::string kMixed =
    "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
    "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"
    "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "4;x=y\r\nWiki\r\n00B\r\npedia chunk\r\n0\r\nTrailer: 1\r\n\r\n"
    "POST /d HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

TEST(RequestReader, ReadsOneAfterTheOtherHoweverSplit) {
  const std::vector<std::string> expected = {"/a|hello", "/b|", "/c|Wikipedia chunk", "/d|"};
  EXPECT_EQ(feed(kMixed, {}).requests, expected);
  for (size_t first = 1; first < kMixed.size(); ++first) {
    const Got got = feed(kMixed, {first, kMixed.size()});
    ASSERT_EQ(got.requests, expected) << first;
    ASSERT_EQ(got.left, 0u);
  }
  for (size_t size = 1; size < 12; ++size) ASSERT_EQ(feed(kMixed, {size}).requests, expected) << size;
  Prng prng(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<size_t> pieces(8);
    for (size_t& piece : pieces) piece = 1 + prng.below(40);
    ASSERT_EQ(feed(kMixed, pieces).requests, expected);
  }
}

TEST(RequestReader, AsksForTheBodyOnlyWhenItHasNotCome) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  EXPECT_EQ(feed(head + "hello", {head.size(), 5}).go_ons, 1u);
  EXPECT_EQ(feed(head + "hello", {}).go_ons, 0u);
  EXPECT_EQ(feed(head + "hello", {1}).go_ons, 1u);
  EXPECT_EQ(feed(head + "hello", {head.size(), 5}).requests, std::vector<std::string>{"/a|hello"});
}

TEST(RequestReader, LargeBodies) {
  std::string body(3'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  EXPECT_EQ(feed(head + body, {16'384}).requests, std::vector<std::string>{"/a|" + body});
  std::string chunked = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  char size[16];
  for (size_t at = 0; at < body.size(); at += 10'000) {
    std::snprintf(size, sizeof size, "%zx\r\n", size_t{10'000});
    chunked += size + body.substr(at, 10'000) + "\r\n";
  }
  EXPECT_EQ(feed(chunked + "0\r\n\r\n", {16'384}).requests, std::vector<std::string>{"/a|" + body});
}

TEST(RequestReader, RefusesBadChunks) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* chunks : {"\r\n", "x\r\n", "-1\r\n", "5\nhello", "5\r\nhelloXX", "5\r\nhello\n0\r\n\r\n",
                             "1000000000000000\r\n", "5 hello\n"}) {
    EXPECT_EQ(feed(head + chunks, {}).fault, RequestFault::chunk) << chunks;
    EXPECT_EQ(feed(head + chunks, {1}).fault, RequestFault::chunk) << chunks;
  }
  EXPECT_EQ(feed(head + "5;" + std::string(20'000, 'e') + "\r\n", {}).fault, RequestFault::chunk);
}

TEST(RequestReader, BoundsChunkedBodies) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(feed(head + "1000001\r\n" + std::string(0x1000001, 'x'), {1 << 20}).fault, RequestFault::body_too_large);
}

TEST(RequestReader, SaysWhenMemoryIsOut) {
  BlockPool pool({0, 1, 0, 0, 0, 0, 0, 0, 0});
  RequestReader reader;
  std::string text = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\nx";
  text.reserve(text.size() + BlockPool::kSlack);
  std::span<char> input(text);
  EXPECT_EQ(reader.next(input, pool), RequestReader::Status::bad);
  EXPECT_EQ(reader.fault(), RequestFault::no_memory);
  EXPECT_EQ(status_of(reader.fault()), 503);
}

}  // namespace
}  // namespace ringload::mock
