// The 95 % confidence interval of a percentile. Successive requests are not independent (a slow second slows many), so
// it comes from how much the tail differs between 10 batches of time, not from counts as if each sample stood alone.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "ringload/metrics.h"
#include "stats/batches.h"

namespace ringload::stats {

struct PercentileInterval {
  int64_t low = 0;             // in the histogram's unit
  std::optional<int64_t> high; // absent: open above
  bool correlated = false;     // the stage is shorter than 1,000 × the figure: the interval is too narrow
};

// Of the given percentile, 0 … 100, of all samples of a stage, n_censored of them at +infinity. `shares_above` are the
// shares of each batch's samples above the percentile's value (BatchSeries). window_us: length of the steady window.
// Absent without samples.
std::optional<PercentileInterval> percentile_interval(const Histogram& pooled, uint64_t n_censored, double percentile,
                                                      const std::array<double, kBatches>& shares_above,
                                                      int64_t window_us);

// The same from a stage's batches; absent when they give no shares. When the percentile itself is infinite its shares
// are those above the histogram's range, that is of the censored samples.
std::optional<PercentileInterval> percentile_interval(const Histogram& pooled, uint64_t n_censored, double percentile,
                                                      const BatchSeries& batches, uint32_t window_seconds);

}  // namespace ringload::stats
