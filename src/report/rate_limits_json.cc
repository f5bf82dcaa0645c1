#include "report/rate_limits_json.h"

#include <utility>

namespace ringload::report {
namespace {

constexpr std::pair<std::string_view, int64_t RateLimit::*> kFields[] = {
    {"limit", &RateLimit::limit}, {"remaining", &RateLimit::remaining}, {"reset_ms", &RateLimit::reset_ms}};

}  // namespace

void write_rate_limits(JsonOut& out, const RateLimits& limits) {
  if (!limits.told()) {
    out.null();
    return;
  }
  const auto number = [&](int64_t value) { value < 0 ? out.null() : out.number(value); };
  out.begin_object().flat(true);
  for (size_t i = 0; i < kLimited; ++i) {
    if (!limits.of[i].told()) continue;
    out.key(name_of(static_cast<Limited>(i))).begin_object();
    for (const auto& [key, field] : kFields) {
      out.key(key);
      number(limits.of[i].*field);
    }
    out.end_object();
  }
  if (limits.retry_after > 0) {
    out.key("retry_after_ms").begin_object().key("n").number(limits.retry_after).key("min");
    number(limits.retry_after_ms_min);
    out.key("max");
    number(limits.retry_after_ms_max);
    out.end_object();
  }
  out.end_object().flat(false);
}

RateLimits read_rate_limits(JsonValue json) {
  RateLimits limits;
  for (size_t i = 0; i < kLimited; ++i) {
    const auto object = member(json, name_of(static_cast<Limited>(i)));
    if (!object) continue;
    for (const auto& [key, field] : kFields) limits.of[i].*field = integer_in(*object, key).value_or(-1);
  }
  if (const auto advice = member(json, "retry_after_ms")) {
    limits.retry_after = count_in(*advice, "n").value_or(0);
    limits.retry_after_ms_min = integer_in(*advice, "min").value_or(-1);
    limits.retry_after_ms_max = integer_in(*advice, "max").value_or(-1);
  }
  return limits;
}

}  // namespace ringload::report
