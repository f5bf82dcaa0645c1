// What a shard hands over every second while a stage runs: the live view, the series and the batches behind confidence
// intervals come from it. Samples lie in the second in which their request ended.
#pragma once
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "ringload/outcome.h"
#include "stats/coarse_histogram.h"
#include "stats/spsc.h"

namespace ringload::stats {

// One second of one scenario in one stage, steady requests and those of the warm-up apart. Several ticks with the same
// key (of several shards, or after a full queue) are added up.
struct CoarseTick {
  Nanos from = 0, at = 0;     // the interval: from the hand-over before, or the beginning, to this one
  uint32_t stage = 0;         // the stage that intended the requests, as given to begin()
  uint32_t scenario = 0;
  bool warmup = false;
  uint64_t scheduled = 0;     // brought up by the schedule or a VU
  uint64_t sent = 0;
  uint64_t ok = 0;
  uint64_t failed = 0;
  uint64_t in_flight = 0;     // of the whole shard at `at`; only in the first tick of a hand-over, 0 in the others
  uint64_t prompt_tokens = 0, completion_tokens = 0;  // of ok requests
  CoarseHistogram latency, service, ttfb, ttft;       // as in the Recorder; µs
  CoarseHistogram lag;                                // sched_lag of what was sent, µs

  bool empty() const { return scheduled + sent + ok + failed == 0 && latency.empty(); }
  void add(const CoarseTick& other);  // counts and samples; the key stays
  void reset();                       // counts and samples
};

class CoarseRecorder {
 public:
  // `slots` stages may be recorded at once; an exchange carries the number of its stage's slot.
  CoarseRecorder(uint32_t slots, uint32_t scenarios);

  // The interval of the next hand-over begins now: nothing ran before.
  void start_clock(Nanos now) { handed_over_ = now; }
  // The slot records another stage from here on. What it still holds of the former one, since the queue was full, is
  // dropped and counted.
  void begin(uint32_t slot, uint32_t stage);
  uint64_t dropped() const { return dropped_; }  // ends of requests

  void count_scheduled(uint32_t slot, uint32_t scenario, bool warmup) { ++tick(slot, scenario, warmup).scheduled; }
  // lag: the request's sched_lag in ns, below 0 when it has none (a resend).
  void record_sent(uint32_t slot, uint32_t scenario, bool warmup, Nanos lag);
  void record_end(uint32_t slot, const Outcome& outcome);

  // Hands over all that was recorded since the last time, at least one tick. What does not fit into the queue stays and
  // goes with the next hand-over: nothing is lost. Returns false then.
  bool publish(Nanos now, uint64_t in_flight, SpscQueue<CoarseTick>& queue);

  // Ticks of one hand-over at most; a queue should hold a few times as many.
  uint32_t max_ticks() const { return static_cast<uint32_t>(ticks_.size()); }

 private:
  CoarseTick& tick(uint32_t slot, uint32_t scenario, bool warmup) {
    return ticks_[(slot * scenarios_ + scenario) * 2 + warmup];
  }

  uint32_t scenarios_;
  std::vector<CoarseTick> ticks_;
  uint64_t dropped_ = 0;
  Nanos handed_over_ = 0;
};

}  // namespace ringload::stats
