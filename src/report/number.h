// Numbers as reports print them. "Exact" is for machines: the same input gives the same bytes everywhere.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace ringload::report {

// ---- for readers ----

std::string count_text(uint64_t value);              // 1,234,567
// Milliseconds to three digits, whole ms from 100 on: 0.045, 1.23, 12.3, 123, 1,234.
std::string ms_text(int64_t us);
// `us` with as many decimals as ms_text gives `value_us`: for what stands behind it.
std::string ms_text_like(int64_t us, int64_t value_us);
// Without decimals where it is whole: 1,400 · 1,399.2 · 0.25.
std::string rate_text(double value);
// With one decimal always, two below 10: what was measured, as opposed to planned. 1,399.2
std::string measured_text(double value);
// A share as a percentage with `decimals`. Never rounds up to 100 nor down to 0 what is not: 99.999 % prints 99.99.
std::string percent_text(double share, int decimals);
// At most three significant digits, no trailing zeros: 0.06, 0.5, 1.25, 288, 1,132.
std::string short_text(double value);
// 250ms, 1.5s, 70s; beyond two minutes 2m30s, 1h30m.
std::string duration_text(double seconds);
// 512 B, 1.5 KiB, 2.0 GiB
std::string bytes_text(uint64_t bytes);

// ---- for machines ----

// Microseconds as milliseconds with three decimals: 1.234.
std::string ms_exact(int64_t us);
// Microseconds as seconds with six decimals.
std::string seconds_exact(int64_t us);
// At most `decimals` decimals, trailing zeros dropped, "0" for -0; value must be finite.
std::string decimal_exact(double value, int decimals = 6);
// The shortest text that reads back as the same double.
std::string shortest_exact(double value);
// 2026-11-22T19:35:59.123Z
std::string rfc3339(int64_t unix_ms);
// 20261122T193559Z, as in file names.
std::string file_stamp(int64_t unix_ms);

}  // namespace ringload::report
