#include "io/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/prng.h"

namespace ringload::io {
namespace {

struct Named : Timer {
  int id = 0;
};

TEST(TimerWheel, EmptyHasNoNext) {
  TimerWheel wheel(kSecond);
  EXPECT_EQ(wheel.next(), kNever);
  EXPECT_EQ(wheel.armed(), 0u);
  wheel.expire(1000 * kSecond, [](Timer&) { FAIL(); });
}

TEST(TimerWheel, FiresAtItsInstantAndNotBefore) {
  for (const Nanos away : {Nanos{0}, Nanos{1}, kMicrosecond, Nanos{32767}, Nanos{32768}, kMillisecond, 8 * kMillisecond,
                           9 * kMillisecond, kSecond, 3 * kSecond, 600 * kSecond, 3600 * kSecond, 200 * 3600 * kSecond}) {
    const Nanos start = 12345678901;
    TimerWheel wheel(start);
    Timer timer;
    wheel.set(timer, start + away);
    EXPECT_EQ(wheel.armed(), 1u);
    int fired = 0;
    if (away > 0) {
      wheel.expire(start + away - 1, [&](Timer&) { ++fired; });
      EXPECT_EQ(fired, 0) << away;
    }
    wheel.expire(start + away, [&](Timer& t) {
      EXPECT_EQ(&t, &timer);
      ++fired;
    });
    EXPECT_EQ(fired, 1) << away;
    EXPECT_EQ(wheel.armed(), 0u) << away;
    EXPECT_EQ(wheel.next(), kNever);
  }
}

TEST(TimerWheel, PastDeadlineFiresAtOnce) {
  TimerWheel wheel(kSecond);
  Timer timer;
  wheel.set(timer, -5);
  EXPECT_LE(wheel.next(), kSecond);
  int fired = 0;
  wheel.expire(kSecond, [&](Timer&) { ++fired; });
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, NextIsExactWhenNear) {
  TimerWheel wheel(kSecond);
  Timer a, b;
  wheel.set(a, kSecond + 700 * kMicrosecond);
  wheel.set(b, kSecond + 300 * kMicrosecond);
  EXPECT_EQ(wheel.next(), kSecond + 300 * kMicrosecond);
  wheel.cancel(b);
  EXPECT_EQ(wheel.next(), kSecond + 700 * kMicrosecond);
  wheel.set(a, kSecond + 100 * kMicrosecond);
  EXPECT_EQ(wheel.next(), kSecond + 100 * kMicrosecond);
}

// A shard that sleeps until next() and then expires reaches a far deadline in few steps, exactly.
TEST(TimerWheel, SleepingUntilNextArrivesExactly) {
  for (const Nanos away : {5 * kMillisecond, 100 * kMillisecond, kSecond, 120 * kSecond, 30 * 3600 * kSecond}) {
    Nanos now = 77 * kSecond + 4321;
    TimerWheel wheel(now);
    Timer timer;
    const Nanos deadline = now + away;
    wheel.set(timer, deadline);
    bool fired = false;
    int steps = 0;
    while (!fired && steps < 50) {
      const Nanos next = wheel.next();
      ASSERT_LE(next, deadline);
      ASSERT_GT(next, now) << "no progress";
      now = next;
      wheel.expire(now, [&](Timer&) { fired = true; });
      ++steps;
    }
    EXPECT_TRUE(fired) << away;
    EXPECT_EQ(now, deadline);
    EXPECT_LE(steps, 8) << away;
  }
}

TEST(TimerWheel, VisitMaySetAndCancelAnyTimer) {
  TimerWheel wheel(0);
  Named timers[4];
  for (int i = 0; i < 4; ++i) timers[i].id = i;
  for (auto& timer : timers) wheel.set(timer, kMillisecond);
  std::vector<int> order;
  wheel.expire(kMillisecond, [&](Timer& timer) {
    const int id = static_cast<Named&>(timer).id;
    order.push_back(id);
    if (id == 0) {
      wheel.cancel(timers[1]);                    // due, and not yet visited
      wheel.set(timers[2], 5 * kMillisecond);     // likewise, moved away
      wheel.set(timers[0], 2 * kMillisecond);     // itself
    }
  });
  EXPECT_EQ(order, (std::vector<int>{0, 3}));
  EXPECT_EQ(wheel.armed(), 2u);
  order.clear();
  wheel.expire(10 * kMillisecond, [&](Timer& timer) { order.push_back(static_cast<Named&>(timer).id); });
  EXPECT_EQ(order, (std::vector<int>{0, 2}));
  EXPECT_EQ(wheel.armed(), 0u);
}

// Against a sorted map: the same timers fire in the same call, none early, none late; next() never lies beyond the
// earliest deadline, and is before it only when that is far.
TEST(TimerWheel, AgreesWithASortedMap) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Prng random(seed);
    Nanos now = static_cast<Nanos>(random.below(1'000'000'000'000));
    TimerWheel wheel(now);
    constexpr int kTimers = 300;
    auto timers = std::make_unique<Named[]>(kTimers);
    std::multimap<Nanos, int> model;
    const auto forget = [&](int id) {
      std::erase_if(model, [id](const auto& entry) { return entry.second == id; });
    };
    for (int i = 0; i < kTimers; ++i) timers[i].id = i;
    for (int step = 0; step < 4000; ++step) {
      const int id = static_cast<int>(random.below(kTimers));
      switch (random.below(4)) {
        case 0:
        case 1: {
          // All magnitudes: from now to days.
          const Nanos away = static_cast<Nanos>(random.below(uint64_t{1} << (1 + random.below(48))));
          forget(id);
          wheel.set(timers[id], now + away);
          model.emplace(now + away, id);
          break;
        }
        case 2:
          forget(id);
          wheel.cancel(timers[id]);
          break;
        case 3: {
          const Nanos next = wheel.next();
          if (model.empty()) {
            ASSERT_EQ(next, kNever);
          } else {
            ASSERT_LE(next, model.begin()->first) << "seed " << seed << " step " << step;
          }
          now += static_cast<Nanos>(random.below(uint64_t{1} << (1 + random.below(40))));
          std::multiset<int> expected, fired;
          while (!model.empty() && model.begin()->first <= now) {
            expected.insert(model.begin()->second);
            model.erase(model.begin());
          }
          wheel.expire(now, [&](Timer& timer) { fired.insert(static_cast<Named&>(timer).id); });
          ASSERT_EQ(fired, expected) << "seed " << seed << " step " << step;
          ASSERT_GT(wheel.next(), now) << "a shard that sleeps until then would spin: seed " << seed << " step " << step;
          break;
        }
      }
      ASSERT_EQ(wheel.armed(), model.size()) << "seed " << seed << " step " << step;
    }
    for (int i = 0; i < kTimers; ++i) wheel.cancel(timers[i]);
    ASSERT_EQ(wheel.armed(), 0u);
  }
}

}  // namespace
}  // namespace ringload::io
