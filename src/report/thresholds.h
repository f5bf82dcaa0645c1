// Judges a result by its thresholds.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ringload/result.h"
#include "ringload/threshold.h"

namespace ringload::report {

// The figure that a threshold names, in its unit (ms, share, per second). Absent without samples, and when its rank
// lies among the censored.
std::optional<double> threshold_value(const Stat& stat, const Threshold& threshold);
bool holds(const Threshold& threshold, double value);

// One result for each threshold and stage that it judges: of several stages all that have a steady window. One without
// a stage or scenario to judge fails with "no data".
std::vector<ThresholdResult> evaluate(const RunResult& result, std::span<const Threshold> thresholds);

// Fills thresholds, thresholds_off, pass of the run and of every row that was judged.
void judge(RunResult& result, std::span<const Threshold> thresholds);

// Judges the rows of `result.thresholds` again, after its figures changed (a merge).
void judge_again(RunResult& result);

}  // namespace ringload::report
