// Blocks: open stages that follow each other without a pause, where the next rate is decided while requests of the
// present one are still in flight. What such decisions rest on are exact counts, kept by the shards for each bound.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ringload/profile.h"

namespace ringload {

// What makes a request (for ITL: a gap between tokens) bad.
struct Bound {
  enum class Figure : uint8_t {
    latency, service, ttfb, ttft, ttfot,  // a duration, known when that instant comes; above the limit is bad
    tpot,                                 // mean time per token, known at the end
    itl,                                  // each gap by itself
    failed,                               // the target's failures; no limit
    missed_slo,                           // the scenario's `slo` not met; no limit
  };
  Figure figure = Figure::latency;
  int32_t scenario = -1;                  // only of this one; −1: of all
  int64_t limit_ns = 0;                   // as latency if it is a duration
  bool operator==(const Bound&) const = default;
};
inline constexpr unsigned kMaxBounds = 8;

// By one bound, of the requests that a block's window intended.
struct BoundCount {
  uint64_t judged = 0;    // requests (gaps) whose fate by this bound is known
  uint64_t bad = 0;
  uint64_t valued = 0;    // those that have a value at all: a failed request has no TTFT
  double sum_ms = 0;      // … and its sum
  double max_ms = 0;
  double min_ms = 0;
  double mean_ms() const { return valued == 0 ? 0 : sum_ms / static_cast<double>(valued); }
};

inline constexpr int64_t kBlockStep = 100'000'000;  // every part of a block is a multiple of this, ns

// A rate, for: settling, unjudged; the judged window; a tail, so that what the window intended is decided; and one step
// in which the next rate is decided.
struct LoadBlock {
  double rate = 0;               // requests per second, > 0
  int64_t settle_ns = 0, window_ns = 0, tail_ns = 0;  // multiples of kBlockStep
  // By bound: with more bad requests than that the block's fate is sealed, and it ends early. Absent: no end by that.
  std::vector<uint64_t> most_bad;
  int64_t duration_ns() const { return settle_ns + window_ns + tail_ns + kBlockStep; }
};

struct BlockCounts {
  LoadBlock block;
  uint32_t number = 0;           // of its stage, from 1
  uint64_t sent = 0;             // intended in the window
  uint64_t answered = 0;         // of whatever block, whose response ended while the window lasted
  uint64_t shed = 0;             // max_in_flight was reached
  uint64_t requests = 0;         // brought up by the whole block, settling and tail included
  std::vector<BoundCount> bounds;
  uint64_t in_flight_begin = 0, in_flight_end = 0;  // at the window's two ends
  double in_flight_mean = 0, in_flight_variance = 0;
  bool ended_early = false;
  bool recovered = true;         // after an early end in-flight came back to its level within 10 s
  // Of requests that ended since the block began; to a fifth of the value. 0: none ended.
  int64_t p50_ns = 0, p90_ns = 0, p99_ns = 0, ttfb_p50_ns = 0;
  // The generator's own.
  int64_t lag_p99_ns = 0;        // of the window's requests
  int64_t loop_gap_ns = 0;       // the longest time for which a shard did not look
  double busiest_shard = 0;      // share of time
  uint64_t gen_errors = 0;       // without shed
  int64_t elapsed_ns = 0;        // from the block's begin until the next can begin
};

// Given what the last block found (null at first): the next one, or none to end.
using NextBlock = std::function<std::optional<LoadBlock>(const BlockCounts* last)>;

// Of a block whose last request has ended: exact percentiles of its good requests' latency, its tail included. −1: none.
struct BlockEnd {
  uint32_t number = 0;
  int64_t p50_us = -1, p99_us = -1;
};

struct BlockRun {
  std::vector<Bound> bounds;     // at most kMaxBounds
  Arrival arrival = Arrival::poisson;
  uint32_t first_number = 1;     // of the first block's stage
  NextBlock next;                // on the caller's thread, as is
  std::function<void(const BlockEnd&)> on_ended;
};

}  // namespace ringload
