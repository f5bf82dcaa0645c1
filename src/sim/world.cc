#include "sim/world.h"

#include <algorithm>

namespace ringload::sim {

World::World(SimKernel& kernel, uint64_t seed) : kernel_(kernel), random_(seed_of(seed, 0x776f726c64)) {
  kernel.record_waits();
}

void World::add(std::string name, std::function<void()> step) {
  actors_.push_back({.name = std::move(name), .step = std::move(step)});
}

void World::add_periodic(std::string name, std::function<void()> step, Nanos period) {
  actors_.push_back({.name = std::move(name), .step = std::move(step), .period = period, .due = kernel_.now()});
}

bool World::runnable(Actor& actor) {
  if (actor.period > 0) return kernel_.now() >= actor.due;
  return actor.blocked == nullptr || kernel_.wait_is_over(*actor.blocked);
}

void World::step(Actor& actor) {
  ++steps_;
  ++actor.steps;
  actor.blocked = nullptr;
  kernel_.forget_last_enter();
  actor.step();
  if (actor.period > 0) {
    actor.due = kernel_.now() + actor.period;
  } else {
    actor.blocked = kernel_.blocked_ring();
  }
}

Outcome World::run_until(const std::function<bool()>& reached, Nanos until) {
  uint64_t progress = kernel_.progress();
  uint64_t steps_then = steps_;
  for (;;) {
    if (reached()) return Outcome::reached;
    if (kernel_.now() >= until) return Outcome::time_up;
    candidates_.clear();
    for (Actor& actor : actors_)
      if (runnable(actor)) candidates_.push_back(&actor);
    if (candidates_.empty()) {
      Nanos next = std::min(until, kernel_.next_event());
      for (Actor& actor : actors_) {
        if (actor.blocked != nullptr) {
          next = std::min(next, actor.blocked->wait_until);
          candidates_.push_back(&actor);
        } else {
          next = std::min(next, actor.due);
        }
      }
      if (!candidates_.empty() && kernel_.faults().strikes(Fault::spurious_wake)) {
        candidates_[kernel_.faults().pick(Fault::spurious_wake, candidates_.size())]->blocked->wake_spuriously = true;
        continue;
      }
      if (next == kNever) return Outcome::deadlock;
      kernel_.advance(next);
      continue;
    }
    step(*candidates_[candidates_.size() == 1 ? 0 : random_.below(candidates_.size())]);
    if (kernel_.progress() != progress) {
      progress = kernel_.progress();
      steps_then = steps_;
    } else if (steps_ - steps_then > kStepsWithoutProgress) {
      return Outcome::livelock;
    }
  }
}

Outcome World::run_for(Nanos duration) {
  return run_until([] { return false; }, kernel_.now() + duration);
}

std::string World::describe() {
  const Nanos now = kernel_.now();
  std::string text = "at " + std::to_string(now) + " ns after " + std::to_string(steps_) + " steps, next event in " +
                     (kernel_.next_event() == kNever ? "-" : std::to_string(kernel_.next_event() - now)) + " ns\n";
  for (Actor& actor : actors_) {
    text += "  " + actor.name + ": " + std::to_string(actor.steps) + " steps, ";
    if (SimRing* ring = actor.blocked; ring != nullptr)
      text += "waits for " + std::to_string(ring->wait_for) + " completions (has " + std::to_string(ring->ready()) +
              ", work " + std::to_string(ring->work.size()) + ") until " +
              (ring->wait_until == kNever ? "-" : std::to_string(ring->wait_until - now)) + " ns from now\n";
    else
      text += "can run\n";
  }
  return text;
}

}  // namespace ringload::sim
