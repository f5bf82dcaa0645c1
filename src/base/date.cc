#include "base/date.h"

#include <chrono>

namespace ringload {
namespace {

// `digits` digits at the front of `text`, which it shortens; -1 when they are not there.
int take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

struct Moment {
  int year = -1, month = -1, day = -1, hour = -1, minute = -1, second = -1;

  bool take_time(std::string_view& text) {
    hour = take_number(text, 2);
    if (!take(text, ":")) return false;
    minute = take_number(text, 2);
    if (!take(text, ":")) return false;
    second = take_number(text, 2);
    return true;
  }

  std::optional<int64_t> unix_ms() const {
    if (year < 1970 || month < 1 || day < 1) return std::nullopt;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return ((days * 24 + hour) * 60 + minute) * 60'000 + second * 1000;
  }
};

}  // namespace

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  Moment moment;
  moment.year = take_number(text, 4);
  if (!take(text, "-")) return std::nullopt;
  moment.month = take_number(text, 2);
  if (!take(text, "-")) return std::nullopt;
  moment.day = take_number(text, 2);
  if (!take(text, "Tt ") || !moment.take_time(text)) return std::nullopt;
  int64_t ms = 0;
  if (take(text, ".")) {
    if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
    for (int64_t unit = 100; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10)
      ms += (text[0] - '0') * unit;
  }
  int offset_minutes = 0;
  if (!take(text, "Zz")) {
    const bool west = text.starts_with('-');
    if (!take(text, "+-")) return std::nullopt;
    const int hours = take_number(text, 2);
    if (!take(text, ":")) return std::nullopt;
    const int minutes = take_number(text, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
    offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
  }
  const auto at = moment.unix_ms();
  if (!at || !text.empty()) return std::nullopt;
  return *at + ms - int64_t{offset_minutes} * 60'000;
}

std::optional<int64_t> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  Moment moment;
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return std::nullopt;
  text = text.substr(5, 20);
  moment.day = take_number(text, 2);
  if (!take(text, " ")) return std::nullopt;
  const size_t month = kMonths.find(text.substr(0, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  moment.month = static_cast<int>(month / 3) + 1;
  text.remove_prefix(3);
  if (!take(text, " ")) return std::nullopt;
  moment.year = take_number(text, 4);
  if (!take(text, " ") || !moment.take_time(text)) return std::nullopt;
  return moment.unix_ms();
}

}  // namespace ringload
