// A ring of equal receive buffers that the kernel picks from (IORING_REGISTER_PBUF_RING). Each buffer is followed by
// kSlack readable bytes, so that a parser may load past its end.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "io/ring.h"

namespace ringload::io {

class BufferRing {
 public:
  static constexpr unsigned kSlack = 64;

  // `count` is a power of two, at most 32768; `group` names it in submissions.
  static std::expected<std::unique_ptr<BufferRing>, std::string> create(Ring& ring, uint16_t group, unsigned count,
                                                                        unsigned size);
  ~BufferRing();
  BufferRing(const BufferRing&) = delete;
  BufferRing& operator=(const BufferRing&) = delete;

  // The bytes of a completion that carries buffer `id`.
  std::span<char> at(uint16_t id, unsigned bytes);
  // Returns a buffer; the kernel sees it at the next publish().
  void recycle(uint16_t id);
  void publish();

  uint16_t group() const { return group_; }
  unsigned count() const { return count_; }
  unsigned size() const { return size_; }
  unsigned out() const { return out_; }            // handed to us and not yet recycled
  unsigned out_peak() const { return out_peak_; }

 private:
  BufferRing() = default;
  Ring* ring_ = nullptr;
  io_uring_buf_ring* shared_ = nullptr;
  char* memory_ = nullptr;
  size_t mapped_ = 0;
  uint16_t group_ = 0;
  unsigned count_ = 0;
  unsigned size_ = 0;
  uint16_t tail_ = 0;
  unsigned out_ = 0;
  unsigned out_peak_ = 0;
};

}  // namespace ringload::io
