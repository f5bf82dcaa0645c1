// Open stages on one shard: starts a conversation whenever the schedule says so, whatever the target does. A start that
// is late is made at once and keeps its intended instant; one that finds no free exchange is shed.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/exchanges.h"
#include "engine/recording.h"
#include "load/schedule.h"
#include "load/workload.h"

namespace ringload::engine {

class OpenLoad {
 public:
  OpenLoad(const load::Workload& workload, Exchanges& exchanges, std::span<StageRecording> recordings, uint32_t shard,
           uint32_t shards);

  void start(const StagePlan& plan, uint8_t stage_slot);
  // Nothing new begins from here on, in any stage: what is in flight may end.
  void stop();
  // No stage is open (or stopped).
  bool exhausted() const { return plan_ == nullptr; }
  // No start of the stage is left.
  bool begun(uint8_t stage_slot) const {
    return (plan_ == nullptr || stage_slot != slot_) && following_[stage_slot] == nullptr;
  }
  // Every conversation of the stage is over, and none will begin.
  bool over(uint8_t stage_slot) const {
    return live_[stage_slot] == 0 && begun(stage_slot);
  }
  // Gives up the conversations of a stage that is begun(): what is in flight counts as open and ends by itself.
  void close(uint8_t stage_slot, Nanos now);
  // Such requests that have not ended yet.
  bool owes_ends() const { return live_[kClosedSlot] > 0; }

  // The next start, or with nothing left to begin the stage's end; kNever when there is neither.
  Nanos next() const {
    return plan_ == nullptr ? kNever : starts_.front().at == kNever ? plan_->end : plan_->start + starts_.front().at;
  }
  // Makes starts that are due, the earliest first, and no more than a few at a time: what has been answered meanwhile
  // is worth a reap, since it frees connections for the next. Otherwise a generator that has been late opens a new
  // connection for each start that it missed, which takes longer than sending them.
  void begin_due(Nanos now);
  static constexpr unsigned kStartsPerTurn = 8;

  void on_turn_over(Exchange& exchange, Nanos at);
  void on_due(Exchange& exchange, Nanos at);

 private:
  void activate(const StagePlan& plan, uint8_t stage_slot);
  void begin_one(Nanos intended, Nanos now, uint32_t lane, uint64_t k);
  void retire(Exchange& exchange);

  const load::Workload& workload_;
  Exchanges& exchanges_;
  std::span<StageRecording> recordings_;
  load::ShardStarts starts_;
  std::vector<uint32_t> free_;   // exchanges that carry nothing, the most recently used on top
  const StagePlan* plan_ = nullptr;
  uint8_t slot_ = 0;
  bool stopped_[kStageSlots] = {};   // nothing more begins
  uint32_t live_[kStageSlots + 1] = {};  // conversations, by stage slot; the last: kClosedSlot
  // Stages that wait for the present one's last start, which may be late. Slots are given out in turn.
  const StagePlan* following_[kStageSlots] = {};
};

}  // namespace ringload::engine
