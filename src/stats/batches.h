// The steady window of a stage in 10 batches of equal length, for the confidence intervals of its percentiles. Bounded
// memory however long the stage is, and no need to know its length beforehand: cells of one second, merged by twos when
// there are too many.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "stats/coarse_histogram.h"

namespace ringload::stats {

inline constexpr uint32_t kBatches = 10;

class BatchSeries {
 public:
  // An even number of cells, at least 20, of 7 KB each, taken as the stage goes on: not for a shard's thread. Long
  // stages have between max_cells / 2 and max_cells of them, so that batches differ by one cell in max_cells / 20.
  explicit BatchSeries(uint32_t max_cells = 8 * kBatches);

  // Samples that ended in the given second of the steady window, from 0; in any order.
  void add(uint32_t second, const CoarseHistogram& samples);

  // The share of samples above `value` in each batch. Absent when the window had fewer than 10 seconds or a batch has
  // no samples. Seconds from `window_seconds` on (the drain) belong to the last batch.
  std::optional<std::array<double, kBatches>> shares_above(int64_t value, uint32_t window_seconds) const;

  // The samples of one batch, `which` < kBatches. Empty when the window had fewer than 10 seconds.
  CoarseHistogram batch(uint32_t which, uint32_t window_seconds) const;

 private:
  uint32_t batch_of(size_t cell, uint32_t window_seconds) const;

  uint32_t max_cells_;
  uint32_t cell_seconds_ = 1;
  std::vector<CoarseHistogram> cells_;
};

}  // namespace ringload::stats
