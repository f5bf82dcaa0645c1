// The time of day as answers carry it, made from the monotonic clock once a second.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace ringload::mock {

class WallClock {
 public:
  // At `now` of the monotonic clock it was `unix_ns` of the wall clock.
  WallClock(Nanos now, int64_t unix_ns);

  void update(Nanos now) {
    if (now >= next_second_) turn(now);
  }
  int64_t unix_seconds() const { return seconds_; }
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  std::string_view date() const { return {date_.data(), kDateSize}; }

 private:
  static constexpr size_t kDateSize = 29;
  void turn(Nanos now);

  Nanos offset_;
  Nanos next_second_ = 0;
  int64_t seconds_ = 0;
  std::array<char, 64> date_;
};

}  // namespace ringload::mock
