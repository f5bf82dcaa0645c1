// Runs stages over a set of shards: cuts a stage into one plan for each, hears when all are through, and merges what
// they recorded. No threads and no waiting: poll() is called by whoever drives the shards.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/shard.h"
#include "engine/stage_plan.h"
#include "load/workload.h"
#include "ringload/result.h"
#include "stats/recorder.h"

namespace ringload::engine {

struct StageOutcome {
  StageOutcome(uint32_t scenarios) : recorder(scenarios) {}

  StagePlan plan;            // instants; without VUs
  stats::Recorder recorder;  // merged over the shards
  uint64_t abandoned = 0;
  uint64_t reply_truncated = 0;
  Nanos ended = 0;           // the last request's end, or the planned end
  Nanos window_end = 0;      // of the steady window as it was run
  bool stopped = false;      // by stop() or abandon(), before its planned end
};

class Coordinator {
 public:
  using Wake = std::function<void(unsigned shard)>;
  using OnTick = std::function<void(unsigned shard, const stats::CoarseTick&)>;

  Coordinator(const load::Workload& workload, std::span<Shard* const> shards, Wake wake);

  void set_tick_listener(OnTick listener) { on_tick_ = std::move(listener); }

  // `requests`: steady requests after which the stage ends; 0: none.
  void begin_stage(const Stage& stage, uint32_t number, Nanos start);
  // One request of each scenario, on the first shard; recorded nowhere.
  void begin_preflight(Nanos start);
  // Begin nothing new; requests still open at `deadline` are cancelled.
  void stop(Nanos deadline);
  // Second signal: give up what is in flight.
  void abandon();
  void quit();
  void set_addresses(uint32_t target, std::span<const net::Address> addresses);

  // Takes what shards have reported. True when the stage is over on all of them.
  bool poll();
  bool running() const { return shards_running_ > 0; }
  // After poll() returned true: merges and frees the slots.
  StageOutcome finish_stage();

 private:
  void send(unsigned shard, const Command& command);
  void begin(Nanos start);

  const load::Workload& workload_;
  std::vector<Shard*> shards_;
  Wake wake_;
  OnTick on_tick_;
  std::vector<StagePlan> plans_;  // by shard, of the running stage
  uint32_t slot_ = 0;
  unsigned shards_running_ = 0;
  bool stopped_ = false;
  Nanos last_over_ = 0;
  std::vector<std::unique_ptr<std::vector<net::Address>>> address_lists_;  // shards may still read the older ones
};

}  // namespace ringload::engine
