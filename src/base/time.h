// Instants and durations: signed 64-bit nanoseconds of CLOCK_MONOTONIC (real or simulated).
#pragma once
#include <cstdint>

namespace ringload {

using Nanos = int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;
// "Not yet" for an instant; later than every real one.
inline constexpr Nanos kNever = INT64_MAX;

}  // namespace ringload
