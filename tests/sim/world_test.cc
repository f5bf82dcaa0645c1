#include "sim/world.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/ring.h"

namespace ringload::sim {
namespace {

std::unique_ptr<io::Ring> open_ring(SimKernel& kernel) {
  auto ring = io::Ring::open(kernel.table(), {.entries = 16, .completions = 32, .files = 4});
  if (!ring || !(*ring)->enable()) throw std::runtime_error("no ring");
  return std::move(*ring);
}

// Reads an event again and again.
struct Reader {
  explicit Reader(SimKernel& kernel) : ring(open_ring(kernel)), event(kernel.make_event()) { read(); }
  void read() {
    io_uring_sqe* sqe = ring->sqe();
    io_uring_prep_read(sqe, event, &value, sizeof value, 0);
  }
  void step(Nanos deadline = kNever, unsigned want = 1) {
    ring->submit_and_wait(want, deadline);
    ++steps;
    ring->for_each([&](const io_uring_cqe& cqe) {
      EXPECT_EQ(cqe.res, 8);
      sum += value;
      read();
    });
  }
  std::unique_ptr<io::Ring> ring;
  int event;
  uint64_t value = 0, sum = 0;
  unsigned steps = 0;
};

TEST(World, SleepingActorIsWokenByACompletion) {
  SimKernel kernel;
  World world(kernel, 1);
  Reader reader(kernel);
  world.add("reader", [&] { reader.step(); });
  world.add_periodic("writer", [&] { kernel.signal(reader.event, 2); }, 10 * kMillisecond);
  const Nanos start = kernel.now();
  EXPECT_EQ(world.run_until([&] { return reader.sum >= 20; }), Outcome::reached);
  EXPECT_NEAR(static_cast<double>(kernel.now() - start), 90e6, 1e6);
  EXPECT_LE(reader.steps, 40u) << "it slept";
}

TEST(World, DeadlineWakesAndTheNextEnterShowsWhatHasCome) {
  SimKernel kernel;
  World world(kernel, 1);
  Reader reader(kernel);
  // Wants two completions, of which only one comes, and looks for new deadlines each time as a shard does.
  world.add("reader", [&] { reader.step(kernel.now() + 5 * kMillisecond, 2); });
  kernel.signal(reader.event);
  const Nanos start = kernel.now();
  EXPECT_EQ(world.run_until([&] { return reader.sum == 1; }, start + kSecond), Outcome::reached);
  EXPECT_GE(kernel.now(), start + 5 * kMillisecond);
  EXPECT_LT(kernel.now(), start + 6 * kMillisecond);
}

TEST(World, TimeIsUpExactly) {
  SimKernel kernel;
  World world(kernel, 1);
  Reader reader(kernel);
  world.add("reader", [&] { reader.step(); });
  const Nanos start = kernel.now();
  EXPECT_EQ(world.run_for(kSecond), Outcome::time_up);
  EXPECT_EQ(kernel.now(), start + kSecond);
  EXPECT_LE(reader.steps, 2u);
}

TEST(World, FindsDeadlock) {
  SimKernel kernel;
  World world(kernel, 1);
  Reader a(kernel), b(kernel);
  world.add("a", [&] { a.step(); });
  world.add("b", [&] { b.step(); });
  EXPECT_EQ(world.run_until([] { return false; }), Outcome::deadlock);
  EXPECT_NE(world.describe().find("b: "), std::string::npos);
  EXPECT_NE(world.describe().find("waits for 1 completions"), std::string::npos);
}

TEST(World, FindsLivelock) {
  SimKernel kernel;
  World world(kernel, 1);
  Reader reader(kernel);
  world.add("spinner", [&] { reader.step(0); });
  EXPECT_EQ(world.run_until([] { return false; }), Outcome::livelock);
}

TEST(World, PreparedEntriesKeepAnActorAwake) {
  SimKernel kernel;
  World world(kernel, 1);
  auto ring = open_ring(kernel);
  int done = 0;
  bool prepared = false;
  world.add("late", [&] {
    ring->submit_and_wait(1, kNever);
    ring->for_each([&](const io_uring_cqe&) { ++done; });
    if (!prepared) io_uring_prep_nop(ring->sqe());
    prepared = true;
  });
  EXPECT_EQ(world.run_until([&] { return done == 1; }), Outcome::reached);
}

TEST(World, SpuriousWakesComeAndHarmNothing) {
  SimKernel kernel;
  kernel.faults().set(Fault::spurious_wake, 0.5);
  World world(kernel, 1);
  Reader reader(kernel);
  world.add("reader", [&] { reader.step(); });
  world.add_periodic("writer", [&] { kernel.signal(reader.event); }, 10 * kMillisecond);
  EXPECT_EQ(world.run_until([&] { return reader.sum == 50; }), Outcome::reached);
  EXPECT_GT(kernel.faults().struck(Fault::spurious_wake), 5u);
}

std::vector<int> order_of(uint64_t seed) {
  SimKernel kernel;
  World world(kernel, seed);
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) world.add(std::to_string(i), [&order, i] { order.push_back(i); });
  world.run_until([&] { return order.size() >= 100; });
  return order;
}

TEST(World, OrderComesFromTheSeed) {
  EXPECT_EQ(order_of(5), order_of(5));
  EXPECT_NE(order_of(5), order_of(6));
}

}  // namespace
}  // namespace ringload::sim
