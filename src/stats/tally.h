// Where requests went. Conservation: scheduled = ok + failed + cancelled + shed + in_flight_at_stop.
#pragma once
#include <cstdint>

namespace ringload::stats {

struct Tally {
  uint64_t scheduled = 0;
  uint64_t ok = 0;
  uint64_t failed = 0;             // gen_* other than shed included
  uint64_t cancelled = 0;          // the run ended them: the drain ran out, or the budget
  uint64_t shed = 0;
  uint64_t in_flight_at_stop = 0;  // still open when the record was closed

  uint64_t accounted() const { return ok + failed + cancelled + shed + in_flight_at_stop; }
  bool balanced() const { return scheduled == accounted(); }

  Tally& operator+=(const Tally& other) {
    scheduled += other.scheduled;
    ok += other.ok;
    failed += other.failed;
    cancelled += other.cancelled;
    shed += other.shed;
    in_flight_at_stop += other.in_flight_at_stop;
    return *this;
  }
  friend Tally operator+(Tally a, const Tally& b) { return a += b; }
  friend bool operator==(const Tally&, const Tally&) = default;
};

}  // namespace ringload::stats
