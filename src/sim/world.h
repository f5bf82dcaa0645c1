// Everything that runs in one simulation: actors that take turns on one virtual CPU. An actor is a step function as the
// shards, the mock and the session have it; one whose last enter would have blocked sleeps until that wait is over. The
// order among those who could run is drawn from the seed; when none can, the clock moves on to the next event.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "sim/sim_kernel.h"

namespace ringload::sim {

enum class Outcome : uint8_t {
  reached,   // the predicate holds
  time_up,   // the instant came first
  deadlock,  // nobody can run and nothing is going to happen
  livelock,  // steps without end and without anything happening
};

class World {
 public:
  // Steps without an event or a completion before it is called a livelock.
  static constexpr uint64_t kStepsWithoutProgress = 1'000'000;

  World(SimKernel& kernel, uint64_t seed);

  // Enters a ring, or is done at once: an actor whose step entered none runs again right away.
  void add(std::string name, std::function<void()> step);
  // Runs every `period`, whatever it does (for what has no ring to wait on).
  void add_periodic(std::string name, std::function<void()> step, Nanos period);

  Outcome run_until(const std::function<bool()>& reached, Nanos until = kNever);
  Outcome run_for(Nanos duration);

  // Who waits for what: for a failing test.
  std::string describe();
  uint64_t steps() const { return steps_; }

 private:
  struct Actor {
    std::string name;
    std::function<void()> step;
    Nanos period = 0;
    Nanos due = 0;               // of a periodic one
    SimRing* blocked = nullptr;  // sleeps until this ring's wait is over
    uint64_t steps = 0;
  };
  bool runnable(Actor& actor);
  void step(Actor& actor);

  SimKernel& kernel_;
  Prng random_;
  std::vector<Actor> actors_;
  std::vector<Actor*> candidates_;
  uint64_t steps_ = 0;
};

}  // namespace ringload::sim
