// Where a shard's requests of one stage are recorded. A shard has a few slots; an exchange carries the number of its
// stage's, so stages can overlap while one drains.
#pragma once
#include <cstdint>

#include "engine/stage_plan.h"
#include "stats/recorder.h"

namespace ringload::engine {

inline constexpr unsigned kStageSlots = 4;

struct StageRecording {
  explicit StageRecording(uint32_t scenarios) : recorder(scenarios) {}

  const StagePlan* plan = nullptr;  // null: the slot is free
  stats::Recorder recorder;
  uint64_t steady_scheduled = 0;
  uint64_t warmup_scheduled = 0;
  uint64_t abandoned = 0;        // turns that a failed or truncated predecessor left
  uint64_t reply_truncated = 0;
  Nanos last_end = 0;            // of a request of this stage

  void clear() {
    recorder.clear();
    plan = nullptr;
    steady_scheduled = warmup_scheduled = abandoned = reply_truncated = 0;
    last_end = 0;
  }
};

}  // namespace ringload::engine
