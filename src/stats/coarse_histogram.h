// A small histogram for what is handed over every second: buckets at most 1.6 % wide, so that a bucket's middle is
// within 0.8 % of every value in it; 0 … 1 h in µs, 7 KB. Plain memory: it can be copied as bytes.
#pragma once
#include <bit>
#include <cstdint>
#include <optional>

namespace ringload::stats {

class CoarseHistogram {
 public:
  static constexpr int64_t kMaxValue = 3'600'000'000;
  static constexpr uint32_t kCounts = 27 * 64;  // 26 octaves above the first 64 exact values

  // Values outside 0 … kMaxValue are recorded as the nearer end.
  void record(int64_t value) {
    value = value < 0 ? 0 : value > kMaxValue ? kMaxValue : value;
    const uint32_t index = index_of(value);
    ++counts_[index];
    ++total_;
    low_ = index < low_ ? index : low_;
    end_ = index >= end_ ? index + 1 : end_;
  }
  // A sample at +infinity: beyond every value, and in every share.
  void record_censored() { ++censored_; }

  uint64_t total() const { return total_; }  // without the censored ones
  uint64_t censored() const { return censored_; }
  bool empty() const { return total_ + censored_ == 0; }

  // The middle of the bucket that holds the sample of rank ⌈percentile/100 × n⌉, n being total() + censored(). Absent
  // when that is a censored one, or when there are no samples.
  std::optional<int64_t> value_at_percentile(double percentile) const;
  // Samples above the value as a share of all, 0 … 1; in the value's own bucket they are taken to be spread evenly.
  // 0 without samples.
  double share_above(int64_t value) const;

  void add(const CoarseHistogram& other);  // counts that would overflow 32 bits stay at their maximum
  void reset();                            // costs what was touched since the last one

 private:
  static constexpr uint32_t index_of(int64_t value) {
    const auto v = static_cast<uint64_t>(value);
    const unsigned octave = static_cast<unsigned>(std::bit_width(v | 127)) - 7;
    return octave * 64 + static_cast<uint32_t>(v >> octave);
  }
  static constexpr unsigned octave_at(uint32_t index) { return index < 128 ? 0 : index / 64 - 1; }
  static constexpr int64_t lowest_at(uint32_t index) {
    const unsigned octave = octave_at(index);
    return static_cast<int64_t>(index - octave * 64) << octave;
  }
  static constexpr int64_t width_at(uint32_t index) { return int64_t{1} << octave_at(index); }

  uint64_t total_ = 0;
  uint64_t censored_ = 0;
  uint32_t low_ = kCounts;  // counts outside [low_, end_) are 0
  uint32_t end_ = 0;
  uint32_t counts_[kCounts] = {};
};

}  // namespace ringload::stats
