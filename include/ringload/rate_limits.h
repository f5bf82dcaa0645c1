// What a target's answers said of its rate limits.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringload {

// What providers count.
enum class Limited : uint8_t { requests, tokens, input_tokens, output_tokens };
inline constexpr size_t kLimited = 4;
std::string_view name_of(Limited limited);  // "input_tokens"

// −1: nobody said.
struct RateLimit {
  int64_t limit = -1;      // the lowest that was told
  int64_t remaining = -1;  // the least that was left
  int64_t reset_ms = -1;   // the longest that it would take to be whole again

  bool told() const { return limit >= 0 || remaining >= 0 || reset_ms >= 0; }
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct RateLimits {
  std::array<RateLimit, kLimited> of{};  // by Limited
  uint64_t retry_after = 0;              // answers that asked to be left alone for a while
  int64_t retry_after_ms_min = -1, retry_after_ms_max = -1;

  RateLimit& operator[](Limited limited) { return of[static_cast<size_t>(limited)]; }
  const RateLimit& operator[](Limited limited) const { return of[static_cast<size_t>(limited)]; }

  bool told() const;
  void add(const RateLimits& other);
  void add_retry_after(int64_t ms);
  friend bool operator==(const RateLimits&, const RateLimits&) = default;
};

// `to` becomes the lower or the higher of both, where −1 says nothing.
inline void keep_lowest(int64_t& to, int64_t value) {
  if (value >= 0 && (to < 0 || value < to)) to = value;
}
inline void keep_highest(int64_t& to, int64_t value) {
  if (value > to) to = value;
}

}  // namespace ringload
