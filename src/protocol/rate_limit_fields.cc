#include "protocol/rate_limit_fields.h"

#include <algorithm>
#include <array>
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
    size_t unit_size = 0;
    while (unit_size < text.size() && text[unit_size] >= 'a') ++unit_size;
    const std::string_view unit = text.substr(0, unit_size);
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
  constexpr size_t kShortestInstant = sizeof "1994-11-06T08:49:37Z" - 1;
  if (text.size() >= kShortestInstant)
    if (const auto at = parse_rfc3339(text)) return ms_until(*at, head);
  return duration_ms(text);
}

int64_t retry_after_ms(std::string_view text, const codec::ResponseHead& head) {
  if (const auto at = parse_http_date(text)) return ms_until(*at, head);
  return thousandths(text);
}

using enum Limited;
struct Known {
  std::string_view name;
  Limited limited;
  int64_t RateLimit::*field;
};
// By length, so that a field of another length costs nothing and one of this length a comparison or two.
constexpr Known kKnown[] = {
    {"x-ratelimit-limit-tokens", tokens, &RateLimit::limit},
    {"x-ratelimit-reset-tokens", tokens, &RateLimit::reset_ms},
    {"x-ratelimit-limit-requests", requests, &RateLimit::limit},
    {"x-ratelimit-reset-requests", requests, &RateLimit::reset_ms},
    {"x-ratelimit-remaining-tokens", tokens, &RateLimit::remaining},
    {"x-ratelimit-remaining-requests", requests, &RateLimit::remaining},
    {"anthropic-ratelimit-tokens-limit", tokens, &RateLimit::limit},
    {"anthropic-ratelimit-tokens-reset", tokens, &RateLimit::reset_ms},
    {"anthropic-ratelimit-requests-limit", requests, &RateLimit::limit},
    {"anthropic-ratelimit-requests-reset", requests, &RateLimit::reset_ms},
    {"anthropic-ratelimit-tokens-remaining", tokens, &RateLimit::remaining},
    {"anthropic-ratelimit-requests-remaining", requests, &RateLimit::remaining},
    {"anthropic-ratelimit-input-tokens-limit", input_tokens, &RateLimit::limit},
    {"anthropic-ratelimit-input-tokens-reset", input_tokens, &RateLimit::reset_ms},
    {"anthropic-ratelimit-output-tokens-limit", output_tokens, &RateLimit::limit},
    {"anthropic-ratelimit-output-tokens-reset", output_tokens, &RateLimit::reset_ms},
    {"anthropic-ratelimit-input-tokens-remaining", input_tokens, &RateLimit::remaining},
    {"anthropic-ratelimit-output-tokens-remaining", output_tokens, &RateLimit::remaining},
};
constexpr size_t kLongest = std::end(kKnown)[-1].name.size();
static_assert(std::ranges::is_sorted(kKnown, {}, [](const Known& known) { return known.name.size(); }));

// Where the names of each length begin in kKnown; one more for the end.
constexpr auto kFirstOfSize = [] {
  std::array<uint8_t, kLongest + 2> first{};
  for (const Known& known : kKnown)
    for (size_t size = known.name.size() + 1; size < first.size(); ++size) ++first[size];
  return first;
}();

const Known* find_known(std::string_view name) {
  if (name.size() > kLongest) return nullptr;
  for (unsigned i = kFirstOfSize[name.size()]; i < kFirstOfSize[name.size() + 1]; ++i)
    if (codec::iequals(name, kKnown[i].name)) return &kKnown[i];
  return nullptr;
}

}  // namespace

int64_t read_rate_limits(const codec::ResponseHead& head, RateLimits& limits) {
  int64_t after_ms = -1, after = -1;
  for (const codec::Field& field : head.fields) {
    if (codec::iequals(field.name, "retry-after")) {
      after = retry_after_ms(field.value, head);
    } else if (codec::iequals(field.name, "retry-after-ms")) {
      const int64_t value = thousandths(field.value);
      after_ms = value < 0 ? -1 : divided_up(value, 1000);
    } else if (const Known* known = find_known(field.name); known != nullptr) {
      int64_t& told = limits[known->limited].*known->field;
      if (known->field == &RateLimit::reset_ms) keep_highest(told, reset_ms(field.value, head));
      else keep_lowest(told, whole_number(field.value));
    }
  }
  if (after_ms < 0) after_ms = after;  // the finer of both wins
  if (after_ms < 0) return -1;
  limits.add_retry_after(after_ms);
  return std::min(after_ms, kDayMs);
}

}  // namespace ringload::protocol
