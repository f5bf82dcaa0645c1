#include "io/buffer_ring.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace ringload::io {
namespace {

class BufferRingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ring = std::move(*Ring::open(linux_kernel(), {.entries = 64, .completions = 256}));
    ASSERT_TRUE(ring->enable());
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  }
  void TearDown() override {
    ::close(pair[0]);
    ::close(pair[1]);
  }
  void arm(BufferRing& buffers) {
    io_uring_sqe* sqe = ring->sqe();
    io_uring_prep_recv_multishot(sqe, pair[0], nullptr, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = buffers.group();
  }
  void write(const std::string& text) {
    ASSERT_EQ(::write(pair[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  struct Got {
    int result;
    bool more;
    int id;  // -1: no buffer
  };
  std::vector<Got> reap() {
    ring->submit_and_wait(0, 0);
    std::vector<Got> got;
    ring->for_each([&](const io_uring_cqe& cqe) {
      const bool buffer = (cqe.flags & IORING_CQE_F_BUFFER) != 0;
      got.push_back({cqe.res, (cqe.flags & IORING_CQE_F_MORE) != 0,
                     buffer ? static_cast<int>(cqe.flags >> IORING_CQE_BUFFER_SHIFT) : -1});
    });
    return got;
  }
  std::unique_ptr<Ring> ring;
  int pair[2] = {-1, -1};
};

TEST_F(BufferRingTest, DeliversAndRecyclesForEver) {
  auto buffers = std::move(*BufferRing::create(*ring, 3, 4, 100));
  EXPECT_EQ(buffers->out(), 0u);
  arm(*buffers);
  std::set<int> used;
  for (int round = 0; round < 200'000 / 100; ++round) {  // the 16-bit tail wraps at 65,536 only, its mask far earlier
    const std::string text = "message " + std::to_string(round);
    write(text);
    const std::vector<Got> got = reap();
    ASSERT_EQ(got.size(), 1u);
    ASSERT_TRUE(got[0].more);
    ASSERT_GE(got[0].id, 0);
    used.insert(got[0].id);
    const auto id = static_cast<uint16_t>(got[0].id);
    const std::span<char> bytes = buffers->at(id, static_cast<unsigned>(got[0].result));
    EXPECT_EQ(std::string(bytes.data(), bytes.size()), text);
    EXPECT_EQ(buffers->out(), 1u);
    buffers->recycle(id);
    buffers->publish();
    EXPECT_EQ(buffers->out(), 0u);
  }
  EXPECT_EQ(used.size(), 4u);
  EXPECT_EQ(buffers->out_peak(), 1u);
}

TEST_F(BufferRingTest, TailWrapsAtSixteenBits) {
  auto buffers = std::move(*BufferRing::create(*ring, 3, 1, 16));
  arm(*buffers);
  for (int round = 0; round < 66'000; ++round) {
    ASSERT_EQ(::write(pair[1], &round, sizeof round), 4);
    const std::vector<Got> got = reap();
    ASSERT_EQ(got.size(), 1u) << round;
    ASSERT_EQ(got[0].result, 4) << round;
    const std::span<char> bytes = buffers->at(0, 4);
    ASSERT_EQ(std::memcmp(bytes.data(), &round, 4), 0) << round;
    buffers->recycle(0);
    buffers->publish();
  }
}

TEST_F(BufferRingTest, ExhaustionEndsTheReceiveAndRecyclingCuresIt) {
  auto buffers = std::move(*BufferRing::create(*ring, 1, 2, 8));
  arm(*buffers);
  ring->submit();
  write(std::string(20, 'x'));
  std::vector<Got> got = reap();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].result, 8);
  EXPECT_EQ(got[1].result, 8);
  EXPECT_EQ(got[2].result, -ENOBUFS);
  EXPECT_FALSE(got[2].more);
  for (int i = 0; i < 2; ++i) buffers->at(static_cast<uint16_t>(got[i].id), 8);
  EXPECT_EQ(buffers->out(), 2u);
  for (int i = 0; i < 2; ++i) buffers->recycle(static_cast<uint16_t>(got[i].id));
  arm(*buffers);
  ASSERT_EQ(reap()[0].result, -ENOBUFS) << "recycled and not yet published";
  buffers->publish();
  arm(*buffers);
  got = reap();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, 4);
  EXPECT_EQ(buffers->out_peak(), 2u);
}

TEST_F(BufferRingTest, SlackBehindEveryBufferIsReadable) {
  auto buffers = std::move(*BufferRing::create(*ring, 1, 8, 64));
  volatile char sum = 0;
  for (uint16_t id = 0; id < 8; ++id) {
    const std::span<char> bytes = buffers->at(id, 64);
    for (unsigned i = 0; i < 64 + BufferRing::kSlack; ++i) sum = static_cast<char>(sum + bytes.data()[i]);
    buffers->recycle(id);
  }
}

TEST_F(BufferRingTest, GroupIsTakenOnceAndFreedWithItsRing) {
  auto first = BufferRing::create(*ring, 9, 4, 64);
  ASSERT_TRUE(first);
  const auto second = BufferRing::create(*ring, 9, 4, 64);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("receive buffers"), std::string::npos);
  first->reset();
  EXPECT_TRUE(BufferRing::create(*ring, 9, 4, 64));
}

}  // namespace
}  // namespace ringload::io
