// What runs under load takes no memory: recording, handing over, merging, clearing.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "stats/coarse.h"
#include "stats/recorder.h"

namespace {
std::atomic<uint64_t> g_allocations{0};
}

void* operator new(size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace ringload::stats {
namespace {

TEST(HotPath, AllocatesNothing) {
  Recorder recorder(2), other(2);
  CoarseRecorder coarse(4, 2);
  SpscQueue<CoarseTick> queue(coarse.max_ticks());
  EXPECT_GT(g_allocations, 0u) << "the count does not count";
  Outcome outcome;
  outcome.stream = true;
  outcome.scenario = 1;
  outcome.sched_lag = outcome.dns = outcome.connect = outcome.tls = 1000;
  outcome.intended = outcome.sent = 0;
  outcome.first_byte = outcome.first_token = outcome.first_answer_token = 1'000'000;
  outcome.last_token = outcome.end = 90'000'000;
  outcome.tokens = {.prompt = 10, .cached = 0, .completion = 100, .reasoning = 5};
  coarse.begin(0, 1);
  const uint64_t before = g_allocations;
  for (int i = 0; i < 1000; ++i) {
    outcome.error = static_cast<ErrorClass>(i % kErrorClasses);
    recorder.count_scheduled(1, false);
    recorder.record(outcome, true);
    recorder.record_open(outcome);
    recorder.record_gap(1, Nanos{i} * 1'000'000'000);
    recorder.record_receive_lag(i, 5);
    recorder.count_end_in_window(outcome, true);
    coarse.count_scheduled(0, 1, false);
    coarse.record_sent(0, 1, false, 10);
    coarse.record_end(0, outcome);
    coarse.publish(i, 1, queue);
    while (queue.front() != nullptr) queue.pop();
  }
  other.merge(recorder);
  recorder.clear();
  EXPECT_EQ(g_allocations, before);
  EXPECT_EQ(other.steady().scheduled, 1000u);
}

}  // namespace
}  // namespace ringload::stats
