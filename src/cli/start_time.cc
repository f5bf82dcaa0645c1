#include "cli/start_time.h"

#include <time.h>

#include <charconv>
#include <chrono>
#include <thread>

#include "cli/signals.h"
#include "load/json_value.h"
#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

constexpr const char* kAllowed = ", allowed: RFC 3339 such as 2026-01-02T15:04:05Z, or +30s";

// `digits` digits at the front of `text`, which it shortens; -1 when they are not there.
int take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits || text[0] == '-') return -1;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::expected<int64_t, std::string> parse_start(std::string_view text, int64_t now_ms) {
  const auto bad = [&] { return std::unexpected("found " + load::shown(text) + kAllowed); };
  if (text.starts_with('+')) {
    const auto ns = parse_duration(text.substr(1));
    if (!ns) return bad();
    return now_ms + *ns / 1'000'000;
  }
  std::string_view rest = text;
  const int year = take_number(rest, 4);
  if (year < 1970 || !take(rest, "-")) return bad();
  const int month = take_number(rest, 2);
  if (!take(rest, "-")) return bad();
  const int day = take_number(rest, 2);
  if (!take(rest, "Tt ")) return bad();
  const int hour = take_number(rest, 2);
  if (!take(rest, ":")) return bad();
  const int minute = take_number(rest, 2);
  if (!take(rest, ":")) return bad();
  const int second = take_number(rest, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return bad();
  int64_t ms = 0;
  if (take(rest, ".")) {
    int64_t unit = 100;
    if (rest.empty() || rest[0] < '0' || rest[0] > '9') return bad();
    for (; !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; rest.remove_prefix(1), unit /= 10)
      ms += (rest[0] - '0') * unit;
  }
  int offset_minutes = 0;
  if (!take(rest, "Zz")) {
    const bool west = rest.starts_with('-');
    if (!take(rest, "+-")) return bad();
    const int hours = take_number(rest, 2);
    if (!take(rest, ":")) return bad();
    const int minutes = take_number(rest, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return bad();
    offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
  }
  if (!rest.empty()) return bad();
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (month < 1 || day < 1 || !date.ok()) return bad();
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute - offset_minutes) * 60'000 + second * 1000 + ms;
}

int64_t unix_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

void wait_until(int64_t at) {
  // In short naps: the clock may be set meanwhile, and a signal may come just before one.
  for (int64_t left; (left = at - unix_ms()) > 0 && first_signal() == 0;)
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min<int64_t>(left, 50)));
}

}  // namespace ringload::cli
