#include "engine/bounds.h"

#include <algorithm>

namespace ringload::engine {

using Figure = Bound::Figure;

Nanos RoughDurations::at(double share) const {
  uint64_t total = 0;
  for (const uint32_t count : counts_) total += count;
  if (total == 0) return 0;
  const double rank = share * static_cast<double>(total);
  uint64_t below = 0;
  for (unsigned i = 0; i < kCounts; ++i) {
    below += counts_[i];
    if (static_cast<double>(below) < rank || counts_[i] == 0) continue;
    const unsigned octave = i < 8 ? 0 : i / 4 - 1;
    const uint64_t low = uint64_t{i - octave * 4} << octave;
    return static_cast<Nanos>(((2 * low + (uint64_t{1} << octave)) << 10) / 2);
  }
  return 0;
}

void BoundCounter::begin(const StagePlan& plan, uint8_t slot) {
  judgement_ = plan.judgement;
  slot_ = slot;
  start_ = plan.start;
  from_ = plan.warmup_end;
  until_ = judgement_ != nullptr ? from_ + judgement_->window : from_;
  tick_ = BoundTick{};
  tick_.stage = plan.number;
  gap_limit_ = kNever;
  if (judgement_ == nullptr) return;
  for (const Bound& bound : judgement_->bounds)
    if (bound.figure == Figure::itl) gap_limit_ = bound.limit_ns;
}

void BoundCounter::hand_over(Nanos now, uint64_t in_flight, stats::SpscQueue<BoundTick>& queue) {
  tick_.loop_gap = std::max(tick_.loop_gap, now - next_step());
  tick_.step = static_cast<uint32_t>(std::max<Nanos>(0, now - start_) / kBlockStep);
  tick_.in_flight = in_flight;
  queue.try_push(tick_);  // counts are cumulative: a full queue loses nothing but time
}

void BoundCounter::on_scheduled(Exchange& exchange) {
  exchange.judged = false;
  exchange.gap_limit = kNever;
  if (judgement_ == nullptr || exchange.stage_slot != slot_) return;
  ++tick_.requests;
  if (exchange.outcome.intended < from_ || exchange.outcome.intended >= until_) return;
  ++tick_.sent;
  exchange.judged = true;
  exchange.bounds_done = 0;
  exchange.bounds_met = 0;
  exchange.gaps_over = exchange.gaps_seen = 0;
  for (unsigned b = 0; b < judgement_->bounds.size(); ++b) {
    const Bound& bound = judgement_->bounds[b];
    if (!applies(bound, exchange)) {
      exchange.bounds_done |= static_cast<uint8_t>(1u << b);
      continue;
    }
    ++tick_.bounds[b].scheduled;
    if (bound.figure == Figure::itl) exchange.gap_limit = gap_limit_;
  }
}

void BoundCounter::count_value(Exchange& exchange, unsigned b, Nanos value) {
  BoundTick::Count& count = tick_.bounds[b];
  const auto bit = static_cast<uint8_t>(1u << b);
  exchange.bounds_done |= bit;
  ++count.valued;
  count.sum += value;
  count.min = std::min(count.min, value);
  count.max = std::max(count.max, value);
  if (value <= judgement_->bounds[b].limit_ns) {
    ++count.met;
    exchange.bounds_met |= bit;
  } else {
    ++count.bad;
  }
}

// Bounds on instants that an answer reaches before its end: a request is good as soon as they are kept.
void BoundCounter::count_instants(Exchange& exchange) {
  const Outcome& outcome = exchange.outcome;
  if (outcome.status != 200) return;
  for (unsigned b = 0; b < judgement_->bounds.size(); ++b) {
    if ((exchange.bounds_done >> b & 1) != 0) {
      continue;
    }
    Nanos at = -1;
    switch (judgement_->bounds[b].figure) {
      case Figure::ttfb: at = exchange.first_byte; break;
      case Figure::ttft: at = outcome.first_token; break;
      case Figure::ttfot: at = outcome.first_answer_token; break;
      case Figure::itl: {
        const uint32_t gaps = outcome.content_events > 0 ? outcome.content_events - 1 : 0;
        BoundTick::Count& count = tick_.bounds[b];
        count.bad += exchange.gaps_over;
        count.met += gaps - exchange.gaps_seen - exchange.gaps_over;
        exchange.gaps_over = 0;
        exchange.gaps_seen = gaps;
        continue;
      }
      default: continue;
    }
    if (at >= 0) count_value(exchange, b, at - outcome.intended);
  }
}

void BoundCounter::on_end(Exchange& exchange, bool meets_slo) {
  if (judgement_ == nullptr) return;
  const Outcome& outcome = exchange.outcome;
  const bool ok = outcome.error == ErrorClass::ok;
  if (ok) {
    tick_.durations.record(outcome.end - outcome.intended);
    if (outcome.first_byte >= 0) tick_.ttfbs.record(outcome.first_byte - outcome.intended);
  }
  if (outcome.end >= from_ && outcome.end < until_ && outcome.status >= 0) ++tick_.answered;
  tick_.gen_errors += is_generator_error(outcome.error) && !outcome.shed;
  if (!judges(exchange)) return;
  if (ok) count_instants(exchange);
  const bool nobodys_fault = outcome.error == ErrorClass::cancelled || is_generator_error(outcome.error);
  for (unsigned b = 0; b < judgement_->bounds.size(); ++b) {
    const Bound& bound = judgement_->bounds[b];
    BoundTick::Count& count = tick_.bounds[b];
    const auto bit = static_cast<uint8_t>(1u << b);
    const bool on_instant = bound.figure == Figure::latency || bound.figure == Figure::service ||
                            bound.figure == Figure::ttfb || bound.figure == Figure::ttft ||
                            bound.figure == Figure::ttfot;
    if ((exchange.bounds_done & bit) != 0) {
      // A first token in time is no help when the rest never comes.
      if (on_instant && is_censored(outcome.error) && (exchange.bounds_met & bit) != 0) {
        --count.met;
        ++count.bad;
      }
      continue;
    }
    if (nobodys_fault) {
      ++count.neutral;
      continue;
    }
    switch (bound.figure) {
      case Figure::failed: ++(ok ? count.met : count.bad); break;
      case Figure::missed_slo: ++(meets_slo ? count.met : count.bad); break;
      case Figure::itl: count.bad += is_censored(outcome.error); break;
      case Figure::tpot: {
        const int64_t tokens = outcome.tokens.completion - std::max<int64_t>(0, outcome.tokens.reasoning);
        if (ok && tokens > 1 && outcome.first_token >= 0)
          count_value(exchange, b, (outcome.last_token - outcome.first_token) / (tokens - 1));
        else if (is_censored(outcome.error)) ++count.bad;
        else ++count.neutral;
        break;
      }
      default:
        if (ok && bound.figure == Figure::latency) count_value(exchange, b, outcome.end - outcome.intended);
        else if (ok && bound.figure == Figure::service) count_value(exchange, b, outcome.end - outcome.sent);
        else if (is_censored(outcome.error)) ++count.bad;
        else ++count.neutral;  // refused, or without that instant
        break;
    }
  }
  exchange.judged = false;
}

}  // namespace ringload::engine
