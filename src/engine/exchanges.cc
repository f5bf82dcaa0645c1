#include "engine/exchanges.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/assert.h"
#include "protocol/rate_limit_fields.h"

namespace ringload::engine {
namespace {

constexpr Nanos kRetryAfter = kSecond;  // when the response does not say
constexpr size_t kIovMax = 1024;  // the kernel's bound on one sendmsg

Nanos retry_due(const Exchange& exchange) {
  return exchange.outcome.end + (exchange.retry_after >= 0 ? exchange.retry_after : kRetryAfter);
}

size_t align8(size_t bytes) { return (bytes + 7) & ~size_t{7}; }

}  // namespace

bool meets_slo(const Outcome& outcome, const Slo& slo) {
  if (outcome.error != ErrorClass::ok) return false;
  if (slo.e2e_ns && outcome.end - outcome.intended > *slo.e2e_ns) return false;
  if (slo.ttft_ns && outcome.stream &&
      (outcome.first_token < 0 || outcome.first_token - outcome.intended > *slo.ttft_ns))
    return false;
  if (slo.itl_ns && outcome.content_events > 1 &&
      outcome.itl_sum > *slo.itl_ns * static_cast<int64_t>(outcome.content_events - 1))
    return false;
  return true;
}

Exchanges::Exchanges(const load::Workload& workload, BlockPool& blocks, io::TimerWheel& timers, TurnDirector& director,
                     std::span<StageRecording> recordings, stats::CoarseRecorder& coarse, const Options& options)
    : workload_(workload), blocks_(blocks), timers_(timers), director_(director), recordings_(recordings),
      coarse_(coarse), options_(options), reader_(blocks, options.reader), slots_(options.slots + 1),
      spans_(workload.max_pieces() + 2) {
  const size_t each = align8(workload.max_conversation_bytes());
  memory_bytes_ = each * slots_.size();
  if (memory_bytes_ > 0) {
    void* memory = ::mmap(nullptr, memory_bytes_, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "memory of conversations");
    memory_ = static_cast<char*>(memory);
  }
  for (const std::string& name : workload.profile().retry.on)
    for (unsigned i = 1; i < kErrorClasses; ++i)
      if (error_class_name(static_cast<ErrorClass>(i)) == name) retried_classes_[i] = true;
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    Exchange& exchange = slots_[i];
    exchange.index = i;
    exchange.timer.owner = &exchange;
    exchange.timer.kind = kExchangeTimer;
    exchange.memory = {memory_ + each * i, each};
  }
}

Exchanges::~Exchanges() {
  if (memory_ != nullptr) ::munmap(memory_, memory_bytes_);
}

bool Exchanges::encode(Exchange& exchange) {
  BodyWriter body(spans_);
  exchange.conversation.encode(body);
  if (body.overflow()) return false;
  const size_t head_room = align8(exchange.plan->head.max_bytes);
  const std::span<const std::string_view> spans = body.spans();
  const size_t bytes = head_room + body.bytes();
  if (bytes <= kGatherBytes || spans.size() + 1 > kIovMax) {
    exchange.request_block = blocks_.take(bytes);
    if (exchange.request_block.empty()) return false;
    char* out = exchange.request_block.data;
    out += exchange.conversation.render_head({out, head_room}, body.bytes());
    for (const std::string_view span : spans) {
      std::memcpy(out, span.data(), span.size());
      out += span.size();
    }
    exchange.bytes = {exchange.request_block.data, static_cast<size_t>(out - exchange.request_block.data)};
    exchange.pieces = {};
    exchange.outcome.bytes_sent = exchange.bytes.size();
    return true;
  }
  exchange.request_block = blocks_.take(head_room + (spans.size() + 1) * sizeof(iovec));
  if (exchange.request_block.empty()) return false;
  char* head = exchange.request_block.data;
  const size_t head_bytes = exchange.conversation.render_head({head, head_room}, body.bytes());
  auto* pieces = reinterpret_cast<iovec*>(head + head_room);
  pieces[0] = {head, head_bytes};
  for (size_t i = 0; i < spans.size(); ++i) pieces[i + 1] = {const_cast<char*>(spans[i].data()), spans[i].size()};
  exchange.bytes = {};
  exchange.pieces = {pieces, spans.size() + 1};
  exchange.outcome.bytes_sent = head_bytes + body.bytes();
  return true;
}

void Exchanges::reset_for_turn(Exchange& exchange, Nanos intended) {
  reset_for_try(exchange, intended);
  exchange.retries = 0;
  StageRecording& stage = recording(exchange);
  exchange.stage_number = stage.plan->number;
  const Outcome& outcome = exchange.outcome;
  const load::ScenarioPlan& plan = *exchange.plan;
  exchange.segment = plan.segments.empty() ? kNoSegment : plan.first_segment + exchange.conversation.segment();
  if (exchange.segment != kNoSegment) stage.segments.count_scheduled(exchange.segment, outcome.warmup);
  stage.recorder.count_scheduled(outcome.scenario, outcome.warmup);
  coarse_.count_scheduled(exchange.stage_slot, outcome.scenario, outcome.warmup);
  ++(outcome.warmup ? stage.warmup_scheduled : stage.steady_scheduled);
  bounds_.on_scheduled(exchange);
}

void Exchanges::reset_for_try(Exchange& exchange, Nanos intended) {
  Outcome& outcome = exchange.outcome;
  outcome = Outcome{};
  outcome.scenario = exchange.plan->index;
  outcome.stream = exchange.plan->stream;
  outcome.intended = intended;
  outcome.warmup = recording(exchange).plan->is_warmup(intended);
  reader_.begin(exchange);
  exchange.retrying = false;
  exchange.retry_after = -1;

  static_cast<net::Request&>(exchange).target = exchange.plan->target;
  exchange.sent = exchange.first_sent = exchange.first_byte = -1;
  exchange.connect_wait = 0;
  exchange.connect_time = -1;
  exchange.tls_time = -1;
  exchange.reused = exchange.resent = false;
  exchange.addresses_tried = 0;
  exchange.bytes_received = 0;
}

void Exchanges::shed(Exchange& exchange, Nanos intended, Nanos now) {
  reset_for_turn(exchange, intended);
  exchange.outcome.shed = true;
  exchange.outcome.error = ErrorClass::gen_overload;
  exchange.outcome.end = now;
  exchange.set_detail("shed: max_in_flight was reached");
  bounds_.on_shed(exchange);
  StageRecording& stage = recording(exchange);
  stage.recorder.record(exchange.outcome, false);
  if (exchange.segment != kNoSegment) stage.segments.record(StageRecording::by_segment(exchange), false);
  coarse_.record_end(exchange.stage_slot, exchange.outcome);
  if (log_ != nullptr) log_->log(exchange);
}

void Exchanges::start_turn(Exchange& exchange, Nanos intended, Nanos now) {
  RINGLOAD_ASSERT(exchange.state == ExchangeState::idle || exchange.state == ExchangeState::waiting);
  used_ = std::max(used_, exchange.index + 1);
  timers_.cancel(exchange.timer);
  reset_for_turn(exchange, intended);
  send(exchange, now);
}

void Exchanges::send(Exchange& exchange, Nanos now) {
  exchange.state = ExchangeState::in_flight;
  ++in_flight_;
  ++unreleased_;
  timers_.set(exchange.timer, now + options_.timeout);
  client_->start(exchange, now);
}

bool Exchanges::wants_retry(const Exchange& exchange) const {
  if (exchange.stage_slot == kClosedSlot) return false;
  const StagePlan& plan = *recordings_[exchange.stage_slot].plan;
  return retried_classes_[static_cast<size_t>(exchange.outcome.error)] && retries_allowed_ && !exchange.cancelled &&
         exchange.retries < workload_.profile().retry.max && !plan.preflight &&
         (plan.schedule != nullptr || retry_due(exchange) < plan.end);
}

// The same request once more; it keeps the instant for which it was intended, and how late the generator was then.
void Exchanges::retry(Exchange& exchange, Nanos now) {
  const Nanos intended = exchange.outcome.intended;
  const Nanos lag = exchange.outcome.sched_lag;
  reset_for_try(exchange, intended);
  exchange.outcome.sched_lag = std::max<Nanos>(lag, 0);
  ++exchange.retries;
  ++retries_;
  send(exchange, now);
}

void Exchanges::wait_until(Exchange& exchange, Nanos due) {
  used_ = std::max(used_, exchange.index + 1);
  exchange.state = ExchangeState::waiting;
  exchange.intended_next = due;
  timers_.set(exchange.timer, due);
}

void Exchanges::stop_waiting(Exchange& exchange) {
  if (exchange.state != ExchangeState::waiting) return;
  timers_.cancel(exchange.timer);
  exchange.state = ExchangeState::idle;
  if (exchange.retrying) give_up_retry(exchange);
}

void Exchanges::give_up_retry(Exchange& exchange) {
  exchange.retrying = false;
  exchange.outcome.error = ErrorClass::cancelled;
  exchange.outcome.tokens = {};
  exchange.set_detail("its stage ended before it was tried again");
  record(exchange);
}

void Exchanges::on_timer(io::Timer& timer, Nanos at) {
  Exchange& exchange = *static_cast<ExchangeTimer&>(timer).owner;
  if (exchange.state == ExchangeState::waiting) {
    exchange.state = ExchangeState::idle;
    exchange.retrying ? retry(exchange, at) : director_.on_due(exchange, at);
    return;
  }
  if (exchange.state != ExchangeState::in_flight) return;
  reader_.on_end(exchange, ErrorClass::timeout, exchange.sent < 0 ? "before the request was sent" : "no whole answer");
  finish(exchange, at);
  client_->cancel(exchange, at);
}

void Exchanges::record_open(Exchange& exchange, Nanos now) {
  exchange.outcome.sent = exchange.sent;
  exchange.outcome.first_byte = exchange.first_byte;
  for (StageRecording& each : recordings_)
    if (each.plan != nullptr) each.count_open_until(exchange, now);
  StageRecording& stage = recording(exchange);
  stage.recorder.record_open(exchange.outcome);
  if (exchange.segment != kNoSegment) stage.segments.record_open(StageRecording::by_segment(exchange));
}

void Exchanges::leave_open(Exchange& exchange, Nanos now) {
  if (exchange.state == ExchangeState::in_flight) {
    record_open(exchange, now);
  } else if (exchange.retrying) {
    give_up_retry(exchange);
  }
  exchange.stage_slot = kClosedSlot;
}

void Exchanges::cancel(Exchange& exchange, bool count_as_in_flight, Nanos now) {
  if (exchange.state != ExchangeState::in_flight) return;
  exchange.cancelled = true;
  if (count_as_in_flight) {
    timers_.cancel(exchange.timer);
    if (exchange.stage_slot != kClosedSlot) record_open(exchange, now);
    exchange.state = ExchangeState::ended;
    --in_flight_;
  } else {
    reader_.on_end(exchange, ErrorClass::cancelled, "the run ended first");
    exchange.outcome.error = ErrorClass::cancelled;
    finish(exchange, now);
  }
  client_->cancel(exchange, now);
}

bool Exchanges::on_ready(net::Request& request) {
  auto& exchange = static_cast<Exchange&>(request);
  return !exchange.request_block.empty() || encode(exchange);
}

void Exchanges::on_sent(net::Request& request) { blocks_.give(static_cast<Exchange&>(request).request_block); }

void Exchanges::on_sending(net::Request& request, Nanos at) {
  auto& exchange = static_cast<Exchange&>(request);
  Outcome& outcome = exchange.outcome;
  if (outcome.sched_lag >= 0) return;  // a resend: how late the generator was is the first attempt's affair
  outcome.sched_lag = std::max<Nanos>(0, at - outcome.intended - request.connect_wait);
  if (exchange.stage_slot == kClosedSlot) return;
  bounds_.on_sent(exchange);
  coarse_.record_sent(exchange.stage_slot, outcome.scenario, outcome.warmup, outcome.sched_lag);
  StageRecording& stage = recording(exchange);
  ++stage.sent_first;
  constexpr Nanos kBin = 10 * kMillisecond;
  const Nanos excused = request.connect_wait;
  stage.sent_in_wrong_bin += (at - excused - stage.plan->start) / kBin != (outcome.intended - stage.plan->start) / kBin;
}

net::Take Exchanges::on_head(net::Request& request, const codec::ResponseHead& head, Nanos at) {
  auto& exchange = static_cast<Exchange&>(request);
  RateLimits& limits = records(exchange) ? recording(exchange).recorder.rate_limits(exchange.outcome.scenario)
                                         : unrecorded_limits_;
  const int64_t retry_after_ms = protocol::read_rate_limits(head, limits);
  exchange.retry_after = retry_after_ms < 0 ? -1 : retry_after_ms * kMillisecond;
  const net::Take take = reader_.on_head(exchange, head, at);
  bounds_.on_progress(exchange);
  return take;
}

net::Take Exchanges::on_body(net::Request& request, std::span<char> bytes, Nanos at) {
  auto& exchange = static_cast<Exchange&>(request);
  const net::Take take = reader_.on_body(exchange, bytes, at, records(exchange) ? &recording(exchange) : nullptr);
  bounds_.on_progress(exchange);
  return take;
}

void Exchanges::on_end(net::Request& request, ErrorClass error, std::string_view detail, Nanos at) {
  auto& exchange = static_cast<Exchange&>(request);
  reader_.on_end(exchange, error, detail);
  finish(exchange, at);
}

// Everything about the request is known.
void Exchanges::finish(Exchange& exchange, Nanos at) {
  timers_.cancel(exchange.timer);
  exchange.state = ExchangeState::ended;
  --in_flight_;
  Outcome& outcome = exchange.outcome;
  outcome.sent = exchange.sent;
  outcome.first_byte = exchange.first_byte;
  outcome.end = at;
  outcome.reused = exchange.reused;
  outcome.connect = exchange.connect_time;
  outcome.tls = exchange.tls_time;
  outcome.bytes_received = exchange.bytes_received;
  if (outcome.sent < 0) outcome.bytes_sent = 0;  // encoded, but no connection came about

  exchange.retrying = wants_retry(exchange);
  if (!exchange.retrying) return record(exchange);
  if (log_ != nullptr) log_->log(exchange);
}

// The request's fate, after its last try.
void Exchanges::record(Exchange& exchange) {
  const Outcome& outcome = exchange.outcome;
  const bool good = meets_slo(outcome, exchange.plan->scenario->slo);
  if (exchange.stage_slot != kClosedSlot) {
    StageRecording& stage = recording(exchange);
    stage.last_end = std::max(stage.last_end, outcome.end);
    stage.recorder.record(outcome, good);
    if (exchange.segment != kNoSegment) stage.segments.record(StageRecording::by_segment(exchange), good);
    // The stage that intended it may have been followed by another meanwhile.
    for (StageRecording& each : recordings_)
      if (each.plan != nullptr) each.count_in_window(exchange, outcome.end, good);
    coarse_.record_end(exchange.stage_slot, outcome);
    if (exchange.reply_truncated) ++stage.reply_truncated;
  }
  bounds_.on_end(exchange, good);
  if (log_ != nullptr) log_->log(exchange);
}

void Exchanges::on_released(net::Request& request, Nanos at) {
  auto& exchange = static_cast<Exchange&>(request);
  RINGLOAD_ASSERT(exchange.state == ExchangeState::ended);
  reader_.release(exchange);
  blocks_.give(exchange.request_block);
  exchange.state = ExchangeState::idle;
  --unreleased_;
  if (exchange.retrying) return wait_until(exchange, retry_due(exchange));
  director_.on_turn_over(exchange, at);
}

}  // namespace ringload::engine
