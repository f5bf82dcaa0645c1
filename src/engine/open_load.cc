#include "engine/open_load.h"

#include <algorithm>

#include "base/assert.h"

namespace ringload::engine {

OpenLoad::OpenLoad(const load::Workload& workload, Exchanges& exchanges, std::span<StageRecording> recordings,
                   uint32_t shard, uint32_t shards)
    : workload_(workload), exchanges_(exchanges), recordings_(recordings), starts_(shard, shards) {
  free_.reserve(exchanges.count());
}

void OpenLoad::start(const StagePlan& plan, uint8_t stage_slot) {
  RINGLOAD_ASSERT(live_[stage_slot] == 0);
  if (plan_ != nullptr) {
    following_[stage_slot] = &plan;
  } else {
    activate(plan, stage_slot);
  }
}

void OpenLoad::activate(const StagePlan& plan, uint8_t stage_slot) {
  uint32_t live = 0;
  for (const uint32_t count : live_) live += count;
  if (live == 0) {
    // Exchanges may have served virtual users since the last open stage.
    free_.clear();
    for (uint32_t i = exchanges_.count(); i-- > 0;) free_.push_back(i);
  }
  plan_ = &plan;
  slot_ = stage_slot;
  stopped_[stage_slot] = false;
  starts_.begin(*plan.schedule);
}

void OpenLoad::stop() {
  std::fill(std::begin(stopped_), std::end(stopped_), true);
  plan_ = nullptr;
  for (const StagePlan*& plan : following_) plan = nullptr;
  for (uint32_t i = 0; i < exchanges_.used(); ++i) {
    Exchange& exchange = exchanges_.at(i);
    if (exchange.state != ExchangeState::waiting || exchange.plan == nullptr) continue;
    // The turn that it waited for, unless that had been begun and waited to be tried again, and those behind it.
    recordings_[exchange.stage_slot].abandoned += exchange.conversation.turns_left() + (exchange.retrying ? 0 : 1);
    exchanges_.stop_waiting(exchange);
    retire(exchange);
  }
}

void OpenLoad::close(uint8_t stage_slot, Nanos now) {
  RINGLOAD_ASSERT(begun(stage_slot));
  for (uint32_t i = 0; i < exchanges_.used() && live_[stage_slot] > 0; ++i) {
    Exchange& exchange = exchanges_.at(i);
    if (exchange.plan == nullptr || exchange.stage_slot != stage_slot) continue;
    const bool waits = exchange.state == ExchangeState::waiting;
    recordings_[stage_slot].abandoned += exchange.conversation.turns_left() + (waits && !exchange.retrying ? 1 : 0);
    if (waits) {
      exchanges_.stop_waiting(exchange);
      retire(exchange);
      continue;
    }
    exchanges_.leave_open(exchange, now);
    --live_[stage_slot];
    ++live_[kClosedSlot];
  }
}

void OpenLoad::begin_due(Nanos now) {
  for (unsigned begun = 0; plan_ != nullptr && begun < kStartsPerTurn;) {
    const load::ConversationStart start = starts_.front();
    const bool enough = plan_->max_steady_requests > 0 &&
                        recordings_[slot_].steady_scheduled >= plan_->max_steady_requests;
    // A stage lasts until its end, also when the last start comes long before: its seconds and steps are counted, and
    // other stages' requests end in its window.
    if (start.at == kNever && !enough && now < plan_->end) return;
    if (start.at == kNever || enough) {
      const auto after = static_cast<uint8_t>((slot_ + 1) % kStageSlots);
      const StagePlan* next = following_[after];
      plan_ = nullptr;
      if (next == nullptr) return;
      following_[after] = nullptr;
      activate(*next, after);
      continue;
    }
    const Nanos intended = plan_->start + start.at;
    if (intended > now) return;
    begin_one(intended, now, start.lane, start.k);
    ++begun;
    starts_.pop();
  }
}

void OpenLoad::begin_one(Nanos intended, Nanos now, uint32_t lane, uint64_t k) {
  StageRecording& recording = recordings_[slot_];
  ++recording.starts;
  if (now < plan_->end) ++recording.starts_in_time;
  if (plan_->bin_ns > 0)
    ++recording.intended_bins[std::min<size_t>(static_cast<size_t>((intended - plan_->start) / plan_->bin_ns),
                                               recording.intended_bins.size() - 1)];
  const bool room = !free_.empty();
  Exchange& exchange = room ? exchanges_.at(free_.back()) : exchanges_.spare();
  exchange.stage_slot = slot_;
  exchange.plan = &workload_.draw_scenario(plan_->number, lane, k);
  exchange.conversation.begin(*exchange.plan, {plan_->number, lane, k, 0}, exchange.memory);
  if (!room) {
    recording.abandoned += exchange.conversation.turns_left();
    exchanges_.shed(exchange, intended, now);
    return;
  }
  free_.pop_back();
  ++live_[slot_];
  exchanges_.start_turn(exchange, intended, now);
}

void OpenLoad::retire(Exchange& exchange) {
  RINGLOAD_ASSERT(live_[exchange.stage_slot] > 0);
  --live_[exchange.stage_slot];
  exchange.plan = nullptr;
  free_.push_back(exchange.index);
}

void OpenLoad::on_due(Exchange& exchange, Nanos at) { exchanges_.start_turn(exchange, exchange.intended_next, at); }

void OpenLoad::on_turn_over(Exchange& exchange, Nanos at) {
  if (exchange.stage_slot == kClosedSlot) return retire(exchange);
  const bool ok = exchange.outcome.error == ErrorClass::ok && !exchange.cancelled && !exchange.reply_truncated;
  if (ok && !stopped_[exchange.stage_slot]) {
    if (const auto think = exchange.conversation.finish_turn(exchange.reply.text_size)) {
      const Nanos due = exchange.outcome.end + *think;
      if (due > at) return exchanges_.wait_until(exchange, due);
      return exchanges_.start_turn(exchange, due, at);
    }
  } else {
    recordings_[exchange.stage_slot].abandoned += exchange.conversation.turns_left();
  }
  retire(exchange);
}

}  // namespace ringload::engine
