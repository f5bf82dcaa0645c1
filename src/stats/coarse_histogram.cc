#include "stats/coarse_histogram.h"

#include <algorithm>
#include <limits>

#include "stats/rank_of.h"

namespace ringload::stats {

std::optional<int64_t> CoarseHistogram::value_at_percentile(double percentile) const {
  if (empty()) return std::nullopt;
  const uint64_t rank = rank_of(percentile, total_ + censored_);
  uint64_t seen = 0;
  for (uint32_t index = low_; index < end_; ++index) {
    seen += counts_[index];
    if (seen >= rank) return lowest_at(index) + width_at(index) / 2;
  }
  return std::nullopt;
}

double CoarseHistogram::share_above(int64_t value) const {
  if (empty()) return 0;
  value = std::clamp<int64_t>(value, -1, kMaxValue);
  const uint32_t own = value < 0 ? 0 : index_of(value);
  double above = static_cast<double>(censored_);
  for (uint32_t index = std::max(low_, own); index < end_; ++index) {
    double part = 1;
    if (index == own)
      part = static_cast<double>(lowest_at(own) + width_at(own) - 1 - value) / static_cast<double>(width_at(own));
    above += std::min(part, 1.0) * counts_[index];
  }
  return above / static_cast<double>(total_ + censored_);
}

void CoarseHistogram::add(const CoarseHistogram& other) {
  for (uint32_t index = other.low_; index < other.end_; ++index) {
    const uint64_t sum = uint64_t{counts_[index]} + other.counts_[index];
    counts_[index] = static_cast<uint32_t>(std::min<uint64_t>(sum, std::numeric_limits<uint32_t>::max()));
  }
  total_ += other.total_;
  censored_ += other.censored_;
  low_ = std::min(low_, other.low_);
  end_ = std::max(end_, other.end_);
}

void CoarseHistogram::reset() {
  if (end_ > low_) std::fill(counts_ + low_, counts_ + end_, 0u);
  total_ = censored_ = 0;
  low_ = kCounts;
  end_ = 0;
}

}  // namespace ringload::stats
