#include "stats/batches.h"

#include <algorithm>

#include "base/assert.h"

namespace ringload::stats {

BatchSeries::BatchSeries(uint32_t max_cells) : max_cells_(max_cells) {
  RINGLOAD_ASSERT(max_cells >= 2 * kBatches && max_cells % 2 == 0);
}

void BatchSeries::add(uint32_t second, const CoarseHistogram& samples) {
  while (second / cell_seconds_ >= max_cells_) {
    if (cells_.size() % 2 != 0) cells_.emplace_back();
    for (size_t i = 0; i < cells_.size(); i += 2) {
      cells_[i].add(cells_[i + 1]);
      if (i != 0) cells_[i / 2] = cells_[i];
    }
    cells_.resize(cells_.size() / 2);
    cell_seconds_ *= 2;
  }
  const uint32_t cell = second / cell_seconds_;
  if (cell >= cells_.size()) cells_.resize(cell + 1);
  cells_[cell].add(samples);
}

uint32_t BatchSeries::batch_of(size_t cell, uint32_t window_seconds) const {
  const double middle = (static_cast<double>(cell) + 0.5) * cell_seconds_;
  return static_cast<uint32_t>(std::min<size_t>(static_cast<size_t>(middle * kBatches / window_seconds), kBatches - 1));
}

CoarseHistogram BatchSeries::batch(uint32_t which, uint32_t window_seconds) const {
  CoarseHistogram samples;
  if (window_seconds < kBatches) return samples;
  for (size_t i = 0; i < cells_.size(); ++i)
    if (batch_of(i, window_seconds) == which) samples.add(cells_[i]);
  return samples;
}

std::optional<std::array<double, kBatches>> BatchSeries::shares_above(int64_t value, uint32_t window_seconds) const {
  if (window_seconds < kBatches) return std::nullopt;
  std::array<double, kBatches> above{}, all{};
  for (size_t i = 0; i < cells_.size(); ++i) {
    const uint32_t batch = batch_of(i, window_seconds);
    const auto samples = static_cast<double>(cells_[i].total() + cells_[i].censored());
    above[batch] += cells_[i].share_above(value) * samples;
    all[batch] += samples;
  }
  for (size_t i = 0; i < kBatches; ++i) {
    if (all[i] == 0) return std::nullopt;
    above[i] /= all[i];
  }
  return above;
}

}  // namespace ringload::stats
