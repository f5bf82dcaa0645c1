#include "health/run_delay.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "fake_host.h"

namespace ringload::health {
namespace {

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

// Two threads that want the same CPU wait for each other: about half of the time each.
TEST(RunDelay, GrowsWhenAnotherHasTheCpu) {
  const HostFiles host;
  if (!run_delay(host, ::gettid())) GTEST_SKIP() << "this kernel has no schedstats";
  const int cpu = ::sched_getcpu();
  std::atomic<bool> stop{false};
  std::atomic<int> tids[2] = {0, 0};
  const auto spin = [&](int i) {
    pin_to(cpu);
    tids[i] = ::gettid();
    while (!stop) {
    }
  };
  std::thread first(spin, 0), second(spin, 1);
  while (tids[0] == 0 || tids[1] == 0) std::this_thread::yield();
  const int64_t before = run_delay(host, tids[0]).value_or(0);
  const auto began = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const int64_t delay = run_delay(host, tids[0]).value_or(0) - before;
  const std::chrono::nanoseconds passed = std::chrono::steady_clock::now() - began;
  const int64_t wall = passed.count();
  stop = true;
  first.join();
  second.join();
  EXPECT_GT(delay, wall / 10);
  EXPECT_LE(delay, 2 * wall);  // the kernel adds a wait when it ends, so one from before may count
}

TEST(RunDelay, AbsentWithoutSuchAThread) { EXPECT_FALSE(run_delay(HostFiles(), 0)); }

TEST(CpuTicks, OfAllOrOfOurCpusOnly) {
  FakeHost host;
  host.write("/proc/stat", "cpu  100 0 50 800 10 5 5 30 0 0\n"
                           "cpu0 60 0 20 300 5 5 5 5 7 0\n"
                           "cpu1 40 0 30 500 5 0 0 25 0 0\n"
                           "intr 1 2 3\ncpu9 1 1 1 1 1 1 1 1\n");
  EXPECT_EQ(cpu_ticks(host.files(), {})->total, 1000u);
  EXPECT_EQ(cpu_ticks(host.files(), {})->steal, 30u);
  const int one[] = {1}, both[] = {0, 1}, none[] = {5};
  EXPECT_EQ(cpu_ticks(host.files(), one)->total, 600u);
  EXPECT_EQ(cpu_ticks(host.files(), one)->steal, 25u);
  EXPECT_EQ(cpu_ticks(host.files(), both)->total, 1000u);
  EXPECT_FALSE(cpu_ticks(host.files(), none));
  host.remove("/proc/stat");
  EXPECT_FALSE(cpu_ticks(host.files(), {}));
}

TEST(CpuTicks, StealIsAShareOfTheTimeBetween) {
  EXPECT_DOUBLE_EQ(*steal_between({1000, 10}, {1200, 15}), 0.025);
  EXPECT_DOUBLE_EQ(*steal_between({1000, 10}, {1200, 9}), 0);  // it stepped back
  EXPECT_FALSE(steal_between({1000, 10}, {1000, 10}));
}

}  // namespace
}  // namespace ringload::health
