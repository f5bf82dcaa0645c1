// A bounded queue from one thread to one other, without locks; for handing over plain values. All memory is taken at
// construction.
#pragma once
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace ringload::stats {

template <class T>
class SpscQueue {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Holds at least `capacity` values (rounded up to a power of two), 1 … 2^31.
  explicit SpscQueue(uint32_t capacity)
      : mask_(std::bit_ceil(capacity) - 1), slots_(std::make_unique<T[]>(size_t{mask_} + 1)) {}

  // ---- the producer's side ----

  // The slot to fill, unchanged since its last use; nullptr when the queue is full. Published by push().
  T* back() {
    const uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - seen_head_ > mask_) {
      seen_head_ = head_.load(std::memory_order_acquire);
      if (tail - seen_head_ > mask_) return nullptr;
    }
    return &slots_[tail & mask_];
  }
  // Only after back() gave a slot.
  void push() { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
  bool try_push(const T& value) {
    T* slot = back();
    if (slot == nullptr) return false;
    *slot = value;
    push();
    return true;
  }

  // ---- the consumer's side ----

  // The oldest value; nullptr when there is none. Valid until pop().
  const T* front() {
    const uint32_t head = head_.load(std::memory_order_relaxed);
    if (head == seen_tail_) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (head == seen_tail_) return nullptr;
    }
    return &slots_[head & mask_];
  }
  // Only after front() gave a value.
  void pop() { head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
  bool try_pop(T& value) {
    const T* slot = front();
    if (slot == nullptr) return false;
    value = *slot;
    pop();
    return true;
  }

  uint32_t capacity() const { return mask_ + 1; }

 private:
  const uint32_t mask_;
  const std::unique_ptr<T[]> slots_;
  // Each side writes one cache line only.
  alignas(64) std::atomic<uint32_t> tail_{0};
  uint32_t seen_head_ = 0;
  alignas(64) std::atomic<uint32_t> head_{0};
  uint32_t seen_tail_ = 0;
};

}  // namespace ringload::stats
