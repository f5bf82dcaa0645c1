#include "mock/rate_limits.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace ringload::mock {
namespace {

constexpr Nanos kMinute = 60 * kSecond;
constexpr Nanos kConcurrencyRetry = kSecond;  // nobody knows when a request will end

Nanos positive(Nanos value) { return std::max<Nanos>(value, kMillisecond); }

int64_t to_ms(Nanos value) { return std::max<Nanos>(value, 0) / kMillisecond; }

}  // namespace

void TokenBucket::refill(Nanos now) {
  if (at_ && now > *at_) level_ = std::min(capacity_, level_ + static_cast<double>(now - *at_) * per_ns_);
  if (!at_ || now > *at_) at_ = now;
}

Nanos TokenBucket::wait(double tokens) const {
  const double missing = std::min(tokens, capacity_) - level_;
  return missing <= 0 ? 0 : static_cast<Nanos>(std::ceil(missing / per_ns_));
}

void FixedWindow::advance(Nanos now) {
  if (!begun_) {
    begun_ = true;
    begin_ = now;
  }
  if (now < begin_ + length_) return;
  begin_ += (now - begin_) / length_ * length_;
  used_ = 0;
}

std::optional<Nanos> Slots::enter(Nanos now, Nanos service) {
  const auto later = std::greater<Nanos>();
  if (queue_) {
    while (!starts_.empty() && starts_.front() <= now) {
      std::pop_heap(starts_.begin(), starts_.end(), later);
      starts_.pop_back();
    }
  }
  std::pop_heap(free_at_.begin(), free_at_.end(), later);
  Nanos& server = free_at_.back();
  const Nanos start = std::max(now, server);
  if (queue_ && start > now && starts_.size() >= *queue_) {
    std::push_heap(free_at_.begin(), free_at_.end(), later);
    return std::nullopt;
  }
  if (queue_ && start > now) {
    starts_.push_back(start);
    std::push_heap(starts_.begin(), starts_.end(), later);
  }
  const Nanos finish = start + service;
  server = finish;
  std::push_heap(free_at_.begin(), free_at_.end(), later);
  return finish;
}

Limits::Limits(const LimitOptions& options, uint64_t seed)
    : options_(options),
      any_(options.max_concurrency > 0 || options.rpm > 0 || options.tpm > 0 || options.rps > 0 || options.slots > 0),
      prng_(seed_of(seed, 0x11317)),
      second_(options.rps, options.burst),
      minute_requests_(static_cast<double>(options.rpm) / 60, static_cast<double>(options.rpm)),
      minute_tokens_(static_cast<double>(options.tpm) / 60, static_cast<double>(options.tpm)),
      window_requests_(static_cast<double>(options.rpm), kMinute),
      window_tokens_(static_cast<double>(options.tpm), kMinute),
      slots_(std::max(options.slots, 1u), options.queue) {}

Limits::Verdict Limits::admit(Nanos now, uint64_t token_count) {
  const std::lock_guard lock(mutex_);
  const auto tokens = static_cast<double>(token_count);
  // Every limit is looked at before any is charged: what is refused costs nothing.
  if (options_.max_concurrency > 0 && running_ >= options_.max_concurrency) {
    return refuse(Refusal::concurrency, kConcurrencyRetry);
  }
  if (options_.rps > 0) {
    second_.refill(now);
    if (!second_.has(1)) return refuse(Refusal::requests_per_second, positive(second_.wait(1)));
  }
  if (options_.fixed_window) {
    window_requests_.advance(now);
    window_tokens_.advance(now);
    if (options_.rpm > 0 && !window_requests_.has(1)) {
      return refuse(Refusal::requests_per_minute, positive(window_requests_.wait(now)));
    }
    if (options_.tpm > 0 && !window_tokens_.has(tokens)) {
      return refuse(Refusal::tokens_per_minute, positive(window_tokens_.wait(now)));
    }
  } else {
    minute_requests_.refill(now);
    minute_tokens_.refill(now);
    if (options_.rpm > 0 && !minute_requests_.has(1)) {
      return refuse(Refusal::requests_per_minute, positive(minute_requests_.wait(1)));
    }
    if (options_.tpm > 0 && !minute_tokens_.has(tokens)) {
      return refuse(Refusal::tokens_per_minute, positive(minute_tokens_.wait(tokens)));
    }
  }
  Verdict verdict{Refusal::none, 0, now, -1};
  if (options_.slots > 0) {
    verdict.service = options_.service.draw(prng_);
    const auto finish = slots_.enter(now, verdict.service);
    if (!finish) return refuse(Refusal::queue, kConcurrencyRetry);
    verdict.begin = *finish;
  }
  second_.take(1);
  minute_requests_.take(1);
  minute_tokens_.take(tokens);
  window_requests_.take(1);
  window_tokens_.take(tokens);
  ++running_;
  return verdict;
}

void Limits::release() {
  const std::lock_guard lock(mutex_);
  --running_;
}

RateLimitState Limits::state(Nanos now) {
  const std::lock_guard lock(mutex_);
  RateLimitState state;
  const auto whole = [](double value) { return static_cast<int64_t>(std::max(value, 0.0)); };
  if (options_.rpm > 0) {
    const auto limit = static_cast<double>(options_.rpm);
    state.limit_requests = static_cast<int64_t>(options_.rpm);
    if (options_.fixed_window) {
      window_requests_.advance(now);
      state.remaining_requests = whole(window_requests_.left());
      state.reset_requests_ms = to_ms(window_requests_.wait(now));
    } else {
      minute_requests_.refill(now);
      state.remaining_requests = whole(minute_requests_.level());
      state.reset_requests_ms = to_ms(minute_requests_.wait(limit));
    }
  }
  if (options_.tpm > 0) {
    const auto limit = static_cast<double>(options_.tpm);
    state.limit_tokens = static_cast<int64_t>(options_.tpm);
    if (options_.fixed_window) {
      window_tokens_.advance(now);
      state.remaining_tokens = whole(window_tokens_.left());
      state.reset_tokens_ms = to_ms(window_tokens_.wait(now));
    } else {
      minute_tokens_.refill(now);
      state.remaining_tokens = whole(minute_tokens_.level());
      state.reset_tokens_ms = to_ms(minute_tokens_.wait(limit));
    }
  }
  return state;
}

std::string_view describe(Limits::Refusal refusal) {
  switch (refusal) {
    case Limits::Refusal::none: return "";
    case Limits::Refusal::requests_per_minute: return "Rate limit reached on requests per min (RPM).";
    case Limits::Refusal::tokens_per_minute: return "Rate limit reached on tokens per min (TPM).";
    case Limits::Refusal::requests_per_second: return "Rate limit reached on requests per second.";
    case Limits::Refusal::concurrency: return "Too many concurrent requests.";
    case Limits::Refusal::queue: return "The engine is currently overloaded, please try again later.";
  }
  return "";
}

}  // namespace ringload::mock
