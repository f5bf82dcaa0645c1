// What a summary says before anything was measured: the plan, so that a run that is killed leaves what it meant to do.
#pragma once
#include "cli/arguments.h"
#include "ringload/profile.h"
#include "ringload/result.h"

namespace ringload::cli {

// Everything but figures. `command`: "run".
RunResult planned_result(const Arguments& arguments, const Profile& profile, uint64_t seed, int64_t started_unix_ms);
// The result as it stands between two stages: aggregated and judged, later stages as planned, not complete.
RunResult result_so_far(const RunResult& result, const Profile& profile);

}  // namespace ringload::cli
