// The virtual users of a closed stage on one shard: each holds one conversation after another, with think time between
// turns and a pause between conversations.
#pragma once
#include <cstdint>

#include "engine/exchanges.h"
#include "engine/recording.h"
#include "load/workload.h"

namespace ringload::engine {

class VirtualUsers {
 public:
  VirtualUsers(const load::Workload& workload, Exchanges& exchanges, std::span<StageRecording> recordings)
      : workload_(workload), exchanges_(exchanges), recordings_(recordings) {}

  // One exchange for each VU of the plan; all must be idle.
  void start(const StagePlan& plan, uint8_t stage_slot);
  // Nothing new begins from here on; what is in flight may end.
  void stop();
  // No VU of the stage has anything in flight or to come.
  bool over() const { return active_ == 0; }
  // No request is in flight.
  bool quiet() const { return exchanges_.unreleased() == 0; }

  void on_turn_over(Exchange& exchange, Nanos at);
  void on_due(Exchange& exchange, Nanos at);

 private:
  void begin_conversation(Exchange& exchange, Nanos intended, Nanos now);
  void go_on(Exchange& exchange, Nanos due, Nanos now);
  void retire(Exchange& exchange);
  bool may_start(const Exchange& exchange, Nanos intended) const;

  const load::Workload& workload_;
  Exchanges& exchanges_;
  std::span<StageRecording> recordings_;
  const StagePlan* plan_ = nullptr;
  uint8_t stage_slot_ = 0;
  bool stopped_ = true;
  uint32_t active_ = 0;
};

}  // namespace ringload::engine
