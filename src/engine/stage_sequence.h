// One stage after the other over a coordinator: when each begins, and which of them still run. No threads and no
// waiting: whoever polls the coordinator calls begin_due().
#pragma once
#include <map>
#include <optional>
#include <span>

#include "engine/coordinator.h"

namespace ringload::engine {

class StageSequence {
 public:
  struct Running {
    uint32_t number = 0;
    const Stage* stage = nullptr;
    Nanos start = 0;
    Nanos warmup_end() const { return start + std::min(stage->warmup_ns, stage->duration_ns); }
  };

  // `stages` must stay until all are over.
  StageSequence(Coordinator& coordinator, std::span<const Stage> stages, uint32_t first_number)
      : coordinator_(coordinator), stages_(stages), first_number_(first_number) {}

  // The next stage, when it has begun just now: a closed one when all before it are over, an open one at the instant at
  // which the open one before it ends, told a little earlier.
  std::optional<Running> begin_due(Nanos now);
  // Nothing more begins.
  void stop() { next_ = stages_.size(); }
  // One that the coordinator's poll() has told.
  Running take_over(unsigned slot);
  const std::map<unsigned, Running>& running() const { return running_; }
  bool over() const { return running_.empty() && next_ >= stages_.size(); }

 private:
  Coordinator& coordinator_;
  std::span<const Stage> stages_;
  uint32_t first_number_;
  size_t next_ = 0;
  Nanos last_end_ = 0;               // of the stage before
  std::map<unsigned, Running> running_;  // by slot
};

}  // namespace ringload::engine
