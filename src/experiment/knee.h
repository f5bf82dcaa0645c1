// Runs a search for the knee over a session: asks the search for blocks, judges what spoiled them, keeps the record.
#pragma once
#include <cstdint>
#include <functional>

#include "experiment/knee_report.h"
#include "experiment/knee_search.h"
#include "ringload/run.h"

namespace ringload::experiment {

struct KneeRun {
  KneeOptions search;
  Arrival arrival = Arrival::poisson;
  int64_t time_limit_ns = 160'000'000'000;
  int target_pid = 0;                        // of a local target; 0: none is known
  uint64_t most_requests = UINT64_MAX;       // of the whole search, what the budget pays for
  ResumedSteps resumed;                      // of an earlier search
  std::function<void(const KneeStep&)> on_step;  // may be empty
};

// Fills steps, ends, readings, answer and times of `report`. True: it was ended by most_requests.
bool search_knee(Session& session, const KneeRun& run, KneeReport& report);

// What spoiled a block, if anything did. `bound_ns`: the longest latency bound, 0 when there is none. Late sends of a
// shard that had time are somebody else's doing; late sends of a busy one are its own limit.
Spoiled spoiled_by(const BlockCounts& counts, const Disturbance::Reading& reading, int64_t bound_ns);

}  // namespace ringload::experiment
