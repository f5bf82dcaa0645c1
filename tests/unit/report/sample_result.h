// Results made by hand, with figures that one can check by eye.
#pragma once
#include <initializer_list>
#include <utility>

#include "ringload/result.h"

namespace ringload::report {

// n samples whose distribution is linear between the given (share, µs) points; the first is at 0, the last at 1.
Samples samples_through(uint64_t n, std::initializer_list<std::pair<double, int64_t>> points);

// One open stage of two streamed scenarios, three thresholds of which one fails.
RunResult open_result();
// Three closed stages of one unstreamed scenario; no thresholds, verdict not judged; the last stage was stopped.
RunResult closed_result();
// As written before the load: the plan and no samples.
RunResult empty_result();

}  // namespace ringload::report
