#include "engine/coordinator.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"
#include "load/closed_stage.h"

namespace ringload::engine {
namespace {

// A bound on a stage's requests, cut in proportion to `parts`, so that every shard is through at about the same time;
// the sum is exact.
void share_requests(std::vector<StagePlan>& plans, const Stage& stage, const std::vector<uint64_t>& parts) {
  if (stage.max_requests <= 0) return;
  const auto wanted = static_cast<uint64_t>(stage.max_requests);
  const uint64_t all = std::max<uint64_t>(1, std::accumulate(parts.begin(), parts.end(), uint64_t{0}));
  uint64_t before = 0;
  for (size_t i = 0; i < plans.size(); ++i) {
    const uint64_t first = wanted * before / all;
    before += parts[i];
    plans[i].max_steady_requests = wanted * before / all - first;
  }
}

}  // namespace

Coordinator::Coordinator(const load::Workload& workload, std::span<Shard* const> shards, Wake wake)
    : workload_(workload), shards_(shards.begin(), shards.end()), wake_(std::move(wake)) {}

void Coordinator::send(unsigned shard, const Command& command) {
  const bool taken = shards_[shard]->mailbox().commands.try_push(command);
  RINGLOAD_ASSERT(taken);
  if (wake_) wake_(shard);
}

Coordinator::Slot& Coordinator::take_slot() {
  Slot& slot = slots_[next_slot_];
  RINGLOAD_ASSERT(!slot.in_use);
  slot.plans.assign(shards_.size(), StagePlan{});
  slot.schedule.reset();
  slot.told = slot.stopped = slot.closing = false;
  slot.last_over = 0;
  return slot;
}

unsigned Coordinator::begin_stage(const Stage& stage, uint32_t number, Nanos start, const Judgement* judgement) {
  Slot& slot = take_slot();
  std::vector<double> weights;
  for (const load::ScenarioPlan& plan : workload_.scenarios()) weights.push_back(plan.scenario->weight);
  for (StagePlan& plan : slot.plans) {
    plan.number = number;
    plan.stage = &stage;
    plan.judgement = judgement;
    plan.start = start;
    plan.warmup_end = start + std::min(stage.warmup_ns, stage.duration_ns);
    plan.end = start + stage.duration_ns;
  }
  if (stage.loop == Loop::open) {
    slot.schedule = std::make_unique<load::OpenSchedule>(stage, number, workload_.seed(), workload_.profile().mean_turns());
    for (StagePlan& plan : slot.plans) {
      plan.schedule = slot.schedule.get();
      plan.bin_ns = std::max<Nanos>(1, (stage.duration_ns + kIntendedBins - 1) / kIntendedBins);
      plan.max_steady_requests = 0;
    }
    share_requests(slot.plans, stage, std::vector<uint64_t>(slot.plans.size(), 1));
    return begin(slot);
  }
  const std::vector<load::ClosedUser> users = load::closed_users(stage, weights);
  std::vector<uint64_t> users_of(slot.plans.size());
  for (uint32_t j = 0; j < users.size(); ++j) {
    const size_t shard = users[j].deal % slot.plans.size();
    ++users_of[shard];
    slot.plans[shard].vus.push_back(
        {j, users[j].scenario, start + users[j].from, users[j].until == kNever ? kNever : start + users[j].until});
  }
  share_requests(slot.plans, stage, users_of);
  if (stage.max_requests > 0)
    for (StagePlan& plan : slot.plans)
      if (plan.max_steady_requests == 0) plan.vus.clear();
  return begin(slot);
}

void Coordinator::close_oldest(Nanos now) {
  Slot& slot = slots_[next_slot_];  // they are used in turn
  if (!slot.in_use || slot.closing || !slot.schedule || slot.plans.front().end > now) return;
  slot.closing = true;
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Command command;
    command.kind = Command::Kind::close_stage;
    command.slot = static_cast<uint8_t>(next_slot_);
    send(i, command);
  }
}

unsigned Coordinator::begin_preflight(Nanos start) {
  Slot& slot = take_slot();
  for (StagePlan& plan : slot.plans) {
    plan.number = 0;
    plan.start = plan.warmup_end = start;
    plan.end = kNever;
    plan.preflight = true;
  }
  for (uint32_t s = 0; s < workload_.scenarios().size(); ++s) slot.plans[0].vus.push_back({s, s, start, kNever});
  return begin(slot);
}

unsigned Coordinator::begin(Slot& slot) {
  const unsigned index = next_slot_;
  next_slot_ = (next_slot_ + 1) % kStageSlots;
  slot.in_use = true;
  slot.shards_running = static_cast<unsigned>(shards_.size());
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Command command;
    command.kind = Command::Kind::start_stage;
    command.slot = static_cast<uint8_t>(index);
    command.plan = &slot.plans[i];
    send(i, command);
  }
  return index;
}

void Coordinator::stop(Nanos deadline) {
  for (Slot& slot : slots_) slot.stopped = slot.stopped || (slot.in_use && slot.shards_running > 0);
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Command command;
    command.kind = Command::Kind::stop_stage;
    command.deadline = deadline;
    send(i, command);
  }
}

void Coordinator::abandon() {
  for (Slot& slot : slots_) slot.stopped = slot.stopped || (slot.in_use && slot.shards_running > 0);
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

std::optional<unsigned> Coordinator::poll() {
  for (unsigned i = 0; i < shards_.size(); ++i) {
    Mailbox& mailbox = shards_[i]->mailbox();
    while (const stats::CoarseTick* tick = mailbox.ticks.front()) {
      if (on_tick_) on_tick_(i, *tick);
      mailbox.ticks.pop();
    }
    while (const BoundTick* tick = mailbox.bounds.front()) {
      if (on_bounds_) on_bounds_(i, *tick);
      mailbox.bounds.pop();
    }
    ShardEvent event;
    while (mailbox.events.try_pop(event)) {
      Slot& slot = slots_[event.slot];
      RINGLOAD_ASSERT(slot.in_use && slot.shards_running > 0);
      slot.last_over = std::max(slot.last_over, event.at);
      --slot.shards_running;
    }
  }
  for (unsigned index = 0; index < kStageSlots; ++index) {
    Slot& slot = slots_[index];
    if (!slot.in_use || slot.shards_running > 0 || slot.told) continue;
    slot.told = true;
    return index;
  }
  return std::nullopt;
}

StageOutcome Coordinator::finish_stage(unsigned index) {
  Slot& slot = slots_[index];
  RINGLOAD_ASSERT(slot.in_use && slot.shards_running == 0);
  StageOutcome outcome(static_cast<uint32_t>(workload_.scenarios().size()), workload_.segments());
  outcome.plan = slot.plans[0];
  outcome.plan.vus.clear();
  outcome.plan.schedule = nullptr;
  if (slot.schedule) {
    const load::RateIntegral& integral = slot.schedule->integral();
    outcome.starts_expected = integral.total();
    const Nanos width = outcome.plan.bin_ns, whole = outcome.plan.end - outcome.plan.start;
    for (unsigned bin = 0; bin < kIntendedBins; ++bin)
      outcome.expected_bins.push_back(integral.at(std::min(whole, width * (bin + 1))) -
                                      integral.at(std::min(whole, width * bin)));
  }
  outcome.intended_bins.resize(kIntendedBins);
  Nanos last_end = 0;
  for (Shard* shard : shards_) {
    StageRecording& recording = shard->recording(index);
    outcome.recorder.merge(recording.recorder);
    outcome.segments.merge(recording.segments);
    outcome.abandoned += recording.abandoned;
    outcome.reply_truncated += recording.reply_truncated;
    outcome.starts += recording.starts;
    outcome.starts_in_time += recording.starts_in_time;
    outcome.sent_first += recording.sent_first;
    outcome.sent_in_wrong_bin += recording.sent_in_wrong_bin;
    for (unsigned bin = 0; bin < kIntendedBins; ++bin) outcome.intended_bins[bin] += recording.intended_bins[bin];
    outcome.busy.push_back({recording.busy, recording.wall, recording.seconds, recording.seconds_above_95});
    last_end = std::max(last_end, recording.last_end);
    recording.clear();
  }
  outcome.stopped = slot.stopped;
  outcome.ended = slot.last_over;
  // A stage that was stopped, or that had its number of requests, was steady until its last request ended.
  const bool counted = outcome.plan.stage != nullptr && outcome.plan.stage->max_requests > 0;
  const bool ran_out = counted || slot.stopped;
  outcome.window_end = ran_out ? std::min(outcome.plan.end, last_end) : outcome.plan.end;
  slot.in_use = false;
  return outcome;
}

}  // namespace ringload::engine
