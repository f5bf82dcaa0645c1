// Where a shard's requests of one stage are recorded. A shard has a few slots; an exchange carries the number of its
// stage's, so stages can overlap while one drains.
#pragma once
#include <array>
#include <cstdint>

#include "engine/exchange.h"
#include "engine/stage_plan.h"
#include "stats/recorder.h"

namespace ringload::engine {

inline constexpr unsigned kStageSlots = 4;
// Of exchanges that were still open when their stage's slot was needed: their ends go to the turn log only.
inline constexpr uint8_t kClosedSlot = kStageSlots;
inline constexpr unsigned kIntendedBins = 4096;  // of an open stage's duration

struct StageRecording {
  StageRecording(uint32_t scenarios, uint32_t segments) : recorder(scenarios), segments(segments) {}

  const StagePlan* plan = nullptr;  // null: the slot is free
  stats::Recorder recorder;
  stats::Recorder segments;      // the same by prompt size: a row for each of the workload's segments, often none
  uint64_t steady_scheduled = 0;
  uint64_t warmup_scheduled = 0;
  uint64_t abandoned = 0;        // turns that a failed or truncated predecessor left
  uint64_t reply_truncated = 0;
  Nanos last_end = 0;            // of a request of this stage
  // Of the loop while this was the present stage: wall time, and what of it was not spent waiting with nothing to do.
  Nanos busy = 0, wall = 0;
  Nanos second_busy = 0, second_wall = 0;  // since the last tick
  uint32_t seconds = 0, seconds_above_95 = 0;
  // Open stages: what the schedule asked for, and what became of it.
  uint64_t starts = 0;           // conversations that were due and begun or shed
  uint64_t starts_in_time = 0;   // … before the stage's end
  uint64_t sent_first = 0;       // requests sent for the first time
  uint64_t sent_in_wrong_bin = 0;  // … in another 10 ms bin than intended
  std::array<uint32_t, kIntendedBins> intended_bins{};  // starts by intended instant, for the schedule's own audit

  // For the recorder whose rows are prompt sizes.
  static Outcome by_segment(const Exchange& exchange) {
    Outcome outcome = exchange.outcome;
    outcome.scenario = exchange.segment;
    return outcome;
  }
  // A request of whatever stage has ended: what of it lies in this one's window. Rates and what is in flight do not ask
  // which stage intended it.
  void count_in_window(const Exchange& exchange, Nanos at, bool meets_slo) {
    count_open_until(exchange, at);
    if (!plan->in_window(at)) return;
    recorder.count_end_in_window(exchange.outcome, meets_slo);
    if (exchange.segment != kNoSegment) segments.count_end_in_window(by_segment(exchange), meets_slo);
  }
  void count_open_until(const Exchange& exchange, Nanos at) {
    const Nanos open = plan->within_window(exchange.outcome.intended, at);
    recorder.count_open_in_window(exchange.outcome.scenario, open);
    if (exchange.segment != kNoSegment) segments.count_open_in_window(exchange.segment, open);
  }
  void record_gap(const Exchange& exchange, Nanos gap) {
    recorder.record_gap(exchange.outcome.scenario, gap);
    if (exchange.segment != kNoSegment) segments.record_gap(exchange.segment, gap);
  }
  void record_coalesced(const Exchange& exchange, uint32_t n) {
    recorder.record_coalesced(exchange.outcome.scenario, n);
    if (exchange.segment != kNoSegment) segments.record_coalesced(exchange.segment, n);
  }

  void clear() {
    recorder.clear();
    segments.clear();
    plan = nullptr;
    steady_scheduled = warmup_scheduled = abandoned = reply_truncated = 0;
    last_end = 0;
    busy = wall = second_busy = second_wall = 0;
    seconds = seconds_above_95 = 0;
    starts = starts_in_time = sent_first = sent_in_wrong_bin = 0;
    intended_bins.fill(0);
  }
};

}  // namespace ringload::engine
