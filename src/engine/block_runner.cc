#include "engine/block_runner.h"

#include <algorithm>

#include "base/assert.h"

namespace ringload::engine {
namespace {

constexpr Nanos kRecovery = 10 * kSecond;
constexpr Nanos kLongestWait = 10 * kSecond;  // bounds beyond that cannot be waited for

double ms(Nanos ns) { return static_cast<double>(ns) / kMillisecond; }

}  // namespace

BlockRunner::BlockRunner(Coordinator& coordinator, Options options)
    : coordinator_(coordinator), options_(std::move(options)), shards_(coordinator.shards()),
      number_(options_.first_number - 1) {
  RINGLOAD_ASSERT(options_.bounds.size() <= kMaxBounds);
  coordinator_.set_bounds_listener([this](unsigned shard, const BoundTick& tick) { take(shard, tick); });
}

void BlockRunner::ask(Nanos now, const BlockCounts* last) {
  const bool follows = state_ == State::running;  // without a pause
  if (const auto block = options_.next(last)) {
    begin(*block, follows ? std::max(start_ + block_.duration_ns(), now) : now);
    state_ = State::running;
    return;
  }
  if (running_.empty()) {
    state_ = State::done;
  } else {
    stop(now + kRecovery);
  }
}

void BlockRunner::begin(const LoadBlock& block, Nanos start) {
  level_ = in_flight_now();
  block_ = block;
  start_ = start;
  looked_ = 0;
  auto running = std::make_unique<Running>();
  running->number = ++number_;
  running->judgement = {options_.bounds, block.window_ns};
  Stage& stage = running->stage;
  stage.loop = Loop::open;
  stage.duration_ns = block.duration_ns();
  stage.warmup_ns = block.settle_ns;
  stage.legs = {{block.rate, block.rate, stage.duration_ns}};
  stage.arrival = options_.arrival;
  for (FromShard& shard : shards_) {
    const uint64_t in_flight = shard.latest.in_flight;
    shard = FromShard{};
    shard.latest.in_flight = in_flight;
    shard.in_flight.push_back(in_flight);
    shard.requests.push_back(0);
  }
  const unsigned slot = coordinator_.begin_stage(stage, number_, start, &running->judgement);
  running_[slot] = std::move(running);
}

void BlockRunner::take(unsigned index, const BoundTick& tick) {
  FromShard& shard = shards_[index];
  if (tick.stage != number_) return;
  // A shard that came late speaks for the steps that it missed too.
  while (shard.in_flight.size() <= tick.step) {
    shard.in_flight.push_back(tick.in_flight);
    shard.requests.push_back(tick.requests);
  }
  if (tick.step <= settled()) shard.busy_before = tick.busy, shard.wall_before = tick.wall;
  shard.latest = tick;
}

uint64_t BlockRunner::in_flight(uint32_t step) const {
  uint64_t sum = 0;
  for (const FromShard& shard : shards_) sum += shard.in_flight[std::min<size_t>(step, shard.in_flight.size() - 1)];
  return sum;
}

uint64_t BlockRunner::requests(uint32_t step) const {
  uint64_t sum = 0;
  for (const FromShard& shard : shards_) sum += shard.requests[std::min<size_t>(step, shard.requests.size() - 1)];
  return sum;
}

uint64_t BlockRunner::in_flight_now() const {
  if (running_.empty()) return 0;
  uint64_t sum = 0;
  for (const FromShard& shard : shards_) sum += shard.latest.in_flight;
  return sum;
}

bool BlockRunner::open_is_bad(const Bound& bound) const {
  switch (bound.figure) {
    case Bound::Figure::latency: case Bound::Figure::service: case Bound::Figure::ttfb:
    case Bound::Figure::ttft: case Bound::Figure::ttfot: return bound.limit_ns <= kLongestWait;
    case Bound::Figure::missed_slo: return bound.limit_ns > 0 && bound.limit_ns <= kLongestWait;
    default: return false;
  }
}

// What is bad for certain: what ended so, and what must be open beyond its bound, since more is in flight than was
// brought up since. (What was open when the window began is not its fault. TTFT may have come to what is still open.)
uint64_t BlockRunner::bad_by_now(size_t b, uint32_t step) const {
  uint64_t bad = 0;
  for (const FromShard& shard : shards_) bad += shard.latest.bounds[b].bad;
  const Bound& bound = options_.bounds[b];
  if (bound.figure != Bound::Figure::latency || bound.scenario >= 0 || !open_is_bad(bound)) return bad;
  const auto age = static_cast<uint32_t>((bound.limit_ns + kBlockStep - 1) / kBlockStep);
  if (step < settled() + age) return bad;
  const uint64_t young = requests(step) - requests(step - age) + in_flight(settled());
  const uint64_t open = in_flight(step);
  return bad + (open > young ? open - young : 0);
}

void BlockRunner::step(Nanos now, std::optional<unsigned> over) {
  if (over) {
    const std::unique_ptr<Running> ended = std::move(running_.at(*over));
    running_.erase(*over);
    const StageOutcome outcome = coordinator_.finish_stage(*over);
    if (options_.on_ended) options_.on_ended(ended->number, outcome);
  }
  switch (state_) {
    case State::idle: ask(now, nullptr); break;
    case State::running: look(now); break;
    case State::recovering: {
      const bool back = in_flight_now() <= level_;
      if (!back && now < give_up_) break;
      if (!back) {
        sealed_.recovered = false;
        coordinator_.stop(now);  // cancels
        state_ = State::cancelling;
        break;
      }
      if (!coordinator_.has_free_slot()) break;
      sealed_.elapsed_ns = now - start_;
      ask(now, &sealed_);
      break;
    }
    case State::cancelling:
      if (!running_.empty()) break;
      sealed_.elapsed_ns = now - start_;
      ask(now, &sealed_);
      break;
    case State::ending:
      if (running_.empty()) state_ = State::done;
      break;
    case State::done: break;
  }
}

void BlockRunner::look(Nanos now) {
  uint32_t step = UINT32_MAX;
  for (const FromShard& shard : shards_) step = std::min(step, shard.latest.stage == number_ ? shard.latest.step : 0);
  if (step <= looked_) return;
  looked_ = step;
  if (step >= decided()) {
    if (!coordinator_.has_free_slot()) {
      coordinator_.close_oldest(now);  // requests that are older than four blocks hold all slots
      looked_ = step - 1;
      return;
    }
    BlockCounts last = counts(decided());
    last.elapsed_ns = std::max(block_.duration_ns(), now - start_);
    return ask(now, &last);
  }
  bool sealed = false;
  for (const FromShard& shard : shards_) sealed = sealed || shard.latest.shed > 0;
  for (size_t b = 0; b < options_.bounds.size() && b < block_.most_bad.size(); ++b)
    sealed = sealed || bad_by_now(b, step) > block_.most_bad[b];
  if (!sealed) return;
  sealed_ = counts(step);
  sealed_.ended_early = true;
  coordinator_.stop(kNever);
  give_up_ = now + kRecovery;
  state_ = State::recovering;
}

BlockCounts BlockRunner::counts(uint32_t step) const {
  BlockCounts result;
  result.block = block_;
  result.number = number_;
  RoughDurations durations, ttfbs, lags;
  result.bounds.resize(options_.bounds.size());
  for (const FromShard& shard : shards_) {
    const BoundTick& tick = shard.latest;
    result.sent += tick.sent;
    result.answered += tick.answered;
    result.shed += tick.shed;
    result.requests += tick.requests;
    result.gen_errors += tick.gen_errors;
    result.loop_gap_ns = std::max(result.loop_gap_ns, tick.loop_gap);
    const Nanos wall = tick.wall - shard.wall_before;
    const auto busy = static_cast<double>(tick.busy - shard.busy_before);
    if (wall > 0) result.busiest_shard = std::max(result.busiest_shard, busy / static_cast<double>(wall));
    durations.add(tick.durations);
    ttfbs.add(tick.ttfbs);
    lags.add(tick.lags);
  }
  for (size_t b = 0; b < options_.bounds.size(); ++b) {
    BoundCount& count = result.bounds[b];
    BoundTick::Count sum;
    for (const FromShard& shard : shards_) {
      const BoundTick::Count& one = shard.latest.bounds[b];
      sum.scheduled += one.scheduled, sum.neutral += one.neutral, sum.met += one.met, sum.bad += one.bad;
      sum.valued += one.valued, sum.sum += one.sum;
      sum.min = std::min(sum.min, one.min), sum.max = std::max(sum.max, one.max);
    }
    const bool whole = step >= decided();
    if (whole && open_is_bad(options_.bounds[b])) {
      count.judged = sum.scheduled - sum.neutral;
      count.bad = count.judged - sum.met;
    } else {
      count.bad = whole ? sum.bad : bad_by_now(b, step);
      count.judged = sum.met + count.bad;
    }
    count.valued = sum.valued;
    count.sum_ms = ms(sum.sum);
    count.max_ms = ms(sum.max);
    count.min_ms = sum.valued > 0 ? ms(sum.min) : 0;
  }
  const uint32_t end = std::min(step, judged());
  result.in_flight_begin = in_flight(std::min(settled(), end));
  result.in_flight_end = in_flight(end);
  double total = 0, squares = 0;
  for (uint32_t at = settled() + 1; at <= end; ++at) {
    const auto open = static_cast<double>(in_flight(at));
    total += open;
    squares += open * open;
  }
  if (end > settled()) {
    const auto n = static_cast<double>(end - settled());
    result.in_flight_mean = total / n;
    result.in_flight_variance = std::max(0.0, squares / n - result.in_flight_mean * result.in_flight_mean);
  }
  result.p50_ns = durations.at(0.5);
  result.p90_ns = durations.at(0.9);
  result.p99_ns = durations.at(0.99);
  result.ttfb_p50_ns = ttfbs.at(0.5);
  result.lag_p99_ns = lags.at(0.99);
  return result;
}

void BlockRunner::stop(Nanos deadline) {
  if (state_ == State::done) return;
  coordinator_.stop(deadline);
  state_ = running_.empty() ? State::done : State::ending;
}

}  // namespace ringload::engine
