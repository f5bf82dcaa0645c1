// Durations as Go writes them, and rates.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "load/json_value.h"
#include "ringload/profile_load.h"

namespace ringload {
namespace {

constexpr const char* kAllowed = ", allowed: a duration such as 1h30m, 1.5s or 250ms";
constexpr int64_t kLongest = int64_t{365} * 86'400 * 1'000'000'000;  // a year: no sum of a few overflows

struct Unit {
  std::string_view name;
  int64_t ns;
};
// Longest name first where one begins another.
constexpr std::array kUnits = {Unit{"ns", 1},          Unit{"us", 1'000},           Unit{"µs", 1'000},
                               Unit{"μs", 1'000},      Unit{"ms", 1'000'000},       Unit{"s", 1'000'000'000},
                               Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000}};

std::unexpected<std::string> bad(std::string_view text, std::string_view allowed) {
  return std::unexpected("found " + load::shown(text) + std::string(allowed));
}

// A number without sign, exponent, inf or nan at the front of `text`, which is advanced past it.
bool take_number(std::string_view& text, double& value) {
  if (text.empty() || !((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

std::expected<int64_t, std::string> parse_duration(std::string_view text) {
  if (text == "0" || text == "+0") return 0;
  double total = 0;
  std::string_view rest = text;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  do {
    double value = 0;
    if (!take_number(rest, value)) return bad(text, kAllowed);
    const Unit* unit = nullptr;
    for (const Unit& each : kUnits) {
      if (rest.starts_with(each.name)) {
        unit = &each;
        break;
      }
    }
    if (unit == nullptr) {
      return bad(text, rest.empty() ? ", which has no unit, allowed: a duration such as 1h30m, 1.5s or 250ms" : kAllowed);
    }
    rest.remove_prefix(unit->name.size());
    total += value * static_cast<double>(unit->ns);
  } while (!rest.empty());
  if (total > static_cast<double>(kLongest)) return bad(text, ", allowed: at most 8760h");
  return std::llround(total);
}

std::string format_duration(int64_t ns) {
  if (ns == 0) return "0s";
  const auto decimal = [](int64_t value, int64_t unit, const char* name) {
    std::string out = std::to_string(value / unit);
    if (int64_t fraction = value % unit; fraction != 0) {
      out += '.';
      for (int64_t digit = unit / 10; fraction != 0; digit /= 10) {
        out += static_cast<char>('0' + fraction / digit);
        fraction %= digit;
      }
    }
    return out + name;
  };
  if (ns < 1'000) return std::to_string(ns) + "ns";
  if (ns < 1'000'000) return decimal(ns, 1'000, "us");
  if (ns < 1'000'000'000) return decimal(ns, 1'000'000, "ms");
  const int64_t minutes = ns / 60'000'000'000;
  const int64_t rest = ns % 60'000'000'000;
  std::string out;
  if (minutes >= 60) out += std::to_string(minutes / 60) + "h";
  if (minutes % 60 != 0) out += std::to_string(minutes % 60) + "m";
  if (rest != 0) out += decimal(rest, 1'000'000'000, "s");
  return out;
}

std::expected<double, std::string> parse_rate(std::string_view text) {
  constexpr const char* kRates = ", allowed: requests per second > 0, such as 200, 20k or 10000/m";
  std::string_view rest = text;
  double rate = 0;
  if (!take_number(rest, rate)) return bad(text, kRates);
  if (rest.starts_with('k') || rest.starts_with('K')) {
    rate *= 1'000;
    rest.remove_prefix(1);
  } else if (rest.starts_with('M')) {
    rate *= 1'000'000;
    rest.remove_prefix(1);
  }
  if (rest == "/m" || rest == "/min") {
    rate /= 60;
  } else if (rest == "/h") {
    rate /= 3'600;
  } else if (!rest.empty() && rest != "/s") {
    return bad(text, kRates);
  }
  if (!(rate > 0)) return bad(text, kRates);
  if (rate > 100e6) return bad(text, ", allowed: at most 100 million requests per second");
  return rate;
}

}  // namespace ringload
