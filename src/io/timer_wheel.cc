#include "io/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace ringload::io {
namespace {
constexpr uint64_t kSlotMask = 255;
}

TimerWheel::TimerWheel(Nanos now) : tick_(static_cast<uint64_t>(now) >> kTickShift) {}

void TimerWheel::set(Timer& timer, Nanos deadline) {
  if (timer.linked()) {
    timer.unlink();
  } else {
    ++armed_;
  }
  timer.deadline = deadline;
  place(timer);
}

void TimerWheel::cancel(Timer& timer) {
  if (!timer.linked()) return;
  timer.unlink();  // its slot's bit may stay set: an empty slot is skipped when it is reached
  timer.deadline = kNever;
  --armed_;
}

void TimerWheel::place(Timer& timer) {
  const uint64_t wanted = timer.deadline <= 0 ? 0 : static_cast<uint64_t>(timer.deadline) >> kTickShift;
  const uint64_t t = std::max(wanted, tick_);
  const uint64_t away = t - tick_;
  unsigned level = 0;
  while (level + 1 < kLevels && away >= uint64_t{1} << (8 * (level + 1))) ++level;
  uint64_t slot_time = t;
  // Further away than the last level reaches: waits in its furthest slot and is placed again from there.
  const uint64_t reach = uint64_t{1} << (8 * kLevels);
  if (away >= reach) slot_time = tick_ + reach - 1;
  const unsigned slot = static_cast<unsigned>((slot_time >> (8 * level)) & kSlotMask);
  slots_[level][slot].push_back(&timer);
  occupied_[level][slot / 64] |= uint64_t{1} << (slot % 64);
}

// The first occupied slot at or after `slot`, going round; -1 when the level is empty.
int TimerWheel::first_slot_from(unsigned level, unsigned slot) const {
  const auto& words = occupied_[level];
  for (unsigned i = 0; i <= kSlots / 64; ++i) {
    const unsigned word = (slot / 64 + i) % (kSlots / 64);
    uint64_t bits = words[word];
    if (i == 0) bits &= ~uint64_t{0} << (slot % 64);
    if (i == kSlots / 64) bits &= ~(~uint64_t{0} << (slot % 64));
    if (bits != 0) return static_cast<int>(word * 64 + static_cast<unsigned>(std::countr_zero(bits)));
  }
  return -1;
}

void TimerWheel::advance(Nanos now) {
  const uint64_t target = static_cast<uint64_t>(now) >> kTickShift;
  if (armed_ == 0) {
    // Bits of emptied slots may be left: nothing is in them, and wiping is cheaper than walking them.
    occupied_ = {};
    tick_ = std::max(tick_, target);
    return;
  }
  for (;;) {
    // What is due in the slot of this tick.
    const unsigned slot = static_cast<unsigned>(tick_ & kSlotMask);
    auto& list = slots_[0][slot];
    list.for_each([&](Timer* timer) {
      if (timer->deadline > now) return;
      timer->unlink();
      due_.push_back(timer);  // counted as armed until it is visited, so that it can still be moved or cancelled
    });
    if (list.empty()) occupied_[0][slot / 64] &= ~(uint64_t{1} << (slot % 64));
    if (tick_ >= target) return;

    // On to the next occupied slot, but no further than the end of this block, where the upper levels move down.
    const uint64_t block_end = (tick_ | kSlotMask) + 1;
    uint64_t following = std::min(block_end, target);
    const int occupied = first_slot_from(0, (slot + 1) & kSlotMask);
    if (occupied >= 0) {
      const uint64_t at = tick_ + 1 + ((static_cast<unsigned>(occupied) - (slot + 1)) & kSlotMask);
      following = std::min(following, at);
    }
    tick_ = following;
    if ((tick_ & kSlotMask) != 0) continue;
    for (unsigned level = 1; level < kLevels; ++level) {
      const unsigned upper = static_cast<unsigned>((tick_ >> (8 * level)) & kSlotMask);
      IntrusiveList<Timer>& from = slots_[level][upper];
      occupied_[level][upper / 64] &= ~(uint64_t{1} << (upper % 64));
      IntrusiveList<Timer> moving;
      while (Timer* timer = from.pop_front()) moving.push_back(timer);
      while (Timer* timer = moving.pop_front()) place(*timer);
      if (upper != 0) break;
    }
  }
}

Nanos TimerWheel::next() const {
  if (armed_ == 0) return kNever;
  Nanos earliest = kNever;
  const unsigned slot = static_cast<unsigned>(tick_ & kSlotMask);
  for (unsigned i = 0, from = slot; i < 4; ++i) {
    // A slot can have been emptied by cancel(): then look on.
    const int found = first_slot_from(0, from);
    if (found < 0) break;
    const_cast<IntrusiveList<Timer>&>(slots_[0][static_cast<unsigned>(found)]).for_each([&](Timer* timer) {
      earliest = std::min(earliest, timer->deadline);
    });
    if (earliest != kNever) break;
    from = (static_cast<unsigned>(found) + 1) & kSlotMask;
    if (from == slot) break;
    // Give up being exact after a few empty slots: the bound below is early, never late.
    if (i == 3) {
      const uint64_t at = tick_ + ((from - slot) & kSlotMask);
      earliest = static_cast<Nanos>(at << kTickShift);
    }
  }
  for (unsigned level = 1; level < kLevels; ++level) {
    const unsigned here = static_cast<unsigned>((tick_ >> (8 * level)) & kSlotMask);
    // The slot of the present belongs to a whole turn later.
    const int found = first_slot_from(level, (here + 1) & kSlotMask);
    if (found < 0) continue;
    unsigned ahead = (static_cast<unsigned>(found) - here) & kSlotMask;
    if (ahead == 0) ahead = kSlots;
    const uint64_t start = ((tick_ >> (8 * level)) + ahead) << (8 * level);
    earliest = std::min(earliest, static_cast<Nanos>(start << kTickShift));
  }
  return earliest;
}

}  // namespace ringload::io
