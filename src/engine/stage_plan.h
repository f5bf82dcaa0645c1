// One stage as every shard gets it: immutable, made by the session before the stage starts.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "load/schedule.h"
#include "ringload/profile.h"

namespace ringload::engine {

// A VU of a closed stage: what it does and when. Instants are on the run's clock.
struct VirtualUserPlan {
  uint32_t number = 0;    // over all shards, from 0: the lane of its conversations' identities
  uint32_t scenario = 0;
  Nanos from = 0;         // begins its first conversation
  Nanos until = kNever;   // begins nothing from here on
};

struct Judgement;

struct StagePlan {
  uint32_t number = 1;              // as reported, from 1
  const Stage* stage = nullptr;
  Nanos start = 0;
  Nanos warmup_end = 0;             // requests intended before are warm-up
  Nanos end = 0;                    // nothing new is intended from here on
  uint64_t max_steady_requests = 0; // of this shard; 0: no bound
  std::vector<VirtualUserPlan> vus; // of this shard
  const load::OpenSchedule* schedule = nullptr;  // of an open stage; outlives it
  Nanos bin_ns = 0;                 // width of the bins that intended starts are counted in; 0: not counted
  const Judgement* judgement = nullptr;  // of a block; outlives it
  bool preflight = false;           // one turn each, recorded nowhere but in its own result

  bool is_warmup(Nanos intended) const { return intended < warmup_end; }
  bool in_window(Nanos instant) const { return instant >= warmup_end && instant < end; }
  // How much of the time between two instants lies in the window.
  Nanos within_window(Nanos from, Nanos to) const {
    return std::max<Nanos>(0, std::min(to, end) - std::max(from, warmup_end));
  }
};

}  // namespace ringload::engine
