// A threshold's figure while its stage runs, from what the shards hand over every second: for --abort-on.
#pragma once
#include <optional>

#include "ringload/threshold.h"
#include "stats/coarse.h"

namespace ringload::engine {

// Percentiles of latency, service, TTFB and TTFT, the error rate, and rates per second.
bool knows_so_far(const Threshold& threshold);
// In the threshold's unit; infinite when the rank lies among the censored. seconds: how long `tick` has been added up.
// Absent without samples.
std::optional<double> figure_so_far(const stats::CoarseTick& tick, const Threshold& threshold, double seconds);

}  // namespace ringload::engine
