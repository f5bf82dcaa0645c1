#include "engine/virtual_users.h"

#include <algorithm>

#include "base/assert.h"

namespace ringload::engine {

void VirtualUsers::start(const StagePlan& plan, uint8_t stage_slot) {
  RINGLOAD_ASSERT(active_ == 0 && plan.vus.size() <= exchanges_.count());
  plan_ = &plan;
  stage_slot_ = stage_slot;
  stopped_ = false;
  active_ = static_cast<uint32_t>(plan.vus.size());
  for (uint32_t i = 0; i < active_; ++i) {
    Exchange& exchange = exchanges_.at(i);
    RINGLOAD_ASSERT(exchange.state == ExchangeState::idle);
    exchange.stage_slot = stage_slot;
    exchange.vu = i;
    exchange.conversations = 0;
    exchange.plan = nullptr;
    exchanges_.wait_until(exchange, plan.vus[i].from);
  }
}

void VirtualUsers::stop() {
  if (stopped_) return;
  stopped_ = true;
  if (plan_ == nullptr) return;
  for (uint32_t i = 0; i < plan_->vus.size(); ++i) {
    Exchange& exchange = exchanges_.at(i);
    if (exchange.state != ExchangeState::waiting) continue;
    exchanges_.stop_waiting(exchange);
    retire(exchange);
  }
}

bool VirtualUsers::may_start(const Exchange& exchange, Nanos intended) const {
  if (stopped_ || intended >= std::min(plan_->end, plan_->vus[exchange.vu].until)) return false;
  const StageRecording& recording = recordings_[stage_slot_];
  return plan_->max_steady_requests == 0 || plan_->is_warmup(intended) ||
         recording.steady_scheduled < plan_->max_steady_requests;
}

void VirtualUsers::retire(Exchange& exchange) {
  exchange.plan = nullptr;
  RINGLOAD_ASSERT(active_ > 0);
  --active_;
}

void VirtualUsers::begin_conversation(Exchange& exchange, Nanos intended, Nanos now) {
  const VirtualUserPlan& vu = plan_->vus[exchange.vu];
  exchange.plan = &workload_.scenarios()[vu.scenario];
  const uint32_t users = plan_->stage == nullptr ? 1 : static_cast<uint32_t>(plan_->stage->peak());
  exchange.conversation.begin(*exchange.plan, {plan_->number, vu.number, exchange.conversations++, 0, users},
                              exchange.memory);
  exchanges_.start_turn(exchange, intended, now);
}

void VirtualUsers::on_due(Exchange& exchange, Nanos at) { go_on(exchange, exchange.intended_next, at); }

// The next turn, or the next conversation when `exchange.plan` is null.
void VirtualUsers::go_on(Exchange& exchange, Nanos due, Nanos now) {
  if (!may_start(exchange, due)) return retire(exchange);
  if (due > now) return exchanges_.wait_until(exchange, due);
  if (exchange.plan == nullptr) return begin_conversation(exchange, due, now);
  exchanges_.start_turn(exchange, due, now);
}

void VirtualUsers::on_turn_over(Exchange& exchange, Nanos at) {
  const Nanos end = exchange.outcome.end >= 0 ? exchange.outcome.end : at;
  const bool ok = exchange.outcome.error == ErrorClass::ok && !exchange.cancelled;
  if (ok && !exchange.reply_truncated && !plan_->preflight) {
    if (const auto think = exchange.conversation.finish_turn(exchange.reply.text_size))
      return go_on(exchange, end + *think, at);
  } else if (!plan_->preflight) {
    recordings_[stage_slot_].abandoned += exchange.conversation.turns_left();
  }
  if (plan_->preflight) return retire(exchange);
  const Nanos pause = exchange.conversation.pause();
  exchange.plan = nullptr;
  go_on(exchange, end + pause, at);
}

}  // namespace ringload::engine
