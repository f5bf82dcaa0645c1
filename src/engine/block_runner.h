// Runs blocks (ringload/blocks.h) over a coordinator's shards: adds up what they count, ends a block early when its
// fate is sealed, and asks for the next one just before the present one ends. No threads and no waiting: whoever polls
// the coordinator calls step().
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/coordinator.h"
#include "ringload/blocks.h"

namespace ringload::engine {

class BlockRunner {
 public:
  struct Options {
    std::vector<Bound> bounds;      // at most kMaxBounds
    Arrival arrival = Arrival::poisson;
    uint32_t first_number = 1;      // of the first block's stage
    NextBlock next;
    // When the last request of a block has ended: all that was recorded of it. May be empty.
    std::function<void(uint32_t number, const StageOutcome&)> on_ended;
  };

  BlockRunner(Coordinator& coordinator, Options options);

  // `over`: what Coordinator::poll() returned.
  void step(Nanos now, std::optional<unsigned> over);
  // Asks for no further block, and gives what is in flight until `deadline`.
  void stop(Nanos deadline);
  bool done() const { return state_ == State::done; }

 private:
  enum class State : uint8_t { idle, running, recovering, cancelling, ending, done };
  struct Running {  // stays until its stage is finished
    Stage stage;
    Judgement judgement;
    uint32_t number = 0;
  };
  // Of the present block, from one shard.
  struct FromShard {
    BoundTick latest;
    std::vector<uint64_t> in_flight, requests;  // by step; 0 is the begin
    Nanos busy_before = 0, wall_before = 0;     // the window
  };

  void ask(Nanos now, const BlockCounts* last);
  void begin(const LoadBlock& block, Nanos start);
  void take(unsigned shard, const BoundTick& tick);
  void look(Nanos now);
  BlockCounts counts(uint32_t step) const;
  uint64_t bad_by_now(size_t bound, uint32_t step) const;
  uint64_t in_flight(uint32_t step) const;
  uint64_t requests(uint32_t step) const;
  uint64_t in_flight_now() const;
  bool open_is_bad(const Bound& bound) const;
  uint32_t settled() const { return static_cast<uint32_t>(block_.settle_ns / kBlockStep); }
  uint32_t judged() const { return settled() + static_cast<uint32_t>(block_.window_ns / kBlockStep); }
  uint32_t decided() const { return judged() + static_cast<uint32_t>(block_.tail_ns / kBlockStep); }

  Coordinator& coordinator_;
  Options options_;
  State state_ = State::idle;
  std::map<unsigned, std::unique_ptr<Running>> running_;  // by slot
  std::vector<FromShard> shards_;
  LoadBlock block_;
  uint32_t number_;             // of the present block
  Nanos start_ = 0;
  uint32_t looked_ = 0;         // steps that were looked at
  uint64_t level_ = 0;          // in flight when it began
  BlockCounts sealed_;          // of a block that ended early
  Nanos give_up_ = 0;
};

}  // namespace ringload::engine
