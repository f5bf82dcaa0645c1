#include "mock/wall_clock.h"

#include <cstdio>
#include <ctime>

namespace ringload::mock {

WallClock::WallClock(Nanos now, int64_t unix_ns) : offset_(unix_ns - now) { turn(now); }

void WallClock::turn(Nanos now) {
  seconds_ = (now + offset_) / kSecond;
  next_second_ = (seconds_ + 1) * kSecond - offset_;
  // Not strftime: names of days and months must not depend on the locale.
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  const std::time_t seconds = seconds_;
  gmtime_r(&seconds, &utc);
  std::snprintf(date_.data(), date_.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[utc.tm_wday], utc.tm_mday,
                kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace ringload::mock
