// The virtual clock and what is going to happen: events in order of their instant, and of their scheduling where those
// are equal, so that one seed gives one history.
#pragma once
#include <cstdint>
#include <queue>
#include <vector>

#include "base/time.h"

namespace ringload::sim {

enum class EventKind : uint8_t {
  segment,        // `amount` bytes reach the target endpoint
  fin,            // … and no more will come
  reset,          // RST reaches the target
  syn,            // the target's connection request reaches the other side
  syn_repeat,     // … has got lost: the target sends it again
  connected,      // the target's request was answered
  refused,        // … by RST, or nobody will answer; `amount` is the errno
  writable,       // the target's peer has read: there may be room again
  meddle_reset,   // a middlebox kills the connection of the target
  meddle_fin,     // a middlebox ends what the target receives and kills the other direction
  request_ready,  // a delayed request goes on
};

struct Event {
  Nanos at;
  uint64_t order;
  EventKind kind;
  uint32_t target;      // endpoint or request
  uint32_t generation;  // of the target: an event for a former one is dropped
  uint32_t amount;
};

class Timeline {
 public:
  explicit Timeline(Nanos start) : now_(start) {}

  Nanos now() const { return now_; }
  // The instant of the next event; kNever when none is planned.
  Nanos next() const { return events_.empty() ? kNever : events_.top().at; }
  size_t planned() const { return events_.size(); }

  void schedule(Nanos at, EventKind kind, uint32_t target, uint32_t generation, uint32_t amount = 0) {
    events_.push({at < now_ ? now_ : at, ++order_, kind, target, generation, amount});
  }

  // Moves the clock to `until`, calling handle(event) for each on the way with the clock at its instant. The handler
  // may schedule more.
  template <class Handle>
  void advance(Nanos until, Handle&& handle) {
    while (!events_.empty() && events_.top().at <= until) {
      const Event event = events_.top();
      events_.pop();
      if (event.at > now_) now_ = event.at;
      ++handled_;
      handle(event);
    }
    if (until > now_) now_ = until;
  }
  uint64_t handled() const { return handled_; }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  Nanos now_;
  uint64_t order_ = 0;
  uint64_t handled_ = 0;
};

}  // namespace ringload::sim
