// Exit codes, and which of several applies.
#pragma once
#include "ringload/result.h"

namespace ringload::cli {

inline constexpr int kPassed = 0;
inline constexpr int kFailed = 1;            // a threshold, or a regression
inline constexpr int kUsage = 2;             // usage, profile or plan; unwritable output
inline constexpr int kGeneratorLimited = 3;
inline constexpr int kNothingMeasured = 4;   // preflight failed, target unreachable, every request failed
inline constexpr int kBudget = 5;

EndedBy ended_by_signal(int signal);
// `signal`: the first that came, or 0. 2 is decided elsewhere; then the signal, 4, 3, 5, 1.
int exit_code_of(const RunResult& result, int signal, bool allow_invalid);

}  // namespace ringload::cli
