// The simulated kernel against its contract, operation by operation, through the same ring that programs use.
#include "sim/sim_kernel.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "io/buffer_ring.h"
#include "io/ring.h"
#include "io/socket_options.h"
#include "net/address.h"

namespace ringload::sim {
namespace {

struct Done {
  uint64_t who;
  int result;
  unsigned flags;
  bool more() const { return (flags & IORING_CQE_F_MORE) != 0; }
  bool operator==(const Done&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Done& done) {
  return out << "{" << done.who << ", " << done.result << ", " << done.flags << "}";
}

class SimKernelTest : public ::testing::Test {
 protected:
  explicit SimKernelTest(SimOptions options = {}) : kernel(options) {}
  void SetUp() override { ring = open({.entries = 64, .completions = 128, .files = 16}); }

  std::unique_ptr<io::Ring> open(const io::RingOptions& options) {
    auto opened = io::Ring::open(kernel.table(), options);
    if (!opened) throw std::runtime_error(opened.error());
    if (auto enabled = (*opened)->enable(); !enabled) throw std::runtime_error(enabled.error());
    return std::move(*opened);
  }
  // Waits until `count` completions are there, at most for `limit`.
  std::vector<Done> reap(unsigned count, Nanos limit = 10 * kSecond) { return reap(*ring, count, limit); }
  std::vector<Done> reap(io::Ring& from, unsigned count, Nanos limit = 10 * kSecond) {
    from.submit_and_wait(count, limit == 0 ? 0 : kernel.now() + limit);
    std::vector<Done> done;
    from.for_each([&](const io_uring_cqe& cqe) { done.push_back({cqe.user_data, cqe.res, cqe.flags}); });
    return done;
  }

  io_uring_sqe& entry() { return *ring->sqe(); }
  // Each prepares one entry; `flags` are IOSQE_*.
  void nop(uint64_t who, unsigned flags = 0) { finish(entry(), flags, [](auto* s) { io_uring_prep_nop(s); }, who); }
  void socket(uint64_t who, unsigned slot, unsigned flags = 0) {
    finish(entry(), flags, [&](auto* s) { io_uring_prep_socket_direct(s, AF_INET, SOCK_STREAM, 0, slot, 0); }, who);
  }
  void connect(uint64_t who, unsigned slot, const net::Address& to, unsigned flags = 0) {
    finish(entry(), flags | IOSQE_FIXED_FILE,
           [&](auto* s) { io_uring_prep_connect(s, static_cast<int>(slot), &to.base, to.size); }, who);
  }
  void accept(uint64_t who, int fd) {
    finish(entry(), 0, [&](auto* s) { io_uring_prep_multishot_accept_direct(s, fd, nullptr, nullptr, 0); }, who);
  }
  void receive(uint64_t who, unsigned slot, uint16_t group = 1) {
    io_uring_sqe& s = entry();
    finish(s, IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT,
           [&](auto* e) { io_uring_prep_recv_multishot(e, static_cast<int>(slot), nullptr, 0, 0); }, who);
    s.buf_group = group;
  }
  void send(uint64_t who, unsigned slot, const char* text, unsigned flags = 0) {
    send(who, slot, texts.emplace_back(text), flags);  // must stay until it has completed
  }
  void send(uint64_t who, unsigned slot, const std::string& text, unsigned flags = 0, int how = MSG_WAITALL) {
    finish(entry(), flags | IOSQE_FIXED_FILE,
           [&](auto* s) { io_uring_prep_send(s, static_cast<int>(slot), text.data(), text.size(), how); }, who);
  }
  void close(uint64_t who, unsigned slot, unsigned flags = 0) {
    finish(entry(), flags, [&](auto* s) { io_uring_prep_close_direct(s, slot); }, who);
  }
  void cancel_slot(uint64_t who, unsigned slot, unsigned flags = 0) {
    finish(entry(), flags, [&](auto* s) {
      io_uring_prep_cancel_fd(s, static_cast<int>(slot), IORING_ASYNC_CANCEL_FD_FIXED | IORING_ASYNC_CANCEL_ALL);
    }, who);
  }
  void cancel(uint64_t who, uint64_t whom, int how = 0) {
    finish(entry(), 0, [&](auto* s) { io_uring_prep_cancel64(s, whom, how); }, who);
  }
  template <class Prepare>
  void finish(io_uring_sqe& sqe, unsigned flags, Prepare&& prepare, uint64_t who) {
    prepare(&sqe);
    sqe.flags |= static_cast<uint8_t>(flags);
    sqe.user_data = who;
  }

  int listen(uint16_t port = 80, int backlog = 128) {
    const net::Address local = *net::Address::parse("127.0.0.1", port);
    io::SocketSpec spec;
    spec.listen = true;
    spec.backlog = backlog;
    spec.local = &local.base;
    spec.local_size = local.size;
    return kernel.table().socket(kernel.table().self, spec);
  }
  void close_fd(int fd) { kernel.table().close(kernel.table().self, fd); }
  net::Address at(uint16_t port) { return *net::Address::parse("127.0.0.1", port); }

  // Slot 0 connected to slot 1, both of this ring; the listener is gone.
  void connect_pair() {
    const int listener = listen();
    const int range_ok = restrict_choice(1, 1);
    ASSERT_EQ(range_ok, 0);
    const net::Address to = at(80);
    accept(1, listener);
    socket(2, 0, IOSQE_IO_LINK);
    connect(3, 0, to);
    const std::vector<Done> done = reap(3);
    ASSERT_EQ(done.size(), 3u);
    EXPECT_EQ(done[0], (Done{2, 0, 0}));
    EXPECT_EQ(done[1], (Done{1, 1, IORING_CQE_F_MORE}));
    EXPECT_EQ(done[2], (Done{3, 0, 0}));
    cancel(4, 1);
    ASSERT_EQ(reap(2), (std::vector<Done>{{4, 0, 0}, {1, -ECANCELED, 0}}));
    close_fd(listener);
    restrict_choice(0, 16);
  }
  int restrict_choice(unsigned from, unsigned count) {
    io_uring_file_index_range range{from, count, 0};
    return ring->reg(IORING_REGISTER_FILE_ALLOC_RANGE, &range, 0);
  }
  void expect_clean() {
    EXPECT_EQ(kernel.census(), SimKernel::Census{});
    EXPECT_TRUE(kernel.violations().empty()) << kernel.violations().front();
  }

  SimKernel kernel;
  std::deque<std::string> texts;
  std::unique_ptr<io::Ring> ring;
};

// ---- queues ----

TEST_F(SimKernelTest, InlineCompletionsAreThereAfterASubmit) {
  nop(1);
  nop(2);
  ring->submit();
  std::vector<uint64_t> seen;
  ring->for_each([&](const io_uring_cqe& cqe) { seen.push_back(cqe.user_data); });
  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 2}));
}

TEST_F(SimKernelTest, ChainsGoOnOnlyWhenEventsAreGot) {
  nop(1, IOSQE_IO_LINK);
  nop(2, IOSQE_IO_LINK);
  nop(3);
  nop(4);
  ring->submit();
  unsigned seen = 0;
  ring->for_each([&](const io_uring_cqe&) { ++seen; });
  EXPECT_EQ(seen, 2u) << "the chain's first, and what stands behind it";
  EXPECT_EQ(reap(2), (std::vector<Done>{{2, 0, 0}, {3, 0, 0}}));
}

TEST_F(SimKernelTest, FailedLinkCancelsTheRest) {
  close(1, 5, IOSQE_IO_LINK);  // nothing there
  nop(2, IOSQE_IO_LINK);
  nop(3, IOSQE_IO_HARDLINK);
  nop(4);
  EXPECT_EQ(reap(4), (std::vector<Done>{{1, -EBADF, 0}, {2, -ECANCELED, 0}, {3, -ECANCELED, 0}, {4, -ECANCELED, 0}}));
}

TEST_F(SimKernelTest, HardLinkGoesOnAfterAFailure) {
  close(1, 5, IOSQE_IO_HARDLINK);
  nop(2);
  EXPECT_EQ(reap(2), (std::vector<Done>{{1, -EBADF, 0}, {2, 0, 0}}));
}

TEST_F(SimKernelTest, ChainEndsWithItsBatch) {
  nop(1, IOSQE_IO_LINK);
  ring->submit();
  nop(2);
  ring->submit();
  unsigned seen = 0;
  ring->for_each([&](const io_uring_cqe&) { ++seen; });
  EXPECT_EQ(seen, 2u);
}

TEST_F(SimKernelTest, UnknownOperationsAndFlagsFail) {
  finish(entry(), 0, [](auto* s) { io_uring_prep_rw(200, s, 0, nullptr, 0, 0); }, 1);
  nop(2, IOSQE_CQE_SKIP_SUCCESS);
  receive(3, 99);
  EXPECT_EQ(reap(3), (std::vector<Done>{{1, -EINVAL, 0}, {2, -EINVAL, 0}, {3, -EBADF, 0}}));
}

TEST_F(SimKernelTest, FullQueueKeepsAsideInOrder) {
  auto small = open({.entries = 16, .completions = 16, .files = 4});
  for (uint64_t i = 0; i < 40; ++i) {
    io_uring_sqe* sqe = small->sqe();
    io_uring_prep_nop(sqe);
    sqe->user_data = i;
  }
  small->submit();
  EXPECT_EQ(kernel.census().kept_aside, 40u - 16);
  EXPECT_GT(small->overflows(), 0u);
  EXPECT_EQ(kernel.overflows(), 40u - 16);
  uint64_t next = 0;
  for (int turns = 0; turns < 5; ++turns)
    for (const Done& done : reap(*small, 0, 0)) EXPECT_EQ(done.who, next++);
  EXPECT_EQ(next, 40u);
  EXPECT_EQ(kernel.census().kept_aside, 0u);
}

TEST_F(SimKernelTest, ForcedOverflowEndsAMultishot) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 4, 64));
  receive(10, 0);
  EXPECT_TRUE(reap(0, 0).empty());
  kernel.faults().strike_at(Fault::cq_overflow, 2);  // the first opportunity is the send's completion
  send(11, 1, "x");
  EXPECT_EQ(reap(1), (std::vector<Done>{{11, 1, 0}}));
  kernel.pass(kMillisecond);
  EXPECT_TRUE(reap(0, 0).empty()) << "kept aside";
  const std::vector<Done> done = reap(1);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].result, 1);
  EXPECT_FALSE(done[0].more());
}

// ---- waiting and the clock ----

TEST_F(SimKernelTest, WaitingMovesTheClockToTheDeadline) {
  const Nanos start = kernel.now();
  ring->submit_and_wait(1, start + kSecond);
  EXPECT_GE(ring->reaped_at(), start + kSecond);
  EXPECT_LT(ring->reaped_at(), start + kSecond + kMicrosecond);
}

TEST_F(SimKernelTest, EveryCallTakesTime) {
  const Nanos a = ring->now();
  const Nanos b = ring->now();
  EXPECT_EQ(b - a, SimOptions{}.now_cost);
  ring->submit_and_wait(0, 0);
  EXPECT_GE(ring->now(), b + SimOptions{}.enter_cost);
}

TEST_F(SimKernelTest, WaitingForNothingIsAnError) {
  EXPECT_THROW(ring->submit_and_wait(1, kNever), std::runtime_error);
}

TEST_F(SimKernelTest, WaitForSeveralIsNotWokenByFewer) {
  const int event = kernel.make_event();
  uint64_t value;
  finish(entry(), 0, [&](auto* s) { io_uring_prep_read(s, event, &value, 8, 0); }, 1);
  kernel.signal(event);
  const Nanos start = kernel.now();
  EXPECT_EQ(reap(2, kMillisecond).size(), 1u) << "it comes with the deadline";
  EXPECT_GE(kernel.now(), start + kMillisecond);
  close_fd(event);
}

TEST_F(SimKernelTest, SpuriousWakeReturnsEarly) {
  kernel.faults().strike_at(Fault::spurious_wake);
  const Nanos start = kernel.now();
  ring->submit_and_wait(1, start + kSecond);
  EXPECT_LT(ring->reaped_at(), start + kMillisecond);
}

// ---- descriptors ----

TEST_F(SimKernelTest, EventCountsAndIsReadOnce) {
  const int event = kernel.make_event();
  uint64_t value = 0;
  finish(entry(), 0, [&](auto* s) { io_uring_prep_read(s, event, &value, 8, 0); }, 1);
  EXPECT_TRUE(reap(0, 0).empty());
  kernel.signal(event, 2);
  kernel.signal(event, 3);
  EXPECT_EQ(reap(1), (std::vector<Done>{{1, 8, 0}}));
  EXPECT_EQ(value, 5u);
  close_fd(event);
  expect_clean();
}

TEST_F(SimKernelTest, RealDescriptorsAreReadAndWrittenToo) {
  const int event = ::eventfd(0, EFD_CLOEXEC);
  uint64_t value = 0;
  finish(entry(), 0, [&](auto* s) { io_uring_prep_read(s, event, &value, 8, 0); }, 1);
  EXPECT_TRUE(reap(0, 0).empty());
  const uint64_t seven = 7;
  finish(entry(), 0, [&](auto* s) { io_uring_prep_write(s, event, &seven, 8, static_cast<uint64_t>(-1)); }, 2);
  EXPECT_EQ(reap(2), (std::vector<Done>{{2, 8, 0}, {1, 8, 0}}));
  EXPECT_EQ(value, 7u);
  ::close(event);
  expect_clean();
}

TEST_F(SimKernelTest, SlotsAreChosenBehindTheLastOne) {
  for (uint64_t i = 0; i < 16; ++i)
    finish(entry(), 0, [](auto* s) { io_uring_prep_socket_direct_alloc(s, AF_INET, SOCK_STREAM, 0, 0); }, i);
  std::vector<Done> done = reap(16);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(done[static_cast<size_t>(i)].result, i);
  finish(entry(), 0, [](auto* s) { io_uring_prep_socket_direct_alloc(s, AF_INET, SOCK_STREAM, 0, 0); }, 20);
  EXPECT_EQ(reap(1), (std::vector<Done>{{20, -ENFILE, 0}}));
  close(21, 3);
  close(22, 9);
  reap(2);
  for (uint64_t who : {23u, 24u})
    finish(entry(), 0, [](auto* s) { io_uring_prep_socket_direct_alloc(s, AF_INET, SOCK_STREAM, 0, 0); }, who);
  EXPECT_EQ(reap(2), (std::vector<Done>{{23, 9, 0}, {24, 3, 0}}));
  ring.reset();
  expect_clean();
}

TEST_F(SimKernelTest, OverwrittenSlotIsAViolation) {
  socket(1, 2);
  socket(2, 2);
  EXPECT_EQ(reap(2).size(), 2u);
  ASSERT_EQ(kernel.violations().size(), 1u);
  EXPECT_NE(kernel.violations()[0].find("slot 2"), std::string::npos);
}

TEST_F(SimKernelTest, FileLimitBoundsTheTable) {
  SimKernel limited({.file_limit = 100});
  const auto opened = io::Ring::open(limited.table(), {.files = 101});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().find("ulimit -n"), std::string::npos);
  EXPECT_TRUE(io::Ring::open(limited.table(), {.files = 100}));
}

TEST_F(SimKernelTest, DisabledRingRefusesToWork) {
  auto opened = io::Ring::open(kernel.table(), {.entries = 8, .completions = 16, .files = 4});
  ASSERT_TRUE(opened);
  io_uring_params params{};
  params.flags = IORING_SETUP_R_DISABLED;
  io_uring raw;
  ASSERT_EQ(kernel.table().setup(kernel.table().self, 8, &params, &raw), 0);
  EXPECT_EQ(kernel.table().enter(kernel.table().self, &raw, 0, 0, IORING_ENTER_GETEVENTS, nullptr), -EBADFD);
  kernel.table().teardown(kernel.table().self, &raw);
}

TEST_F(SimKernelTest, FilesUpdateThroughTheRingRemovesAndInstalls) {
  const int listener = listen();
  const int fds[] = {listener, IORING_REGISTER_FILES_SKIP, -1};
  finish(entry(), 0, [&](auto* s) { io_uring_prep_files_update(s, const_cast<int*>(fds), 3, 4); }, 1);
  EXPECT_EQ(reap(1), (std::vector<Done>{{1, 3, 0}}));
  close_fd(listener);
  EXPECT_EQ(kernel.census().files, 1u) << "the table holds it";
  close(2, 4);
  EXPECT_EQ(reap(1), (std::vector<Done>{{2, 0, 0}}));
  expect_clean();
}

// ---- features ----

TEST(SimKernelFeatures, MaskedOnesAreRefusedAsAnOldKernelDoes) {
  SimKernel old({.features = io::kBaselineFeatures});
  auto ring = std::move(*io::Ring::open(old.table(), {.entries = 8, .completions = 16, .files = 4}));
  ASSERT_TRUE(ring->enable());
  EXPECT_EQ(ring->features(), io::kBaselineFeatures);
  io_uring_sqe* sqe = ring->sqe();
  io_uring_prep_socket_direct(sqe, AF_INET, SOCK_STREAM, 0, 0, 0);
  const int one = 1;
  sqe = ring->sqe();
  io_uring_prep_rw(IORING_OP_URING_CMD, sqe, 0, nullptr, 0, 0);
  sqe->cmd_op = io::kSocketUringSetSockOpt;
  sqe->addr = uint64_t{IPPROTO_TCP} | uint64_t{TCP_NODELAY} << 32;
  sqe->file_index = sizeof one;
  sqe->addr3 = reinterpret_cast<uint64_t>(&one);
  sqe->flags |= IOSQE_FIXED_FILE;
  sqe = ring->sqe();
  const net::Address local = *net::Address::parse("127.0.0.1", 0);
  io_uring_prep_rw(io::kOpBind, sqe, 0, &local, 0, local.size);
  sqe->flags |= IOSQE_FIXED_FILE;
  ring->submit();
  std::vector<int> results;
  ring->for_each([&](const io_uring_cqe& cqe) { results.push_back(cqe.res); });
  EXPECT_EQ(results, (std::vector<int>{0, -EOPNOTSUPP, -EINVAL}));

  SimKernel recent;
  auto all = std::move(*io::Ring::open(recent.table(), {.entries = 8, .completions = 16, .files = 4}));
  EXPECT_EQ(all->features(), io::kAllFeatures);
}

// ---- connections ----

TEST_F(SimKernelTest, NobodyListensRefuses) {
  const net::Address to = at(81);
  socket(1, 0, IOSQE_IO_LINK);
  connect(2, 0, to);
  EXPECT_EQ(reap(2), (std::vector<Done>{{1, 0, 0}, {2, -ECONNREFUSED, 0}}));
  close(3, 0);
  reap(1);
  expect_clean();
}

TEST_F(SimKernelTest, FullBacklogDropsAndTheRequestIsRepeated) {
  const int listener = listen(80, 0);  // one fits
  const net::Address to = at(80);
  for (unsigned slot = 0; slot < 2; ++slot) {
    socket(slot, slot, IOSQE_IO_LINK);
    connect(10 + slot, slot, to);
  }
  EXPECT_EQ(reap(3, kMillisecond).size(), 3u);
  const Nanos start = kernel.now();
  restrict_choice(8, 8);
  accept(5, listener);
  EXPECT_EQ(reap(1, kMillisecond).size(), 1u);
  const std::vector<Done> done = reap(2);
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[1], (Done{11, 0, 0}));
  EXPECT_GT(kernel.now(), start + 900 * kMillisecond) << "after the first repetition";
  close_fd(listener);
}

TEST_F(SimKernelTest, LostConnectRequestsAreRepeatedAndTimeOutInTheEnd) {
  const int listener = listen();
  const net::Address to = at(80);
  kernel.faults().strike_at(Fault::syn_lost, 1);
  kernel.faults().strike_at(Fault::syn_lost, 2);
  Nanos start = kernel.now();
  socket(1, 0, IOSQE_IO_LINK);
  connect(2, 0, to);
  EXPECT_EQ(reap(2)[1], (Done{2, 0, 0}));
  EXPECT_NEAR(static_cast<double>(kernel.now() - start), 3e9, 1e8) << "1 s and 2 s";

  kernel.faults().strike_at(Fault::connect_timeout);
  start = kernel.now();
  socket(3, 1, IOSQE_IO_LINK);
  connect(4, 1, to);
  EXPECT_EQ(reap(2, 1000 * kSecond)[1], (Done{4, -ETIMEDOUT, 0}));
  EXPECT_NEAR(static_cast<double>(kernel.now() - start), 127e9, 1e9);

  kernel.faults().set(Fault::syn_lost, 1);
  start = kernel.now();
  socket(5, 2, IOSQE_IO_LINK);
  connect(6, 2, to);
  EXPECT_EQ(reap(2, 1000 * kSecond)[1], (Done{6, -ETIMEDOUT, 0}));
  EXPECT_NEAR(static_cast<double>(kernel.now() - start), 127e9, 1e9);
  ring.reset();
  close_fd(listener);
  expect_clean();
}

TEST_F(SimKernelTest, FaultsOfSocketAndConnect) {
  const net::Address to = at(80);
  kernel.faults().strike_at(Fault::process_files);
  socket(1, 0, IOSQE_IO_LINK);
  connect(2, 0, to);
  EXPECT_EQ(reap(2), (std::vector<Done>{{1, -EMFILE, 0}, {2, -ECANCELED, 0}}));
  kernel.faults().strike_at(Fault::system_files);
  socket(1, 0);
  EXPECT_EQ(reap(1), (std::vector<Done>{{1, -ENFILE, 0}}));
  kernel.faults().strike_at(Fault::no_address);
  socket(1, 0, IOSQE_IO_LINK);
  connect(2, 0, to);
  EXPECT_EQ(reap(2), (std::vector<Done>{{1, 0, 0}, {2, -EADDRNOTAVAIL, 0}}));
}

TEST_F(SimKernelTest, MultishotReceiveDeliversUntilFin) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 4, 8));
  receive(10, 0);
  reap(0, 0);
  const std::string text = "0123456789abcdef01234";
  send(11, 1, text, IOSQE_IO_LINK);
  close(12, 1);
  std::string got;
  int end = 1;
  for (int turns = 0; turns < 20 && end == 1; ++turns)
    for (const Done& done : reap(1)) {
      if (done.who != 10) continue;
      if (done.result > 0) {
        EXPECT_TRUE(done.more());
        const auto id = static_cast<uint16_t>(done.flags >> IORING_CQE_BUFFER_SHIFT);
        const auto bytes = buffers->at(id, static_cast<unsigned>(done.result));
        got.append(bytes.data(), bytes.size());
        buffers->recycle(id);
        buffers->publish();
      } else if (done.result == -ENOBUFS) {
        receive(10, 0);
      } else {
        end = done.result;
        EXPECT_EQ(done.flags, 0u) << "no buffer, no more";
      }
    }
  EXPECT_EQ(got, text);
  EXPECT_EQ(end, 0);
  close(13, 0);
  reap(1);
  expect_clean();
}

TEST_F(SimKernelTest, ReceiveWithoutBuffersFailsEvenWithoutData) {
  connect_pair();
  receive(10, 0, 77);
  EXPECT_EQ(reap(1), (std::vector<Done>{{10, -ENOBUFS, 0}})) << "no such group";
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 1, 8));
  receive(11, 0);
  send(12, 1, "12345678");
  std::vector<Done> done = reap(2);
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[1].result, 8);
  receive(13, 1);
  EXPECT_EQ(reap(1), (std::vector<Done>{{13, -ENOBUFS, 0}}));
}

TEST_F(SimKernelTest, BufferProvidedTwiceIsAViolation) {
  connect_pair();
  // By hand: BufferRing would refuse.
  alignas(4096) static char memory[4096 + 64];
  std::memset(memory, 0, sizeof memory);
  auto* shared = reinterpret_cast<io_uring_buf_ring*>(memory);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uint64_t>(shared);
  registration.ring_entries = 4;
  registration.bgid = 6;
  ASSERT_EQ(ring->reg(IORING_REGISTER_PBUF_RING, &registration, 1), 0);
  auto* buffers = reinterpret_cast<io_uring_buf*>(memory);
  for (int i = 0; i < 2; ++i) {
    buffers[i].addr = reinterpret_cast<uint64_t>(memory + 4096);
    buffers[i].len = 64;
    buffers[i].bid = 3;
  }
  shared->tail = 2;
  receive(10, 0, 6);
  reap(0, 0);
  ASSERT_EQ(kernel.violations().size(), 1u);
  EXPECT_NE(kernel.violations()[0].find("buffer 3"), std::string::npos);
  ring.reset();
}

TEST_F(SimKernelTest, CancelOfASlotCompletesItselfFirst) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 4, 64));
  receive(10, 0);
  cancel_slot(11, 0, IOSQE_IO_HARDLINK);
  close(12, 0);
  EXPECT_EQ(reap(3), (std::vector<Done>{{11, 1, 0}, {10, -ECANCELED, 0}, {12, 0, 0}}));
  cancel_slot(13, 1, IOSQE_IO_HARDLINK);
  close(14, 1);
  EXPECT_EQ(reap(2), (std::vector<Done>{{13, 0, 0}, {14, 0, 0}})) << "nothing to cancel is no failure with ALL";
  cancel_slot(15, 1);
  cancel(16, 999);
  EXPECT_EQ(reap(2), (std::vector<Done>{{15, -EBADF, 0}, {16, -ENOENT, 0}}));
  buffers.reset();
  expect_clean();
}

TEST_F(SimKernelTest, CancelBeatsDataThatHasArrived) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 4, 64));
  receive(10, 0);
  send(11, 1, "late");
  reap(1);
  kernel.pass(kMillisecond);  // it has arrived, and nobody has looked
  cancel(12, 10);
  EXPECT_EQ(reap(2), (std::vector<Done>{{12, 0, 0}, {10, -ECANCELED, 0}}));
  receive(13, 0);
  EXPECT_EQ(reap(1)[0].result, 4) << "the bytes are still there";
}

TEST_F(SimKernelTest, CloseWithArmedReceiveClosesNothing) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  receive(10, 0);
  receive(20, 1);
  close(11, 0);
  EXPECT_EQ(reap(1), (std::vector<Done>{{11, 0, 0}}));
  kernel.pass(10 * kMillisecond);
  EXPECT_TRUE(reap(0, 0).empty()) << "no FIN reached the other side";
  socket(12, 0);  // the slot is somebody else's
  send(13, 1, "ghost");
  const std::vector<Done> done = reap(3);
  ASSERT_EQ(done.size(), 3u);
  EXPECT_EQ(done[2].who, 10u) << "the old receive goes on";
  EXPECT_EQ(done[2].result, 5);
  close(14, 1);
  cancel(15, 20);
  const std::vector<Done> last = reap(4);
  EXPECT_EQ(last.back(), (Done{10, 0, 0})) << "until it ends";
  close(16, 0);
  reap(1);
  buffers.reset();
  expect_clean();
}

TEST_F(SimKernelTest, BlockedSendCompletesWhenThePeerReads) {
  connect_pair();
  const std::string text(1 << 20, 'x');
  send(10, 0, text);
  kernel.pass(10 * kMillisecond);
  EXPECT_TRUE(reap(0, 0).empty());
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 8192));
  receive(11, 1);
  size_t got = 0;
  bool sent = false;
  while (got < text.size() || !sent)
    for (const Done& done : reap(1)) {
      if (done.who == 10) {
        EXPECT_EQ(done.result, 1 << 20);
        sent = true;
      } else if (done.result == -ENOBUFS) {
        receive(11, 1);
      } else {
        ASSERT_GT(done.result, 0);
        got += static_cast<size_t>(done.result);
        const auto id = static_cast<uint16_t>(done.flags >> IORING_CQE_BUFFER_SHIFT);
        buffers->at(id, 1);
        buffers->recycle(id);
        buffers->publish();
      }
    }
  EXPECT_EQ(got, text.size());
  EXPECT_TRUE(kernel.violations().empty());
}

TEST_F(SimKernelTest, SendWithoutWaitallIsShort) {
  connect_pair();
  const std::string text(1 << 20, 'x');
  send(10, 0, text, 0, 0);
  const std::vector<Done> done = reap(1);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_GT(done[0].result, 0);
  EXPECT_LT(done[0].result, 1 << 20);
}

TEST_F(SimKernelTest, CancelledSendTellsWhatItTook) {
  connect_pair();
  const std::string text(1 << 20, 'x');
  send(10, 0, text);
  send(11, 1, "small", IOSQE_IO_LINK);
  nop(12);
  reap(2);
  cancel(13, 10);
  const std::vector<Done> done = reap(2);
  EXPECT_EQ(done[0], (Done{13, 0, 0}));
  EXPECT_GT(done[1].result, 0);
  EXPECT_LT(done[1].result, 1 << 20);
}

TEST_F(SimKernelTest, ShortWaitallSendFailsItsChain) {
  connect_pair();
  const std::string text(1 << 20, 'x');
  kernel.faults().strike_at(Fault::short_send);
  send(10, 0, text, IOSQE_IO_LINK);
  nop(11);
  std::vector<Done> done = reap(2);
  EXPECT_GT(done[0].result, 0);
  EXPECT_LT(done[0].result, 1 << 20);
  EXPECT_EQ(done[1], (Done{11, -ECANCELED, 0}));
  send(12, 0, text);
  send(13, 1, text);
  EXPECT_EQ(reap(2), (std::vector<Done>{{12, -EPIPE, 0}, {13, -ECONNRESET, 0}})) << "the error is told once";
}

TEST_F(SimKernelTest, ChangedSendIsAViolation) {
  connect_pair();
  std::string text(1 << 20, 'x');
  send(10, 0, text);
  reap(0, 0);
  std::memset(text.data(), 'y', text.size());
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 1 << 17));
  receive(11, 1);
  for (int turns = 0; turns < 3; ++turns) {
    reap(0, 0);
    kernel.pass(10 * kMillisecond);
  }
  ASSERT_EQ(kernel.violations().size(), 1u);
  EXPECT_NE(kernel.violations()[0].find("bytes of a send changed"), std::string::npos);
}

TEST_F(SimKernelTest, TwoSendsOrReceivesAtOnceAreViolations) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  const std::string text(1 << 20, 'x');
  send(10, 0, text);
  send(11, 0, text);
  receive(12, 0);
  receive(13, 0);
  reap(0, 0);
  EXPECT_EQ(kernel.violations(),
            (std::vector<std::string>{"two sends at once on one socket", "two receives at once on one socket"}));
}

TEST_F(SimKernelTest, CloseWithUnreadBytesResets) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  send(10, 0, "unread");
  reap(1);
  kernel.pass(kMillisecond);
  receive(11, 0);
  close(12, 1);
  EXPECT_EQ(reap(2), (std::vector<Done>{{12, 0, 0}, {11, -ECONNRESET, 0}}));
  close(13, 0);
  reap(1);
  buffers.reset();
  expect_clean();
}

TEST_F(SimKernelTest, ArrivedBytesAreReadBeforeTheReset) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  send(10, 1, "before");
  reap(1);
  kernel.pass(kMillisecond);
  EXPECT_EQ(kernel.reset_connections(80), 1u);
  receive(11, 0);
  const std::vector<Done> done = reap(2);
  EXPECT_EQ(done[0].result, 6);
  EXPECT_EQ(done[1], (Done{11, -ECONNRESET, 0}));
}

TEST_F(SimKernelTest, LostMultishotEndsWithItsData) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  receive(11, 0);
  reap(0, 0);
  kernel.faults().strike_at(Fault::lost_multishot);
  send(10, 1, "data");
  std::vector<Done> done = reap(2);
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[1].result, 4);
  EXPECT_FALSE(done[1].more());
}

TEST_F(SimKernelTest, NoBuffersStrikesAlthoughThereAreSome) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  receive(11, 0);
  reap(0, 0);
  kernel.faults().strike_at(Fault::no_buffers);
  send(10, 1, "data");
  EXPECT_EQ(reap(2)[1], (Done{11, -ENOBUFS, 0}));
  receive(12, 0);
  EXPECT_EQ(reap(1)[0].result, 4) << "nothing was lost";
}

TEST_F(SimKernelTest, DelayedOperationCanBeCancelled) {
  connect_pair();
  kernel.faults().strike_at(Fault::delay);
  send(10, 0, "text");
  EXPECT_TRUE(reap(0, 0).empty());
  cancel(11, 10);
  EXPECT_EQ(reap(2), (std::vector<Done>{{11, 0, 0}, {10, -ECANCELED, 0}}));
  kernel.faults().strike_at(Fault::delay);
  const Nanos start = kernel.now();
  send(12, 0, "text");
  EXPECT_EQ(reap(1), (std::vector<Done>{{12, 4, 0}}));
  EXPECT_GT(kernel.now(), start + kMicrosecond);
}

TEST_F(SimKernelTest, AcceptWithoutAFreeSlotClosesTheConnection) {
  const int listener = listen();
  const net::Address to = at(80);
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  restrict_choice(15, 1);
  accept(1, listener);
  for (unsigned slot = 0; slot < 2; ++slot) {
    socket(2 + slot, slot, IOSQE_IO_LINK);
    connect(4 + slot, slot, to, IOSQE_IO_LINK);
    receive(6 + slot, slot);
  }
  bool full = false, ended = false;
  for (int turns = 0; turns < 7; ++turns)
    for (const Done& each : reap(1, 10 * kMillisecond)) {
      full |= each == Done{1, -ENFILE, 0};
      ended |= each.who >= 6 && each.result == 0;
    }
  EXPECT_TRUE(full);
  EXPECT_TRUE(ended) << "its client sees FIN";
  close_fd(listener);
}

TEST_F(SimKernelTest, TeardownTakesEverythingWithIt) {
  connect_pair();
  auto buffers = std::move(*io::BufferRing::create(*ring, 1, 8, 64));
  receive(10, 0);
  receive(11, 1);
  const std::string text(1 << 20, 'x');
  send(12, 0, text);
  reap(0, 0);
  buffers.reset();
  ring.reset();
  expect_clean();
}

}  // namespace
}  // namespace ringload::sim
