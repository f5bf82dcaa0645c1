// What one shard measures in one stage. Single writer, no atomics; handed over whole when the stage is closed, merged,
// cleared and used again. All memory is taken at construction.
#pragma once
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "ringload/metrics.h"
#include "ringload/outcome.h"
#include "stats/scenario_record.h"
#include "stats/tally.h"

namespace ringload::stats {

// Nearest µs of a duration.
constexpr int64_t to_micros(Nanos ns) { return (ns + 500) / 1000; }

// Durations that belong to the shard and its connections rather than to a scenario; µs.
struct ShardRecord {
  Histogram sched_lag;    // of steady requests
  Histogram receive_lag;  // once for each completion
  Histogram connect;      // dns, connect, tls: of steady requests that opened a connection
  Histogram dns;
  Histogram tls;

  void add(const ShardRecord& other);
  void clear();
};

class Recorder {
 public:
  // `scenarios` rows; an Outcome's scenario is the number of its row.
  explicit Recorder(uint32_t scenarios) : scenarios_(scenarios) {}

  // Once for each request that the schedule (or a VU) brought up, before anything else of it is recorded.
  void count_scheduled(uint32_t scenario, bool warmup) { ++tally(scenario, warmup).scheduled; }

  // Once for each request, when its fate is known. Requests of a warm-up are counted and otherwise left out.
  void record(const Outcome& outcome, bool meets_slo);

  // A request that is still open when the record is closed: +infinity wherever it has not got yet. `end` and `error` of
  // the outcome are ignored, instants not reached are −1.
  void record_open(const Outcome& outcome);

  // One gap between two content events of a stream; 0 when they came with one receive. Not for streams of a warm-up.
  void record_gap(uint32_t scenario, Nanos gap) { scenarios_[scenario][Figure::itl].record(to_micros(gap)); }
  // n gaps of 0 at once.
  void record_coalesced(uint32_t scenario, uint32_t n) {
    if (n != 0) scenarios_[scenario][Figure::itl].record_n(0, n);
  }

  // A request of whatever stage or warm-up that ended inside this stage's steady window.
  void count_end_in_window(const Outcome& outcome, bool meets_slo);

  // For how long a request, of whatever stage, was open within this stage's steady window.
  void count_open_in_window(uint32_t scenario, Nanos open) {
    scenarios_[scenario].window.open_ns += static_cast<uint64_t>(open);
  }

  // The time since the previous reap, once for the `completions` that this one brought.
  void record_receive_lag(Nanos lag, uint64_t completions) {
    if (completions != 0) shard_.receive_lag.record_n(to_micros(lag), completions);
  }

  // Where a steady request's answers tell of the target's limits.
  RateLimits& rate_limits(uint32_t scenario) { return scenarios_[scenario].rate_limits; }

  uint32_t scenarios() const { return static_cast<uint32_t>(scenarios_.size()); }
  const ScenarioRecord& scenario(uint32_t index) const { return scenarios_[index]; }
  const ShardRecord& shard() const { return shard_; }
  Tally steady() const;        // of all scenarios
  Tally warmup() const;
  Tally conservation() const { return steady() + warmup(); }

  void merge(const Recorder& other);  // of the same number of scenarios
  void clear();

 private:
  Tally& tally(uint32_t scenario, bool warmup) {
    return warmup ? scenarios_[scenario].warmup : scenarios_[scenario].steady;
  }

  std::vector<ScenarioRecord> scenarios_;
  ShardRecord shard_;
};

}  // namespace ringload::stats
