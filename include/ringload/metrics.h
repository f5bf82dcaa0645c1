// Histograms of durations as HdrHistogram lays them out: 3 significant digits from 1 µs to 1 h, 64-bit counts. One
// writer each and no locks; several are merged without loss. They are written in HdrHistogram's own V2 format, so that
// its tools read them.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ringload {

// Zeroed 64-bit counts, taken from the system at once; pages that are never touched cost no memory.
class CountBlock {
 public:
  CountBlock() = default;
  explicit CountBlock(size_t counts);  // throws std::bad_alloc
  CountBlock(CountBlock&& other) noexcept
      : counts_(std::exchange(other.counts_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  CountBlock& operator=(CountBlock&& other) noexcept {
    std::swap(counts_, other.counts_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~CountBlock();

  uint64_t* data() const { return counts_; }
  size_t size() const { return size_; }

 private:
  uint64_t* counts_ = nullptr;
  size_t size_ = 0;
};

// Values are µs, unless the owner says something else.
class Histogram {
 public:
  static constexpr int64_t kMaxValue = 3'600'000'000;  // 1 h
  static constexpr unsigned kDigits = 3;
  static constexpr uint32_t kCounts = 23 * 1024;  // 22 octaves above the first 1,024 exact values

  Histogram() : own_(kCounts), counts_(own_.data()) {}
  // On kCounts zeroed counts that somebody else owns and that stay where they are.
  explicit Histogram(uint64_t* zeroed_counts) : counts_(zeroed_counts) {}

  Histogram(const Histogram& other) : Histogram() { add(other); }
  Histogram& operator=(const Histogram& other);  // keeps its own memory
  // The source of a move may only be destroyed or assigned a moved one.
  Histogram(Histogram&& other) noexcept { swap(other); }
  Histogram& operator=(Histogram&& other) noexcept {
    swap(other);
    return *this;
  }

  // Values above kMaxValue are recorded as kMaxValue, negative ones as 0; both are counted in clamped().
  void record(int64_t value) { record_n(value, 1); }
  void record_n(int64_t value, uint64_t n) {
    if (static_cast<uint64_t>(value) > static_cast<uint64_t>(kMaxValue)) [[unlikely]] {
      clamped_ += n;
      value = value < 0 ? 0 : kMaxValue;
    }
    const uint32_t index = index_of(value);
    counts_[index] += n;
    total_ += n;
    // Of 0 samples nothing is touched but the range, which may then be wider than needed.
    low_ = index < low_ ? index : low_;
    end_ = index >= end_ ? index + 1 : end_;
  }

  uint64_t total() const { return total_; }
  bool empty() const { return total_ == 0; }
  uint64_t clamped() const { return clamped_; }

  // As HdrHistogram computes them: the lowest value equivalent to the smallest sample, the highest one equivalent to
  // the largest, the mean of the buckets' middles. 0 without samples.
  int64_t min() const;
  int64_t max() const;
  double mean() const;

  // The highest value equivalent to that of rank ⌈percentile/100 × total⌉ (at least 1): at least that share of the
  // samples is no greater. percentile is 0 … 100; 0 gives min(). 0 without samples.
  int64_t value_at_percentile(double percentile) const;
  // The same when n_censored more samples lie at +infinity: absent when the rank falls among those.
  // 0 when there are neither samples nor censored ones.
  std::optional<int64_t> value_at_percentile(double percentile, uint64_t n_censored) const;

  // Samples that are greater than the given value and not equivalent to it.
  uint64_t count_above(int64_t value) const;

  void add(const Histogram& other);  // merge; clamped() too
  void reset();                      // costs what was touched since the last one
  void swap(Histogram& other) noexcept;

  // HdrHistogram V2, zlib-compressed, base64: "HISTF…". clamped() is not part of it.
  std::string encode() const;
  // Takes any V2 compressed payload of 3 significant digits in units of 1 whose values end at 1 h or before.
  static std::expected<Histogram, std::string> decode(std::string_view base64);

  // Calls visit(lowest value, highest value, count) for every bucket that has samples, in ascending order.
  template <class Visit>
  void for_each_bucket(Visit visit) const {
    for (uint32_t index = low_; index < end_; ++index)
      if (counts_[index] != 0) visit(lowest_at(index), highest_at(index), counts_[index]);
  }

  // The smallest and the largest value that cannot be told from this one. value is 0 … kMaxValue.
  static constexpr int64_t lowest_equivalent(int64_t value) { return lowest_at(index_of(value)); }
  static constexpr int64_t highest_equivalent(int64_t value) { return highest_at(index_of(value)); }

  // The same samples, wherever their memory lies.
  friend bool operator==(const Histogram& a, const Histogram& b);

 private:
  // Values below 2,048 have a count each; above, every octave is split into 1,024 equal parts.
  static constexpr uint32_t index_of(int64_t value) {
    const auto v = static_cast<uint64_t>(value);
    const unsigned octave = static_cast<unsigned>(std::bit_width(v | 2047)) - 11;
    return octave * 1024 + static_cast<uint32_t>(v >> octave);
  }
  static constexpr unsigned octave_at(uint32_t index) { return index < 2048 ? 0 : index / 1024 - 1; }
  static constexpr int64_t lowest_at(uint32_t index) {
    const unsigned octave = octave_at(index);
    return static_cast<int64_t>(index - octave * 1024) << octave;
  }
  static constexpr int64_t highest_at(uint32_t index) {
    return lowest_at(index) + (int64_t{1} << octave_at(index)) - 1;
  }

  CountBlock own_;               // empty when the counts are somebody else's
  uint64_t* counts_ = nullptr;
  uint64_t total_ = 0;
  uint64_t clamped_ = 0;
  uint32_t low_ = kCounts;       // counts outside [low_, end_) are 0
  uint32_t end_ = 0;
};

}  // namespace ringload
