// How a result is put into words: shared by the text, Markdown and HTML reports.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/style.h"
#include "ringload/result.h"

namespace ringload::report {

// "2,000/s", "64 VUs", "1–100 VUs".
std::string level_text(const Style& style, const StageResult& stage);
// Of one scenario's row: its part of the level, the stage's when it is alone.
std::string row_level_text(const Style& style, const StageResult& stage, const Stat& row);
// "open loop 2,000/s poisson", "closed loop 64 VUs".
std::string stage_text(const Style& style, const StageResult& stage);
// How long it was meant to be: "30s", "500 requests", "500 requests or 30s".
std::string length_text(const StageResult& stage);
// The parts of the first line: command, models and targets, load, time.
std::vector<std::string> headline(const Style& style, const RunResult& result);

// What a percentile shows: ms to three digits, ">120s" among the censored, "–" without samples.
std::string percentile_text(const Style& style, const Samples& samples, double percentile, double timeout_s);
// Half of the percentile's interval, as precise as its value: "21", "∞" when open above; empty when there is none.
std::string interval_text(const Style& style, const Samples& samples, double percentile);
// "–" when absent.
std::string optional_percent(const Style& style, std::optional<double> share, int decimals);
std::string optional_rate(const Style& style, std::optional<double> rate);

// A threshold's value or limit in its own unit, without it: 288, 0.06; and the unit: "ms", "%", "/s", "".
std::string threshold_number(const ThresholdResult& threshold, double value);
std::string_view threshold_unit(const ThresholdResult& threshold);
// "stage2:rag:ttft_p95": what is judged.
std::string threshold_name(const ThresholdResult& threshold);
// The relation that holds between value and limit: of a failed "<=" it is ">".
std::string_view relation(const Style& style, const ThresholdResult& threshold);
// "288 ≤ 500", or the note when there is no value.
std::string threshold_finding(const Style& style, const ThresholdResult& threshold);
// "stage2:ttft_p95 288 ≤ 500 ms".
std::string threshold_text(const Style& style, const ThresholdResult& threshold);

// "429 rate_limited 41 (rag 38)", most frequent first. `rows` are the scenarios' own; the owner of three quarters of a
// class is named when there are several.
std::vector<std::string> error_list(const Style& style, const Stat& total, const std::vector<const Stat*>& rows);

// "requests 12 of 10,000 left at the lowest, whole again in 6s", "retry-after 41 times, 20ms to 6s"; empty when no
// answer told of limits.
std::vector<std::string> rate_limit_list(const RateLimits& limits);
// Whether somebody must know: answers asked to be left alone, or less than a tenth was left of something.
bool rate_limits_are_near(const RateLimits& limits);

// "VALID: these figures are the target's, not the generator's".
std::string verdict_text(const GeneratorHealth& health);
// "sched_lag_p99 412 us, limit 300: …".
std::string reason_text(const HealthReason& reason);
// Why the result is not of the whole plan: "stopped by SIGINT"; empty when it is.
std::string ending_text(const RunResult& result);

// What a reader must know: the result's notes and those that follow from it (closed loop, clamped values, no window).
std::vector<std::string> all_notes(const RunResult& result);

}  // namespace ringload::report
