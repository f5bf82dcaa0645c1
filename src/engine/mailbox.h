// What the session tells a shard, and what a shard tells back: plain values through bounded queues.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "engine/bounds.h"
#include "engine/stage_plan.h"
#include "net/address.h"
#include "stats/coarse.h"
#include "stats/spsc.h"

namespace ringload::engine {

struct Command {
  enum class Kind : uint8_t {
    start_stage,    // `plan`, into `slot`
    stop_stage,     // begin nothing new; at `deadline` cancel what is still in flight
    close_stage,    // the one in `slot`: counts what it still has open as such, and is over
    abandon,        // cancel everything now, counted as in flight at the stop
    set_addresses,  // of `target`; `addresses` stay until the run ends
    quit,
  };
  Kind kind = Kind::quit;
  uint8_t slot = 0;
  const StagePlan* plan = nullptr;
  Nanos deadline = kNever;
  uint32_t target = 0;
  const net::Address* addresses = nullptr;
  uint32_t address_count = 0;
};

struct ShardEvent {
  enum class Kind : uint8_t { stage_over };
  Kind kind = Kind::stage_over;
  uint8_t slot = 0;
  Nanos at = 0;
};

struct Mailbox {
  explicit Mailbox(uint32_t ticks) : commands(64), events(64), ticks(ticks), bounds(32) {}

  stats::SpscQueue<Command> commands;     // session → shard
  stats::SpscQueue<ShardEvent> events;    // shard → session
  stats::SpscQueue<stats::CoarseTick> ticks;  // shard → session
  stats::SpscQueue<BoundTick> bounds;         // shard → session
};

}  // namespace ringload::engine
