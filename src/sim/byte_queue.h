// Bytes on their way to a reader, oldest first.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "base/assert.h"

namespace ringload::sim {

class ByteQueue {
 public:
  size_t size() const { return bytes_.size() - head_; }
  const char* data() const { return bytes_.data() + head_; }

  void append(const char* from, size_t count) {
    if (head_ > 0 && head_ >= size()) {  // moving less than was read since the last time: amortised O(1)
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    bytes_.insert(bytes_.end(), from, from + count);
  }
  void drop_front(size_t count) {
    RINGLOAD_ASSERT(count <= size());
    head_ += count;
    if (head_ == bytes_.size()) {
      bytes_.clear();
      head_ = 0;
    }
  }
  void keep_front(size_t count) {
    RINGLOAD_ASSERT(count <= size());
    bytes_.resize(head_ + count);
  }
  // Empty, its memory given back.
  void reset() {
    bytes_ = {};
    head_ = 0;
  }

 private:
  std::vector<char> bytes_;
  size_t head_ = 0;
};

}  // namespace ringload::sim
