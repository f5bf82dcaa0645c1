// Runs stages over a set of shards: cuts a stage into one plan for each, hears when all are through, and merges what
// they recorded. No threads and no waiting: poll() is called by whoever drives the shards.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/shard.h"
#include "engine/stage_plan.h"
#include "load/workload.h"
#include "ringload/result.h"
#include "stats/recorder.h"

namespace ringload::engine {

struct StageOutcome {
  StageOutcome(uint32_t scenarios, uint32_t segments) : recorder(scenarios), segments(segments) {}

  StagePlan plan;            // instants; without VUs
  stats::Recorder recorder;  // merged over the shards
  stats::Recorder segments;  // the same, by prompt size
  uint64_t abandoned = 0;
  uint64_t reply_truncated = 0;
  Nanos ended = 0;           // the last request's end, or the planned end
  Nanos window_end = 0;      // of the steady window as it was run
  bool stopped = false;      // by stop() or abandon(), before its planned end
  // Open stages.
  uint64_t starts = 0, starts_in_time = 0;
  double starts_expected = 0;
  uint64_t sent_first = 0, sent_in_wrong_bin = 0;
  std::vector<uint32_t> intended_bins;
  std::vector<double> expected_bins;  // the rate's integral over each of them
  // By shard: wall time of the stage, and what of it was not spent waiting.
  struct Busy {
    Nanos busy = 0, wall = 0;
    uint32_t seconds = 0, seconds_above_95 = 0;
  };
  std::vector<Busy> busy;
};

class Coordinator {
 public:
  using Wake = std::function<void(unsigned shard)>;
  using OnBounds = std::function<void(unsigned shard, const BoundTick&)>;
  using OnTick = std::function<void(unsigned shard, const stats::CoarseTick&)>;

  Coordinator(const load::Workload& workload, std::span<Shard* const> shards, Wake wake);

  void set_tick_listener(OnTick listener) { on_tick_ = std::move(listener); }
  void set_bounds_listener(OnBounds listener) { on_bounds_ = std::move(listener); }

  // Stages may overlap while open ones drain: a closed stage needs all others to be over, an open one may begin when
  // the one before is open too. `stage` must stay until the stage is finished, and `judgement` of a
  // block too. Returns its slot.
  unsigned begin_stage(const Stage& stage, uint32_t number, Nanos start, const Judgement* judgement = nullptr);
  // Without a free slot: the oldest stage, when it is an open one whose end has come, gives up its slot as soon as the
  // shards have heard; requests that it still has open count as such.
  void close_oldest(Nanos now);
  // One request of each scenario, on the first shard; recorded nowhere.
  unsigned begin_preflight(Nanos start);
  // Begin nothing new; requests still open at `deadline` are cancelled.
  void stop(Nanos deadline);
  // Second signal: give up what is in flight.
  void abandon();
  void quit();
  void set_addresses(uint32_t target, std::span<const net::Address> addresses);

  // Takes what shards have reported. A slot whose stage is over on all of them, once.
  std::optional<unsigned> poll();
  unsigned shards() const { return static_cast<unsigned>(shards_.size()); }
  bool has_free_slot() const { return !slots_[next_slot_].running(); }
  // After poll() gave the slot: merges and frees it.
  StageOutcome finish_stage(unsigned slot);

 private:
  struct Slot {
    std::vector<StagePlan> plans;  // by shard
    std::unique_ptr<load::OpenSchedule> schedule;
    unsigned shards_running = 0;
    bool told = false;             // by poll()
    bool in_use = false;
    bool stopped = false, closing = false;
    Nanos last_over = 0;
    bool running() const { return in_use; }
  };
  void send(unsigned shard, const Command& command);
  unsigned begin(Slot& slot);
  Slot& take_slot();

  const load::Workload& workload_;
  std::vector<Shard*> shards_;
  Wake wake_;
  OnTick on_tick_;
  OnBounds on_bounds_;
  std::array<Slot, kStageSlots> slots_;
  unsigned next_slot_ = 0;
  std::vector<std::unique_ptr<std::vector<net::Address>>> address_lists_;  // shards may still read the older ones
};

}  // namespace ringload::engine
