#include "stats/recorder.h"

#include "base/assert.h"

namespace ringload::stats {
namespace {

enum class Fate : uint8_t { ok, failed, cancelled, shed };

Fate fate_of(const Outcome& outcome) {
  switch (outcome.error) {
    case ErrorClass::ok: return Fate::ok;
    case ErrorClass::cancelled:
    case ErrorClass::budget: return Fate::cancelled;
    default: return outcome.shed ? Fate::shed : Fate::failed;
  }
}

void count(Tally& tally, Fate fate) {
  switch (fate) {
    case Fate::ok: ++tally.ok; return;
    case Fate::failed: ++tally.failed; return;
    case Fate::cancelled: ++tally.cancelled; return;
    case Fate::shed: ++tally.shed; return;
  }
}

void record_since(ScenarioRecord& record, Figure figure, Nanos from, Nanos to) {
  record[figure].record(to_micros(to - from));
}

// An instant that a request that never ended may still have reached: a real sample if so, +infinity if not.
void record_or_censor(ScenarioRecord& record, Figure figure, Nanos from, Nanos to) {
  if (to < 0) {
    ++record.censored_of(figure);
  } else {
    record_since(record, figure, from, to);
  }
}

void record_never_ended(ScenarioRecord& record, const Outcome& outcome) {
  ++record.censored_of(Figure::latency);
  ++record.censored_of(Figure::service);
  record_or_censor(record, Figure::ttfb, outcome.intended, outcome.first_byte);
  if (!outcome.stream) return;
  record_or_censor(record, Figure::ttft, outcome.intended, outcome.first_token);
  record_or_censor(record, Figure::ttfot, outcome.intended, outcome.first_answer_token);
}

// The tokens of a stream that lie between its first and its last token: all but the reasoning that usage reports and
// nobody streamed. Reasoning was streamed when it came before the first answer token, or when there were more content
// events than answer tokens to fill them.
int64_t streamed_tokens(const Outcome& outcome) {
  const int64_t completion = outcome.tokens.completion;
  const int64_t answer = completion - outcome.tokens.reasoning;
  if (outcome.tokens.reasoning <= 0) return completion;
  const bool reasoning_came =
      outcome.first_answer_token != outcome.first_token || static_cast<int64_t>(outcome.content_events) > answer;
  return reasoning_came ? completion : answer;
}

void record_token_pace(ScenarioRecord& record, const Outcome& outcome) {
  const int64_t tokens = streamed_tokens(outcome);
  if (tokens < 2 || outcome.first_token < 0) return;
  const Nanos took = outcome.last_token - outcome.first_token;
  record[Figure::tpot].record(to_micros(took / (tokens - 1)));
  if (took <= 0) return;
  const double per_second = static_cast<double>(tokens - 1) * 1e9 / static_cast<double>(took);
  record[Figure::stream_tokens].record(static_cast<int64_t>(per_second * 1000 + 0.5));
}

void record_ok(ScenarioRecord& record, const Outcome& outcome) {
  record_since(record, Figure::latency, outcome.intended, outcome.end);
  record_since(record, Figure::service, outcome.sent, outcome.end);
  if (outcome.first_byte >= 0) record_since(record, Figure::ttfb, outcome.intended, outcome.first_byte);
  if (!outcome.stream) return;
  ++record.streams;
  if (outcome.first_token >= 0) record_since(record, Figure::ttft, outcome.intended, outcome.first_token);
  if (outcome.first_answer_token >= 0)
    record_since(record, Figure::ttfot, outcome.intended, outcome.first_answer_token);
  record_token_pace(record, outcome);
}

void count_response(ScenarioRecord& record, const Outcome& outcome) {
  if (outcome.status >= 100 && outcome.status < 600) {
    ++record.status[static_cast<size_t>(outcome.status - 100)];
  } else if (outcome.status >= 0) {
    ++record.status_other;
  }
  record.content_events += outcome.content_events;
  record.coalesced_events += outcome.coalesced_events;
  record.tokens_estimated += outcome.tokens.estimated;
  record.bytes_sent += outcome.bytes_sent;
  record.bytes_received += outcome.bytes_received;
  record.tokens.add(outcome.tokens);
}

}  // namespace

void ShardRecord::add(const ShardRecord& other) {
  sched_lag.add(other.sched_lag);
  receive_lag.add(other.receive_lag);
  connect.add(other.connect);
  dns.add(other.dns);
  tls.add(other.tls);
}

void ShardRecord::clear() {
  for (Histogram* histogram : {&sched_lag, &receive_lag, &connect, &dns, &tls}) histogram->reset();
}

void Recorder::record(const Outcome& outcome, bool meets_slo) {
  ScenarioRecord& record = scenarios_[outcome.scenario];
  const Fate fate = fate_of(outcome);
  count(outcome.warmup ? record.warmup : record.steady, fate);
  if (outcome.warmup) {
    record.warmup_tokens.add(outcome.tokens);
    return;
  }
  count_response(record, outcome);
  if (outcome.sched_lag >= 0) shard_.sched_lag.record(to_micros(outcome.sched_lag));
  if (outcome.connect >= 0) shard_.connect.record(to_micros(outcome.connect));
  if (outcome.dns >= 0) shard_.dns.record(to_micros(outcome.dns));
  if (outcome.tls >= 0) shard_.tls.record(to_micros(outcome.tls));
  if (fate == Fate::ok) {
    record.good += meets_slo;
    record_ok(record, outcome);
    return;
  }
  ++record.errors[static_cast<size_t>(outcome.error)];
  // What the run itself cancelled was open at the stop. What the budget kept back was never sent.
  if (is_censored(outcome.error) || outcome.error == ErrorClass::cancelled) record_never_ended(record, outcome);
  if (fate == Fate::failed && outcome.end >= 0)
    record_since(record, Figure::failed_latency, outcome.intended, outcome.end);
}

void Recorder::record_open(const Outcome& outcome) {
  ScenarioRecord& record = scenarios_[outcome.scenario];
  ++(outcome.warmup ? record.warmup : record.steady).in_flight_at_stop;
  if (outcome.warmup) return;
  if (outcome.sched_lag >= 0) shard_.sched_lag.record(to_micros(outcome.sched_lag));
  record_never_ended(record, outcome);
}

void Recorder::count_end_in_window(const Outcome& outcome, bool meets_slo) {
  const Fate fate = fate_of(outcome);
  if (fate == Fate::shed || fate == Fate::cancelled) return;
  WindowCounts& window = scenarios_[outcome.scenario].window;
  ++window.ended;
  if (fate != Fate::ok) return;
  ++window.ok;
  window.good += meets_slo;
  window.tokens.add(outcome.tokens);
}

Tally Recorder::steady() const {
  Tally sum;
  for (const ScenarioRecord& record : scenarios_) sum += record.steady;
  return sum;
}

Tally Recorder::warmup() const {
  Tally sum;
  for (const ScenarioRecord& record : scenarios_) sum += record.warmup;
  return sum;
}

void Recorder::merge(const Recorder& other) {
  RINGLOAD_ASSERT(other.scenarios() == scenarios());
  for (uint32_t i = 0; i < scenarios(); ++i) scenarios_[i].add(other.scenarios_[i]);
  shard_.add(other.shard_);
}

void Recorder::clear() {
  for (ScenarioRecord& record : scenarios_) record.clear();
  shard_.clear();
}

}  // namespace ringload::stats
