#include <algorithm>
#include <cstring>

#include "ringload/metrics.h"
#include "stats/rank_of.h"

namespace ringload {

Histogram& Histogram::operator=(const Histogram& other) {
  if (this == &other) return *this;
  if (counts_ == nullptr) {
    own_ = CountBlock(kCounts);
    counts_ = own_.data();
  }
  reset();
  add(other);
  return *this;
}

void Histogram::swap(Histogram& other) noexcept {
  std::swap(own_, other.own_);
  std::swap(counts_, other.counts_);
  std::swap(total_, other.total_);
  std::swap(clamped_, other.clamped_);
  std::swap(low_, other.low_);
  std::swap(end_, other.end_);
}

int64_t Histogram::min() const {
  for (uint32_t index = low_; index < end_; ++index)
    if (counts_[index] != 0) return lowest_at(index);
  return 0;
}

int64_t Histogram::max() const {
  for (uint32_t index = end_; index > low_; --index)
    if (counts_[index - 1] != 0) return highest_at(index - 1);
  return 0;
}

double Histogram::mean() const {
  if (total_ == 0) return 0;
  double sum = 0;
  for (uint32_t index = low_; index < end_; ++index) {
    const int64_t middle = lowest_at(index) + ((int64_t{1} << octave_at(index)) >> 1);
    sum += static_cast<double>(middle) * static_cast<double>(counts_[index]);
  }
  return sum / static_cast<double>(total_);
}

int64_t Histogram::value_at_percentile(double percentile) const {
  return value_at_percentile(percentile, 0).value_or(0);
}

std::optional<int64_t> Histogram::value_at_percentile(double percentile, uint64_t n_censored) const {
  const uint64_t n = total_ + n_censored;
  if (n == 0) return 0;
  const uint64_t rank = stats::rank_of(percentile, n);
  if (rank > total_) return std::nullopt;
  uint64_t seen = 0;
  for (uint32_t index = low_; index < end_; ++index) {
    seen += counts_[index];
    if (seen >= rank) return percentile <= 0 ? lowest_at(index) : highest_at(index);
  }
  return std::nullopt;  // not reached: total_ is the sum of the counts
}

uint64_t Histogram::count_above(int64_t value) const {
  if (value > kMaxValue) return 0;
  const uint32_t first = value < 0 ? 0 : index_of(value) + 1;
  uint64_t above = 0;
  for (uint32_t index = std::max(first, low_); index < end_; ++index) above += counts_[index];
  return above;
}

void Histogram::add(const Histogram& other) {
  for (uint32_t index = other.low_; index < other.end_; ++index) counts_[index] += other.counts_[index];
  total_ += other.total_;
  clamped_ += other.clamped_;
  low_ = std::min(low_, other.low_);
  end_ = std::max(end_, other.end_);
}

void Histogram::reset() {
  if (end_ > low_) std::memset(counts_ + low_, 0, (end_ - low_) * sizeof(uint64_t));
  total_ = 0;
  clamped_ = 0;
  low_ = kCounts;
  end_ = 0;
}

bool operator==(const Histogram& a, const Histogram& b) {
  if (a.total_ != b.total_ || a.clamped_ != b.clamped_) return false;
  const uint32_t low = std::min(a.low_, b.low_), end = std::max(a.end_, b.end_);
  return low >= end || std::memcmp(a.counts_ + low, b.counts_ + low, (end - low) * sizeof(uint64_t)) == 0;
}

}  // namespace ringload
