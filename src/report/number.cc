#include "report/number.h"

#include <fmt/format.h>

#include <cmath>
#include <ctime>

namespace ringload::report {

std::string count_text(uint64_t value) {
  std::string digits = fmt::format("{}", value);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

namespace {

// `value` rounded to `decimals`, with separators.
std::string grouped(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", std::fabs(value), decimals);
  const size_t point = text.find('.');
  for (size_t at = point == std::string::npos ? text.size() : point; at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  const bool zero = text.find_first_not_of("0.,") == std::string::npos;
  return value < 0 && !zero ? "-" + text : text;
}

void drop_zeros(std::string& text) {
  if (text.find('.') == std::string::npos) return;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
}

}  // namespace

std::string ms_text(int64_t us) {
  if (us < 0) return "-" + ms_text(-us);
  if (us == 0) return "0";
  // The bounds are where rounding would print one digit more.
  if (us >= 99'950) return count_text(static_cast<uint64_t>(us + 500) / 1000);
  if (us >= 9'995) {
    const int64_t tenths = (us + 50) / 100;
    return fmt::format("{}.{}", tenths / 10, tenths % 10);
  }
  if (us >= 1'000) {
    const int64_t hundredths = (us + 5) / 10;
    return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
  }
  return fmt::format("0.{:03}", us);
}

std::string ms_text_like(int64_t us, int64_t value_us) {
  const int decimals = value_us >= 99'950 ? 0 : value_us >= 9'995 ? 1 : value_us >= 1'000 ? 2 : 3;
  return grouped(static_cast<double>(us) / 1000, decimals);
}

std::string rate_text(double value) {
  std::string text = grouped(value, std::fabs(value) < 1 ? 3 : std::fabs(value) < 10 ? 2 : 1);
  drop_zeros(text);
  return text;
}

std::string measured_text(double value) { return grouped(value, std::fabs(value) < 9.95 ? 2 : 1); }

std::string percent_text(double share, int decimals) {
  const double step = std::pow(10.0, -decimals);
  double percent = share * 100;
  if (share < 1 && percent > 100 - step) percent = 100 - step;
  if (share > 0 && percent < step) percent = step;
  return grouped(percent, decimals);
}

std::string short_text(double value) {
  if (value == 0) return "0";
  const double size = std::fabs(value);
  const int digits = static_cast<int>(std::floor(std::log10(size)));  // of the leading digit
  std::string text = grouped(value, digits >= 2 ? 0 : std::min(2 - digits, 9));
  drop_zeros(text);
  return text;
}

std::string duration_text(double seconds) {
  if (seconds < 1) {
    std::string ms = fmt::format("{:.3f}", seconds * 1000);
    drop_zeros(ms);
    return ms == "0" ? "0s" : ms + "ms";
  }
  if (seconds <= 120) {
    std::string text = fmt::format("{:.3f}", seconds);
    drop_zeros(text);
    return text + "s";
  }
  const auto whole = static_cast<uint64_t>(std::llround(seconds));
  std::string text;
  if (whole >= 3600) text += fmt::format("{}h", whole / 3600);
  if (whole % 3600 >= 60) text += fmt::format("{}m", whole % 3600 / 60);
  if (whole % 60 != 0) text += fmt::format("{}s", whole % 60);
  return text;
}

std::string bytes_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < std::size(kUnits)) value /= 1024, ++unit;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string ms_exact(int64_t us) {
  const uint64_t size = us < 0 ? 0 - static_cast<uint64_t>(us) : static_cast<uint64_t>(us);
  return fmt::format("{}{}.{:03}", us < 0 ? "-" : "", size / 1000, size % 1000);
}

std::string seconds_exact(int64_t us) {
  const uint64_t size = us < 0 ? 0 - static_cast<uint64_t>(us) : static_cast<uint64_t>(us);
  return fmt::format("{}{}.{:06}", us < 0 ? "-" : "", size / 1'000'000, size % 1'000'000);
}

std::string decimal_exact(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  drop_zeros(text);
  return text == "-0" ? "0" : text;
}

std::string shortest_exact(double value) {
  std::string text = fmt::format("{}", value == 0 ? 0.0 : value);
  return text;
}

namespace {

std::tm utc(int64_t unix_s) {
  const std::time_t seconds = unix_s;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::string rfc3339(int64_t unix_ms) {
  int64_t seconds = unix_ms / 1000, ms = unix_ms % 1000;
  if (ms < 0) ms += 1000, --seconds;
  const std::tm t = utc(seconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour, t.tm_min, t.tm_sec, ms);
}

std::string file_stamp(int64_t unix_ms) {
  const std::tm t = utc(unix_ms / 1000);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                     t.tm_min, t.tm_sec);
}

}  // namespace ringload::report
