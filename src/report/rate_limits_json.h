// What answers said of rate limits, as it stands in summaries: null where they said nothing.
#pragma once
#include "report/json_in.h"
#include "report/json_out.h"
#include "ringload/rate_limits.h"

namespace ringload::report {

void write_rate_limits(JsonOut& out, const RateLimits& limits);
RateLimits read_rate_limits(JsonValue json);

}  // namespace ringload::report
