// Finds the bytes that end a stretch of text: control bytes but the tab, so line ends above all.
#pragma once
#include <cstdint>

#include "codec/bytes16.h"
#include "codec/char_class.h"

namespace ringload::codec {

// Goes through [at, end) by blocks of 64 bytes, each turned into one bit a byte before anybody asks where a line ends:
// what is done for a line then does not wait for the line before it.
class TextStops {
 public:
  TextStops(const char* at, const char* end) : begin_(at), block_(at), end_(end) { read_block(); }

  // The next byte that is_text() refuses, each once and in order; `end` when there is none.
  const char* next() {
    while (bits_ == 0) {
      if (end_ - block_ <= 64) return end_;
      block_ += 64;
      read_block();
    }
    const char* const stop = block_ + __builtin_ctzll(bits_);
    bits_ &= bits_ - 1;
    return stop;
  }

 private:
  static uint64_t stops(const char* at) {
    const Bytes16 bytes = load16(at);
    return bits_of(((bytes < 0x20) & (bytes != '\t')) | (bytes == 0x7f));
  }

  void read_block() {
    if (end_ - block_ >= 64) {
      bits_ = stops(block_) | stops(block_ + 16) << 16 | stops(block_ + 32) << 32 | stops(block_ + 48) << 48;
      return;
    }
    bits_ = 0;
    const char* at = block_;
    for (; end_ - at >= 16; at += 16) bits_ |= stops(at) << (at - block_);
    if (end_ - begin_ >= 16) {
      // The last sixteen bytes, without those that were looked at before.
      bits_ |= stops(end_ - 16) >> (16 - (end_ - at)) << (at - block_);
    } else {
      for (; at != end_; ++at) bits_ |= uint64_t{!is_text(*at)} << (at - block_);
    }
  }

  const char* begin_;
  const char* block_;
  const char* end_;
  uint64_t bits_;  // bit i: block_[i] is a stop that has not been given out
};

}  // namespace ringload::codec
