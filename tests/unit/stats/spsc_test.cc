#include "stats/spsc.h"

#include <gtest/gtest.h>

#include <thread>

namespace ringload::stats {
namespace {

TEST(SpscQueue, HoldsItsCapacityAndNoMore) {
  SpscQueue<int> queue(3);
  EXPECT_EQ(queue.capacity(), 4u);
  EXPECT_EQ(queue.front(), nullptr);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.try_push(i));
  EXPECT_FALSE(queue.try_push(4));
  EXPECT_EQ(queue.back(), nullptr);
  int value = -1;
  EXPECT_TRUE(queue.try_pop(value));
  EXPECT_EQ(value, 0);
  EXPECT_TRUE(queue.try_push(4));
  for (int i = 1; i <= 4; ++i) {
    EXPECT_TRUE(queue.try_pop(value));
    EXPECT_EQ(value, i);
  }
  EXPECT_FALSE(queue.try_pop(value));
}

TEST(SpscQueue, NothingIsVisibleBeforePush) {
  SpscQueue<int> queue(1);
  *queue.back() = 7;
  EXPECT_EQ(queue.front(), nullptr);
  queue.push();
  ASSERT_NE(queue.front(), nullptr);
  EXPECT_EQ(*queue.front(), 7);
  queue.pop();
  EXPECT_EQ(queue.front(), nullptr);
}

// A value is whole and in order whatever the threads' pace; run under TSan too.
TEST(SpscQueue, TwoThreads) {
  struct Pair {
    uint64_t number, check;
  };
  constexpr uint64_t kValues = 200'000;
  SpscQueue<Pair> queue(8);
  std::thread producer([&] {
    for (uint64_t i = 0; i < kValues;) {
      if (queue.try_push({i, ~i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  uint64_t next = 0, wrong = 0;
  while (next < kValues) {
    Pair pair{};
    if (!queue.try_pop(pair)) {
      std::this_thread::yield();
      continue;
    }
    wrong += pair.number != next || pair.check != ~next;
    ++next;
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(queue.front(), nullptr);
}

}  // namespace
}  // namespace ringload::stats
