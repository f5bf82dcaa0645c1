// Deadlines of one shard: a hierarchical wheel (Varghese and Lauck, scheme 6/7) of four levels with 256 slots each.
// Adding, moving and removing cost O(1); nothing fires before its instant, and the exact next instant is known.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/intrusive_list.h"
#include "base/time.h"

namespace ringload::io {

struct Timer : ListNode {
  Nanos deadline = kNever;
  uint8_t kind = 0;  // the owner's: what to do when it fires
};

class TimerWheel {
 public:
  static constexpr unsigned kTickShift = 15;  // 32.8 µs; four levels reach 39 hours, later ones wait in the last

  explicit TimerWheel(Nanos now);

  // Arms or moves.
  void set(Timer& timer, Nanos deadline);
  void cancel(Timer& timer);

  // The earliest deadline, or a little before it when that is far away (the caller then asks again); kNever if none.
  Nanos next() const;

  // Removes and visits every timer with deadline <= now. visit(Timer&) may set and cancel any timer.
  template <class Visit>
  void expire(Nanos now, Visit&& visit) {
    advance(now);
    while (Timer* timer = due_.pop_front()) {
      --armed_;
      timer->deadline = kNever;
      visit(*timer);
    }
  }

  size_t armed() const { return armed_; }

 private:
  static constexpr unsigned kLevels = 4;
  static constexpr unsigned kSlots = 256;

  void place(Timer& timer);
  void advance(Nanos now);  // moves what is due to due_
  int first_slot_from(unsigned level, unsigned slot) const;

  uint64_t tick_;  // ticks before this one are empty
  size_t armed_ = 0;
  std::array<std::array<IntrusiveList<Timer>, kSlots>, kLevels> slots_;
  std::array<std::array<uint64_t, kSlots / 64>, kLevels> occupied_{};
  IntrusiveList<Timer> due_;
};

}  // namespace ringload::io
