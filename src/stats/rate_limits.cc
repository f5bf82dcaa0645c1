#include "ringload/rate_limits.h"

#include <algorithm>

namespace ringload {

std::string_view name_of(Limited limited) {
  switch (limited) {
    case Limited::requests: return "requests";
    case Limited::tokens: return "tokens";
    case Limited::input_tokens: return "input_tokens";
    case Limited::output_tokens: return "output_tokens";
  }
  return "";
}

bool RateLimits::told() const { return retry_after > 0 || std::ranges::any_of(of, &RateLimit::told); }

void RateLimits::add(const RateLimits& other) {
  for (size_t i = 0; i < kLimited; ++i) {
    keep_lowest(of[i].limit, other.of[i].limit);
    keep_lowest(of[i].remaining, other.of[i].remaining);
    keep_highest(of[i].reset_ms, other.of[i].reset_ms);
  }
  retry_after += other.retry_after;
  keep_lowest(retry_after_ms_min, other.retry_after_ms_min);
  keep_highest(retry_after_ms_max, other.retry_after_ms_max);
}

void RateLimits::add_retry_after(int64_t ms) {
  ++retry_after;
  keep_lowest(retry_after_ms_min, ms);
  keep_highest(retry_after_ms_max, ms);
}

}  // namespace ringload
