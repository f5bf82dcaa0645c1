// What one shard has served. One writer, the shard; others (/metrics, the totals at the end) may read at any time.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <span>

#include "mock/fault.h"

namespace ringload::mock {

enum class Endpoint : uint8_t { chat, completions, messages, embeddings, models, health, metrics, unknown };
inline constexpr unsigned kEndpoints = 8;
std::string_view path_of(Endpoint endpoint);  // "/v1/chat/completions"; "other" for unknown
Endpoint endpoint_of(std::string_view path);

class Counter {
 public:
  void add(uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void subtract(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) - n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

inline constexpr unsigned kLowestStatus = 100, kHighestStatus = 599;
inline constexpr unsigned kStatuses = kHighestStatus - kLowestStatus + 1;

// On lines of its own: every shard writes all the time.
struct alignas(64) ShardCounters {
  // By the status that was decided for the answer; each request that was read whole, or refused, is in one.
  std::array<std::array<Counter, kStatuses>, kEndpoints> answers;
  std::array<Counter, kFaultKinds> faults;  // of them, those that met a fault
  Counter aborted;                          // of them, those whose client left before the end
  Counter streams;                          // of them, streamed ones
  Counter prompt_tokens;
  Counter completion_tokens;                // written out, whether or not the client stayed to read them
  Counter bytes_sent;
  Counter connections_accepted;
  Counter connections_open;
  Counter running;                          // requests being answered
};

// The shards together, in Prometheus' text format.
std::string metrics_text(std::span<const ShardCounters> shards);
// The same for people, and as JSON.
std::string totals_text(std::span<const ShardCounters> shards, double seconds);
std::string totals_json(std::span<const ShardCounters> shards, double seconds);

}  // namespace ringload::mock
