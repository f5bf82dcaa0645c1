// The results of several hosts that ran the same load at the same time, as one.
#pragma once
#include <expected>
#include <span>
#include <string>

#include "ringload/result.h"

namespace ringload::report {

// Counters and histograms are added, so percentiles are as exact as one host's; rates are over the longest window; the
// verdict is the worst host's; thresholds are judged again. What cannot be merged (intervals, percentiles of a second)
// is left out. Different profiles are an error unless `force`, different stages always.
std::expected<RunResult, std::string> merge_results(std::span<const RunResult> hosts, bool force);

// Adds `from`'s to `into`. `host` names it in reasons.
void merge_health(GeneratorHealth& into, const GeneratorHealth& from, const std::string& host);

}  // namespace ringload::report
