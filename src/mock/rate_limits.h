// Limits over all shards: rates, concurrency and slots. Pure functions of the instants they are given, which must not
// decrease by much between calls (shards call with their own last reading).
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "mock/latency.h"
#include "mock/response_head.h"

namespace ringload::mock {

// `capacity` tokens, refilled evenly at `per_second`.
class TokenBucket {
 public:
  TokenBucket(double per_second, double capacity) : per_ns_(per_second / 1e9), capacity_(capacity), level_(capacity) {}

  void refill(Nanos now);
  bool has(double tokens) const { return level_ >= tokens || (tokens > capacity_ && level_ >= capacity_); }
  void take(double tokens) { level_ -= tokens; }
  // Until `tokens` will be there.
  Nanos wait(double tokens) const;
  double level() const { return level_; }

 private:
  double per_ns_;
  double capacity_;
  double level_;
  std::optional<Nanos> at_;
};

// `capacity` in each window of `length`, the first of which begins with the first request.
class FixedWindow {
 public:
  FixedWindow(double capacity, Nanos length) : capacity_(capacity), length_(length) {}

  void advance(Nanos now);
  bool has(double tokens) const { return used_ + tokens <= capacity_ || used_ == 0; }
  void take(double tokens) { used_ += tokens; }
  Nanos wait(Nanos now) const { return begin_ + length_ - now; }
  double left() const { return capacity_ > used_ ? capacity_ - used_ : 0; }

 private:
  double capacity_;
  Nanos length_;
  Nanos begin_ = 0;
  bool begun_ = false;
  double used_ = 0;
};

// N servers and one queue, first come first served: a request is finished a draw after its server became free.
class Slots {
 public:
  Slots(uint32_t slots, std::optional<uint32_t> queue) : queue_(queue), free_at_(slots, 0) {}

  // When a request that arrives now will be finished; nothing when the queue is full.
  std::optional<Nanos> enter(Nanos now, Nanos service);

 private:
  std::optional<uint32_t> queue_;
  std::vector<Nanos> free_at_;  // a heap, the earliest on top
  std::vector<Nanos> starts_;   // of those that wait, a heap likewise
};

struct LimitOptions {
  uint32_t max_concurrency = 0;
  uint64_t rpm = 0, tpm = 0;
  bool fixed_window = false;
  double rps = 0;
  uint32_t burst = 1;
  uint32_t slots = 0;
  std::optional<uint32_t> queue;
  Distribution service;
};

class Limits {
 public:
  enum class Refusal : uint8_t {
    none,
    requests_per_minute,
    tokens_per_minute,
    requests_per_second,
    concurrency,
    queue
  };
  struct Verdict {
    Refusal refusal = Refusal::none;
    Nanos retry_after = 0;  // when refused
    Nanos begin = 0;        // when the answer may begin: now, or the slot's finish
    Nanos service = -1;     // the draw, when there are slots
  };

  Limits(const LimitOptions& options, uint64_t seed);

  // Whether anything is limited: without, admit and release need not be called.
  bool any() const { return any_; }
  // Whether x-ratelimit-* come from state().
  bool per_minute() const { return options_.rpm > 0 || options_.tpm > 0; }

  // `tokens` of prompt and reply. Every one admitted is released.
  Verdict admit(Nanos now, uint64_t tokens);
  void release();
  RateLimitState state(Nanos now);

 private:
  Verdict refuse(Refusal refusal, Nanos retry_after) const { return {refusal, retry_after, 0, -1}; }

  const LimitOptions options_;
  const bool any_;
  std::mutex mutex_;
  Prng prng_;
  uint32_t running_ = 0;
  TokenBucket second_, minute_requests_, minute_tokens_;
  FixedWindow window_requests_, window_tokens_;
  Slots slots_;
};

std::string_view describe(Limits::Refusal refusal);

}  // namespace ringload::mock
