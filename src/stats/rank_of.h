// The rank of a percentile: one rule for every histogram.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ringload::stats {

// ⌈percentile/100 × n⌉, 1 … n; percentile is 0 … 100, n > 0. The next smaller double keeps 16.1 % of 1,000 at 161,
// where rounding errors would make it 162. So does the Java HdrHistogram; its C and Python ports round to the nearest
// rank instead of up, so that less than the asked-for share may lie below.
inline uint64_t rank_of(double percentile, uint64_t n) {
  const double wanted = std::clamp(std::nextafter(percentile, -std::numeric_limits<double>::infinity()), 0.0, 100.0);
  const auto rank = static_cast<uint64_t>(std::ceil(wanted * static_cast<double>(n) / 100.0));
  return std::clamp<uint64_t>(rank, 1, n);
}

}  // namespace ringload::stats
