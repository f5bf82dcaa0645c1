#include "protocol/rate_limit_fields.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/date.h"

namespace ringload::protocol {
namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;

// Advice that is dated is as old as the answer: by the server's own clock, or by ours when it does not tell the time.
int64_t ms_until(int64_t unix_ms, const codec::ResponseHead& head) {
  const codec::Field* date = head.find("date");
  const auto told = date != nullptr ? parse_http_date(date->value) : std::nullopt;
  const auto ours = std::chrono::system_clock::now().time_since_epoch();
  const int64_t now = told ? *told : std::chrono::duration_cast<std::chrono::milliseconds>(ours).count();
  return std::max<int64_t>(unix_ms - now, 0);
}

// A decimal number at the front of `text`, which it shortens, in thousandths and rounded up, so that nobody comes too
// early; −1 when there is none.
int64_t take_thousandths(std::string_view& text) {
  constexpr int64_t kMost = 1'000'000'000'000'000;
  int64_t value = 0;
  size_t at = 0;
  const auto digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  for (; digit(); ++at) {
    value = value * 10 + (text[at] - '0');
    if (value > kMost) return -1;
  }
  if (at == 0) return -1;
  value *= 1000;
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100;
    bool more = false;
    for (++at; digit(); ++at, unit /= 10) {
      value += unit * (text[at] - '0');
      more |= unit == 0 && text[at] != '0';
    }
    value += more;
  }
  text.remove_prefix(at);
  return value;
}

// A decimal number alone.
int64_t thousandths(std::string_view text) {
  const int64_t value = take_thousandths(text);
  return text.empty() ? value : -1;
}

int64_t whole_number(std::string_view text) {
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end && value >= 0 ? value : -1;
}

int64_t divided_up(int64_t value, int64_t by) { return (value + by - 1) / by; }

// "6m0s", "1.5s", "20ms", or a number of seconds.
int64_t duration_ms(std::string_view text) {
  if (text.empty()) return -1;
  int64_t ms = 0;
  while (!text.empty()) {
    const int64_t value = take_thousandths(text);
    if (value < 0) return -1;
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(unit.size());
    if (unit == "ms") ms += divided_up(value, 1000);
    else if (unit == "s" || unit.empty()) ms += value;
    else if (unit == "us") ms += divided_up(value, 1'000'000);
    else if (unit == "ns") ms += divided_up(value, 1'000'000'000);
    else if (value > kDayMs * 10'000) return -1;
    else if (unit == "m") ms += value * 60;
    else if (unit == "h") ms += value * 3600;
    else if (unit == "d") ms += value * 86'400;
    else return -1;
    if (ms > kDayMs * 100'000) return -1;
  }
  return ms;
}

int64_t reset_ms(std::string_view text, const codec::ResponseHead& head) {
  if (const auto at = parse_rfc3339(text)) return ms_until(*at, head);
  return duration_ms(text);
}

int64_t retry_after_ms(std::string_view text, const codec::ResponseHead& head) {
  if (const auto at = parse_http_date(text)) return ms_until(*at, head);
  return thousandths(text);
}

// `what` of `thing`: "remaining" of "tokens".
void read_limit(std::string_view what, std::string_view thing, const codec::Field& field,
                const codec::ResponseHead& head, RateLimits& limits) {
  const bool input = codec::iequals(thing, "input-tokens"), output = codec::iequals(thing, "output-tokens");
  const Limited limited = input ? Limited::input_tokens : output ? Limited::output_tokens
                        : codec::iequals(thing, "tokens") ? Limited::tokens : Limited::requests;
  if (limited == Limited::requests && !codec::iequals(thing, "requests")) return;
  RateLimit& limit = limits[limited];
  if (codec::iequals(what, "remaining")) keep_lowest(limit.remaining, whole_number(field.value));
  else if (codec::iequals(what, "limit")) keep_lowest(limit.limit, whole_number(field.value));
  else if (codec::iequals(what, "reset")) keep_highest(limit.reset_ms, reset_ms(field.value, head));
}

constexpr std::string_view kOpenAi = "x-ratelimit-", kAnthropic = "anthropic-ratelimit-";

bool begins(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() && codec::iequals(name.substr(0, prefix.size()), prefix);
}

}  // namespace

int64_t read_rate_limits(const codec::ResponseHead& head, RateLimits& limits) {
  int64_t after_ms = -1, after = -1;
  for (const codec::Field& field : head.fields) {
    const std::string_view name = field.name;
    if (name.size() < sizeof "retry-after" - 1) continue;
    if (codec::iequals(name, "retry-after")) {
      after = retry_after_ms(field.value, head);
    } else if (codec::iequals(name, "retry-after-ms")) {
      const int64_t value = thousandths(field.value);
      after_ms = value < 0 ? -1 : divided_up(value, 1000);
    } else if (begins(name, kOpenAi)) {
      const std::string_view rest = name.substr(kOpenAi.size());
      const size_t dash = std::min(rest.find('-'), rest.size() - 1);
      read_limit(rest.substr(0, dash), rest.substr(dash + 1), field, head, limits);
    } else if (begins(name, kAnthropic)) {
      const std::string_view rest = name.substr(kAnthropic.size());
      const size_t dash = rest.rfind('-');
      if (dash != std::string_view::npos) read_limit(rest.substr(dash + 1), rest.substr(0, dash), field, head, limits);
    }
  }
  if (after_ms < 0) after_ms = after;  // the finer of both wins
  if (after_ms < 0) return -1;
  limits.add_retry_after(after_ms);
  return std::min(after_ms, kDayMs);
}

}  // namespace ringload::protocol
