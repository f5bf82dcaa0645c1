#include "mock/latency.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace ringload::mock {
namespace {

constexpr double kP99 = 2.3263478740408408;  // standard normal quantile of 0.99

std::unexpected<std::string> refuse(std::string_view text, std::string_view why) {
  return std::unexpected(fmt::format("'{}': {}", text, why));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The parts between the parentheses, by comma.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t comma = text.find(',');
    parts.push_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::expected<Nanos, std::string> parse_duration(std::string_view text) {
  constexpr std::string_view kAllowed = "not a duration; numbers with units are, such as 20ms, 1.5s, 300us or 1m30s";
  if (text == "0") return 0;
  if (text.empty()) return refuse(text, kAllowed);
  double sum = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    double number = 0;
    const auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (ec != std::errc() || std::isnan(number)) return refuse(text, kAllowed);
    if (number < 0) return refuse(text, "a duration cannot be negative");
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const std::string_view unit = rest.substr(0, rest.find_first_of("0123456789.-"));
    rest.remove_prefix(unit.size());
    if (unit.empty()) return refuse(text, "has no unit; write ns, us, ms, s, m or h behind the number");
    const double scale = unit == "ns"                    ? 1
                         : unit == "us" || unit == "µs" ? 1e3
                         : unit == "ms"                  ? 1e6
                         : unit == "s"                   ? 1e9
                         : unit == "m"                   ? 60e9
                         : unit == "h"                   ? 3600e9
                                                         : 0;
    if (scale == 0) return refuse(text, kAllowed);
    sum += number * scale;
    if (sum > static_cast<double>(kLongestDuration)) return refuse(text, "longer than 24 hours");
  }
  return static_cast<Nanos>(std::llround(sum));
}

std::expected<Distribution, std::string> Distribution::parse(std::string_view whole) {
  const std::string_view text = trim(whole);
  const size_t open = text.find('(');
  if (open == std::string_view::npos) {
    const auto value = parse_duration(text);
    if (!value) {
      return std::unexpected(value.error() +
                             "; distributions are uniform(A,B), exp(MEAN) and lognormal(p50=A,p99=B)");
    }
    return constant(*value);
  }
  if (text.back() != ')') return refuse(text, "the closing ')' is missing");
  const std::string_view name = trim(text.substr(0, open));
  const auto parts = split(text.substr(open + 1, text.size() - open - 2));

  if (name == "exp") {
    if (parts.size() != 1) return refuse(text, "exp takes one duration, its mean: exp(5ms)");
    const auto mean = parse_duration(parts[0]);
    if (!mean) return std::unexpected(mean.error());
    return Distribution{Kind::exponential, static_cast<double>(*mean), 0};
  }
  if (name == "uniform") {
    if (parts.size() != 2) return refuse(text, "uniform takes two durations: uniform(5ms,20ms)");
    const auto low = parse_duration(parts[0]);
    const auto high = parse_duration(parts[1]);
    if (!low) return std::unexpected(low.error());
    if (!high) return std::unexpected(high.error());
    if (*low > *high) return refuse(text, "the first duration is greater than the second");
    return Distribution{Kind::uniform, static_cast<double>(*low), static_cast<double>(*high)};
  }
  if (name == "lognormal") {
    Nanos p50 = -1, p99 = -1;
    for (const std::string_view part : parts) {
      const size_t equals = part.find('=');
      const std::string_view key = trim(part.substr(0, equals));
      Nanos* target = key == "p50" ? &p50 : key == "p99" ? &p99 : nullptr;
      if (equals == std::string_view::npos || target == nullptr || *target >= 0) {
        return refuse(text, "lognormal takes both percentiles once: lognormal(p50=200ms,p99=900ms)");
      }
      const auto value = parse_duration(trim(part.substr(equals + 1)));
      if (!value) return std::unexpected(value.error());
      *target = *value;
    }
    if (p50 < 0 || p99 < 0) {
      return refuse(text, "lognormal takes both percentiles once: lognormal(p50=200ms,p99=900ms)");
    }
    if (p50 == 0) return refuse(text, "p50 must be greater than 0");
    if (p99 < p50) return refuse(text, "p99 is less than p50");
    const double median = std::log(static_cast<double>(p50));
    return Distribution{Kind::lognormal, median, (std::log(static_cast<double>(p99)) - median) / kP99};
  }
  return refuse(text, "unknown distribution; known are uniform(A,B), exp(MEAN) and lognormal(p50=A,p99=B)");
}

Nanos Distribution::draw(Prng& prng) const {
  double value = a_;
  switch (kind_) {
    case Kind::constant: break;
    case Kind::uniform: value = a_ + (b_ - a_) * prng.uniform(); break;
    case Kind::exponential: value = a_ * prng.exponential(); break;
    case Kind::lognormal: value = std::exp(a_ + b_ * prng.normal()); break;
  }
  return static_cast<Nanos>(std::min(value, static_cast<double>(kLongestDuration)));
}

Nanos Distribution::draw_sum(Prng& prng, uint32_t count) const {
  if (kind_ == Kind::constant) return static_cast<Nanos>(a_) * count;
  Nanos sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += draw(prng);
  return sum;
}

}  // namespace ringload::mock
