// A row of figures from what the shards recorded.
#pragma once
#include <cstdint>

#include "ringload/result.h"
#include "stats/recorder.h"

namespace ringload::report {

// Of one scenario. Label, share, plan, SLO, cost and intervals are the caller's to set; in_flight is by Little's law.
Stat stat_from(const stats::ScenarioRecord& record, double window_s);
// Of row `scenario` of the merged recorder.
Stat stat_from(const stats::Recorder& merged, uint32_t scenario, double window_s);
// Of all its rows.
Stat total_from(const stats::Recorder& merged, double window_s);
// Warm-up included; resent, preflight and abandoned are the caller's to set.
Conservation conservation_from(const stats::Recorder& merged);

}  // namespace ringload::report
