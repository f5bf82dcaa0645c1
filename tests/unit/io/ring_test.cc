// The ring on Linux itself; tests/sim runs what is built on it on both kernels.
#include "io/ring.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <vector>

namespace ringload::io {
namespace {

std::unique_ptr<Ring> open_ring(const RingOptions& options = {}) {
  auto ring = Ring::open(linux_kernel(), options);
  if (!ring) throw std::runtime_error(ring.error());
  if (auto enabled = (*ring)->enable(); !enabled) throw std::runtime_error(enabled.error());
  return std::move(*ring);
}

void nop(Ring& ring, uint64_t user_data) {
  io_uring_sqe* sqe = ring.sqe();
  io_uring_prep_nop(sqe);
  sqe->user_data = user_data;
}

std::vector<uint64_t> reap(Ring& ring) {
  std::vector<uint64_t> seen;
  ring.for_each([&](const io_uring_cqe& cqe) { seen.push_back(cqe.user_data); });
  return seen;
}

TEST(Ring, EntriesCompleteInOrder) {
  auto ring = open_ring({.entries = 8, .completions = 64});
  for (uint64_t i = 1; i <= 5; ++i) nop(*ring, i);
  EXPECT_EQ(ring->pending(), 5u);
  ring->submit_and_wait(5, kNever);
  EXPECT_EQ(ring->pending(), 0u);
  EXPECT_EQ(reap(*ring), (std::vector<uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_TRUE(reap(*ring).empty()) << "each is seen once";
}

TEST(Ring, FullQueueIsHandedOverByTheWay) {
  auto ring = open_ring({.entries = 4, .completions = 256});
  for (uint64_t i = 0; i < 100; ++i) nop(*ring, i);
  ring->submit_and_wait(1, kNever);
  const std::vector<uint64_t> seen = reap(*ring);
  ASSERT_EQ(seen.size(), 100u);
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(seen[i], i);
}

TEST(Ring, ReserveKeepsAChainTogether) {
  auto ring = open_ring({.entries = 4, .completions = 64});
  nop(*ring, 1);
  nop(*ring, 2);
  ring->reserve(3);  // two are in the way
  EXPECT_EQ(ring->pending(), 0u);
  for (uint64_t i = 3; i <= 5; ++i) {
    nop(*ring, i);
    EXPECT_EQ(ring->pending(), i - 2);
  }
  ring->reserve(1);
  EXPECT_EQ(ring->pending(), 3u) << "there was room";
}

TEST(Ring, SubmittingFromAVisitIsSeen) {
  auto ring = open_ring({.entries = 4, .completions = 64});
  nop(*ring, 1);
  ring->submit_and_wait(1, kNever);
  ring->for_each([&](const io_uring_cqe& cqe) {
    if (cqe.user_data == 1) nop(*ring, 2);
  });
  ring->submit_and_wait(1, kNever);
  EXPECT_EQ(reap(*ring), std::vector<uint64_t>{2});
}

class RingWait : public ::testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Timers, RingWait, ::testing::Values(0u, uint32_t{kAbsoluteTimer}),
                         [](const auto& info) { return info.param == 0 ? "absolute" : "relative"; });

TEST_P(RingWait, ReturnsAtTheDeadline) {
  auto ring = open_ring({.masked_features = GetParam()});
  const Nanos start = ring->now();
  ring->submit_and_wait(1, start + 20 * kMillisecond);
  EXPECT_GE(ring->reaped_at(), start + 20 * kMillisecond);
  EXPECT_LT(ring->reaped_at(), start + kSecond);
  EXPECT_GE(ring->entered_at(), start);
  EXPECT_LE(ring->entered_at(), ring->reaped_at());
}

TEST_P(RingWait, PastDeadlineOnlyLooks) {
  auto ring = open_ring({.masked_features = GetParam()});
  const Nanos start = ring->now();
  for (int i = 0; i < 10; ++i) ring->submit_and_wait(1, start - kSecond);
  ring->submit_and_wait(0, kNever);
  EXPECT_LT(ring->now(), start + kSecond);
  nop(*ring, 9);
  ring->submit_and_wait(1, 0);
  EXPECT_EQ(reap(*ring), std::vector<uint64_t>{9});
}

TEST(Ring, WakesForAnEventfd) {
  auto ring = open_ring();
  const int event = ::eventfd(0, EFD_CLOEXEC);
  uint64_t value = 0;
  io_uring_sqe* sqe = ring->sqe();
  io_uring_prep_read(sqe, event, &value, sizeof value, 0);
  sqe->user_data = 5;
  ring->submit();
  std::thread writer([event] {
    const uint64_t one = 3;
    EXPECT_EQ(::write(event, &one, sizeof one), 8);
  });
  ring->submit_and_wait(1, ring->now() + 5 * kSecond);
  writer.join();
  EXPECT_EQ(reap(*ring), std::vector<uint64_t>{5});
  EXPECT_EQ(value, 3u);
  ::close(event);
}

TEST(Ring, MaskedFeaturesAreGone) {
  auto all = open_ring();
  EXPECT_EQ(all->features() & kBaselineFeatures, kBaselineFeatures);
  auto none = open_ring({.masked_features = kAllFeatures & ~kBaselineFeatures});
  EXPECT_EQ(none->features(), kBaselineFeatures);
  EXPECT_FALSE(none->has(kBind));
}

TEST(Ring, TooFewFilesAllowedIsExplained) {
  rlimit limit;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const auto ring = Ring::open(linux_kernel(), {.files = static_cast<unsigned>(limit.rlim_max) + 1000});
  if (ring) GTEST_SKIP() << "no limit here";
  EXPECT_NE(ring.error().find("ulimit -n"), std::string::npos) << ring.error();
}

TEST(Ring, InstallFileSaysWhatIsWrong) {
  auto ring = open_ring({.files = 4});
  EXPECT_EQ(ring->install_file(0, -77), -EBADF);
  EXPECT_EQ(ring->install_file(4, 0), -EINVAL);
  const int event = ::eventfd(7, EFD_CLOEXEC);
  EXPECT_EQ(ring->install_file(3, event), 0);
  ::close(event);  // the table holds it
  uint64_t value = 0;
  io_uring_sqe* sqe = ring->sqe();
  io_uring_prep_read(sqe, 3, &value, sizeof value, 0);
  sqe->flags |= IOSQE_FIXED_FILE;
  ring->submit_and_wait(1, kNever);
  EXPECT_EQ(reap(*ring).size(), 1u);
  EXPECT_EQ(value, 7u);
}

// Nothing is lost when the completion queue is too small, and it shows.
TEST(Ring, OverflowIsCountedAndLosesNothing) {
  auto ring = open_ring({.entries = 64, .completions = 64});
  for (uint64_t i = 0; i < 300; ++i) nop(*ring, i);
  ring->submit();
  std::vector<uint64_t> seen;
  for (int turns = 0; turns < 100 && seen.size() < 300; ++turns) {
    ring->submit_and_wait(0, 0);
    ring->for_each([&](const io_uring_cqe& cqe) { seen.push_back(cqe.user_data); });
  }
  ASSERT_EQ(seen.size(), 300u);
  for (uint64_t i = 0; i < 300; ++i) EXPECT_EQ(seen[i], i);
  EXPECT_GT(ring->overflows(), 0u);
}

TEST(Ring, NoOverflowWithoutOne) {
  auto ring = open_ring({.entries = 64, .completions = 64});
  for (int turns = 0; turns < 50; ++turns) {
    for (uint64_t i = 0; i < 30; ++i) nop(*ring, i);
    ring->submit_and_wait(30, kNever);
    EXPECT_EQ(reap(*ring).size(), 30u);
  }
  EXPECT_EQ(ring->overflows(), 0u);
}

}  // namespace
}  // namespace ringload::io
