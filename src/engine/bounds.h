// Exact counts of bad requests by each bound, of the requests that a block's window intends. One shard's, plain memory
// and single writer; handed over every 100 ms through a queue. Decisions about the next block use only these.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "engine/exchange.h"
#include "engine/stage_plan.h"
#include "ringload/blocks.h"
#include "stats/spsc.h"

namespace ringload::engine {

// What a block judges; shared by all shards, immutable.
struct Judgement {
  std::vector<Bound> bounds;  // at most kMaxBounds
  Nanos window = 0;           // from the stage's warm-up on
};

// Durations in quarter octaves: enough to pace a search by, and small enough to be copied ten times a second.
class RoughDurations {
 public:
  void record(Nanos ns) {
    const uint64_t v = ns <= 0 ? 0 : static_cast<uint64_t>(ns) >> 10;
    const unsigned octave = static_cast<unsigned>(std::bit_width(v | 4)) - 3;
    const unsigned index = octave * 4 + static_cast<unsigned>(v >> octave);
    ++counts_[index < kCounts ? index : kCounts - 1];
  }
  void add(const RoughDurations& other) {
    for (unsigned i = 0; i < kCounts; ++i) counts_[i] += other.counts_[i];
  }
  // The middle of the bucket that holds the sample of that share, ns; 0 without samples.
  Nanos at(double share) const;

 private:
  static constexpr unsigned kCounts = 112;
  std::array<uint32_t, kCounts> counts_{};
};

// Cumulative since the block began.
struct BoundTick {
  uint32_t stage = 0;       // its number
  uint32_t step = 0;        // kBlockSteps since its begin
  uint64_t in_flight = 0;   // of the whole shard
  uint64_t requests = 0;    // brought up by this block
  uint64_t sent = 0;        // … that the window intended
  uint64_t answered = 0;    // of whatever block, ended by a response while the window lasted
  uint64_t shed = 0, gen_errors = 0;
  Nanos busy = 0, wall = 0; // since the shard heard of the block
  Nanos loop_gap = 0;       // the longest
  struct Count {
    uint64_t scheduled = 0, neutral = 0, met = 0, bad = 0, valued = 0;
    int64_t sum = 0, min = INT64_MAX, max = 0;  // ns, of those that have a value
  };
  std::array<Count, kMaxBounds> bounds{};
  RoughDurations durations, ttfbs, lags;
};

class BoundCounter {
 public:
  // Counts for this stage from here on; without a judgement for none.
  void begin(const StagePlan& plan, uint8_t slot);
  bool active() const { return judgement_ != nullptr; }
  void hand_over(Nanos now, uint64_t in_flight, stats::SpscQueue<BoundTick>& queue);
  Nanos next_step() const { return start_ + (static_cast<Nanos>(tick_.step) + 1) * kBlockStep; }

  // ---- from the loop ----
  void on_turn(Nanos busy, Nanos wall) {
    tick_.busy += busy;
    tick_.wall += wall;
    if (busy > tick_.loop_gap) tick_.loop_gap = busy;
  }

  // ---- in the life of a request ----
  void on_scheduled(Exchange& exchange);
  void on_shed(const Exchange& exchange) { tick_.shed += exchange.stage_slot == slot_; }
  void on_sent(const Exchange& exchange) {
    if (judges(exchange)) tick_.lags.record(exchange.outcome.sched_lag);
  }
  // Instants of the outcome may have been reached.
  void on_progress(Exchange& exchange) {
    if (judges(exchange)) count_instants(exchange);
  }
  void on_end(Exchange& exchange, bool meets_slo);

 private:
  bool judges(const Exchange& exchange) const {
    return exchange.judged && exchange.stage_slot == slot_ && judgement_ != nullptr;
  }
  bool applies(const Bound& bound, const Exchange& exchange) const {
    return bound.scenario < 0 || static_cast<uint32_t>(bound.scenario) == exchange.outcome.scenario;
  }
  void count_instants(Exchange& exchange);
  void count_value(Exchange& exchange, unsigned b, Nanos value);

  const Judgement* judgement_ = nullptr;
  uint8_t slot_ = 0;
  Nanos start_ = 0, from_ = 0, until_ = 0;
  Nanos gap_limit_ = kNever;
  BoundTick tick_;
};

}  // namespace ringload::engine
