#include "engine/coordinator.h"

#include <algorithm>

#include "base/assert.h"
#include "load/closed_stage.h"

namespace ringload::engine {

Coordinator::Coordinator(const load::Workload& workload, std::span<Shard* const> shards, Wake wake)
    : workload_(workload), shards_(shards.begin(), shards.end()), wake_(std::move(wake)), plans_(shards.size()) {}

void Coordinator::send(unsigned shard, const Command& command) {
  const bool taken = shards_[shard]->mailbox().commands.try_push(command);
  RINGLOAD_ASSERT(taken);
  if (wake_) wake_(shard);
}

void Coordinator::begin_stage(const Stage& stage, uint32_t number, Nanos start) {
  std::vector<double> weights;
  for (const load::ScenarioPlan& plan : workload_.scenarios()) weights.push_back(plan.scenario->weight);
  for (StagePlan& plan : plans_) {
    plan = {};
    plan.number = number;
    plan.stage = &stage;
    plan.start = start;
    plan.warmup_end = start + std::min(stage.warmup_ns, stage.duration_ns);
    plan.end = start + stage.duration_ns;
  }
  const std::vector<load::ClosedUser> users = load::closed_users(stage, weights);
  for (uint32_t j = 0; j < users.size(); ++j)
    plans_[users[j].deal % plans_.size()].vus.push_back(
        {j, users[j].scenario, start + users[j].from, users[j].until == kNever ? kNever : start + users[j].until});
  if (stage.max_requests > 0) {
    // In proportion to the users, so that every shard is through at about the same time; the sum is exact.
    const auto wanted = static_cast<uint64_t>(stage.max_requests);
    uint64_t users_before = 0;
    for (StagePlan& plan : plans_) {
      const uint64_t first = wanted * users_before / users.size();
      users_before += plan.vus.size();
      plan.max_steady_requests = wanted * users_before / users.size() - first;
      if (plan.max_steady_requests == 0) plan.vus.clear();
    }
  }
  begin(start);
}

void Coordinator::begin_preflight(Nanos start) {
  for (StagePlan& plan : plans_) {
    plan = {};
    plan.number = 0;
    plan.start = plan.warmup_end = start;
    plan.end = kNever;
    plan.preflight = true;
  }
  for (uint32_t s = 0; s < workload_.scenarios().size(); ++s) plans_[0].vus.push_back({s, s, start, kNever});
  begin(start);
}

void Coordinator::begin(Nanos) {
  RINGLOAD_ASSERT(shards_running_ == 0);
  slot_ = (slot_ + 1) % kStageSlots;
  stopped_ = false;
  last_over_ = 0;
  shards_running_ = static_cast<unsigned>(shards_.size());
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Command command;
    command.kind = Command::Kind::start_stage;
    command.slot = static_cast<uint8_t>(slot_);
    command.plan = &plans_[i];
    send(i, command);
  }
}

void Coordinator::stop(Nanos deadline) {
  stopped_ = true;
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Command command;
    command.kind = Command::Kind::stop_stage;
    command.deadline = deadline;
    send(i, command);
  }
}

void Coordinator::abandon() {
  stopped_ = true;
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Command command;
    command.kind = Command::Kind::abandon;
    send(i, command);
  }
}

void Coordinator::quit() {
  for (unsigned i = 0; i < shards_.size(); ++i) send(i, Command{});
}

void Coordinator::set_addresses(uint32_t target, std::span<const net::Address> addresses) {
  address_lists_.push_back(std::make_unique<std::vector<net::Address>>(addresses.begin(), addresses.end()));
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Command command;
    command.kind = Command::Kind::set_addresses;
    command.target = target;
    command.addresses = address_lists_.back()->data();
    command.address_count = static_cast<uint32_t>(address_lists_.back()->size());
    send(i, command);
  }
}

bool Coordinator::poll() {
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Mailbox& mailbox = shards_[i]->mailbox();
    while (const stats::CoarseTick* tick = mailbox.ticks.front()) {
      if (on_tick_) on_tick_(i, *tick);
      mailbox.ticks.pop();
    }
    ShardEvent event;
    while (mailbox.events.try_pop(event)) {
      RINGLOAD_ASSERT(shards_running_ > 0 && event.slot == slot_);
      last_over_ = std::max(last_over_, event.at);
      --shards_running_;
    }
  }
  return shards_running_ == 0;
}

StageOutcome Coordinator::finish_stage() {
  RINGLOAD_ASSERT(shards_running_ == 0);
  StageOutcome outcome(static_cast<uint32_t>(workload_.scenarios().size()));
  outcome.plan = plans_[0];
  outcome.plan.vus.clear();
  Nanos last_end = 0;
  for (Shard* shard : shards_) {
    StageRecording& recording = shard->recording(slot_);
    outcome.recorder.merge(recording.recorder);
    outcome.abandoned += recording.abandoned;
    outcome.reply_truncated += recording.reply_truncated;
    last_end = std::max(last_end, recording.last_end);
    recording.clear();
  }
  outcome.stopped = stopped_;
  outcome.ended = last_over_;
  // A stage that was stopped, or that had its number of requests, was steady until its last request ended.
  const bool counted = outcome.plan.stage != nullptr && outcome.plan.stage->max_requests > 0;
  const bool ran_out = counted || stopped_;
  outcome.window_end = ran_out ? std::min(outcome.plan.end, last_end) : outcome.plan.end;
  return outcome;
}

}  // namespace ringload::engine
