#include "stats/coarse.h"

#include <utility>

#include "base/assert.h"
#include "stats/recorder.h"

namespace ringload::stats {
namespace {

void record_or_censor(CoarseHistogram& histogram, Nanos from, Nanos to) {
  if (to < 0) {
    histogram.record_censored();
  } else {
    histogram.record(to_micros(to - from));
  }
}

}  // namespace

void CoarseTick::add(const CoarseTick& other) {
  scheduled += other.scheduled;
  sent += other.sent;
  ok += other.ok;
  failed += other.failed;
  in_flight += other.in_flight;
  prompt_tokens += other.prompt_tokens;
  completion_tokens += other.completion_tokens;
  latency.add(other.latency);
  service.add(other.service);
  ttfb.add(other.ttfb);
  ttft.add(other.ttft);
  lag.add(other.lag);
}

void CoarseTick::reset() {
  scheduled = sent = ok = failed = in_flight = prompt_tokens = completion_tokens = 0;
  for (CoarseHistogram* histogram : {&latency, &service, &ttfb, &ttft, &lag}) histogram->reset();
}

CoarseRecorder::CoarseRecorder(uint32_t slots, uint32_t scenarios)
    : scenarios_(scenarios), ticks_(size_t{slots} * scenarios * 2) {
  RINGLOAD_ASSERT(slots > 0 && scenarios > 0);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    for (uint32_t scenario = 0; scenario < scenarios; ++scenario) {
      for (const bool warmup : {false, true}) {
        tick(slot, scenario, warmup).scenario = scenario;
        tick(slot, scenario, warmup).warmup = warmup;
      }
    }
  }
}

void CoarseRecorder::begin(uint32_t slot, uint32_t stage) {
  for (uint32_t scenario = 0; scenario < scenarios_; ++scenario) {
    for (const bool warmup : {false, true}) {
      CoarseTick& mine = tick(slot, scenario, warmup);
      dropped_ += mine.ok + mine.failed;
      mine.reset();
      mine.stage = stage;
    }
  }
}

void CoarseRecorder::record_sent(uint32_t slot, uint32_t scenario, bool warmup, Nanos lag) {
  CoarseTick& mine = tick(slot, scenario, warmup);
  ++mine.sent;
  if (lag >= 0) mine.lag.record(to_micros(lag));
}

void CoarseRecorder::record_end(uint32_t slot, const Outcome& outcome) {
  CoarseTick& mine = tick(slot, outcome.scenario, outcome.warmup);
  if (outcome.error == ErrorClass::ok) {
    ++mine.ok;
    if (outcome.tokens.prompt > 0) mine.prompt_tokens += static_cast<uint64_t>(outcome.tokens.prompt);
    if (outcome.tokens.completion > 0) mine.completion_tokens += static_cast<uint64_t>(outcome.tokens.completion);
    mine.latency.record(to_micros(outcome.end - outcome.intended));
    mine.service.record(to_micros(outcome.end - outcome.sent));
    if (outcome.first_byte >= 0) mine.ttfb.record(to_micros(outcome.first_byte - outcome.intended));
    if (outcome.stream && outcome.first_token >= 0) mine.ttft.record(to_micros(outcome.first_token - outcome.intended));
    return;
  }
  if (outcome.error != ErrorClass::cancelled && outcome.error != ErrorClass::budget && !outcome.shed) ++mine.failed;
  if (!is_censored(outcome.error) && outcome.error != ErrorClass::cancelled) return;
  mine.latency.record_censored();
  mine.service.record_censored();
  record_or_censor(mine.ttfb, outcome.intended, outcome.first_byte);
  if (outcome.stream) record_or_censor(mine.ttft, outcome.intended, outcome.first_token);
}

bool CoarseRecorder::publish(Nanos now, uint64_t in_flight, SpscQueue<CoarseTick>& queue) {
  bool sent_gauge = false;
  for (CoarseTick& mine : ticks_) {
    if (mine.empty()) continue;
    CoarseTick* slot = queue.back();
    if (slot == nullptr) return false;
    *slot = mine;
    slot->from = handed_over_;
    slot->at = now;
    slot->in_flight = sent_gauge ? 0 : in_flight;
    sent_gauge = true;
    queue.push();
    mine.reset();
  }
  const Nanos from = std::exchange(handed_over_, now);
  if (sent_gauge) return true;
  CoarseTick* slot = queue.back();
  if (slot == nullptr) return false;
  slot->reset();
  slot->from = from;
  slot->at = now;
  slot->stage = ticks_.front().stage;
  slot->scenario = 0;
  slot->warmup = false;
  slot->in_flight = in_flight;
  queue.push();
  return true;
}

}  // namespace ringload::stats
