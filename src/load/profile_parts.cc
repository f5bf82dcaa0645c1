// Small readers and names shared by those of the larger parts.
#include "load/profile_parts.h"

#include <array>
#include <cmath>

namespace ringload {

double RandomDuration::mean_ns() const {
  const auto a = static_cast<double>(a_ns), b = static_cast<double>(b_ns);
  switch (kind) {
    case Kind::constant:
    case Kind::exponential: return a;
    case Kind::uniform: return (a + b) / 2;
    case Kind::lognormal: break;
  }
  if (a <= 0) return 0;
  const double sigma = std::log(b / a) / 2.3263478740408408;  // the normal's p99
  return a * std::exp(sigma * sigma / 2);
}

}  // namespace ringload

namespace ringload::load {
namespace {

template <class Enum, size_t n>
std::optional<Enum> find_name(const std::array<std::string_view, n>& names, std::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 3> kArrivals = {"poisson", "constant", "gamma"};
constexpr std::array<std::string_view, 4> kAuths = {"bearer", "x-api-key", "api-key", "none"};
constexpr std::array<std::string_view, 5> kShapes = {"", "spike", "burst", "sustained", "sine"};
constexpr std::array<std::string_view, 3> kCacheModes = {"bust", "shared-prefix", "natural"};
constexpr std::array<std::string_view, 4> kContentModes = {"pool", "scripted", "sized", "dataset"};

}  // namespace

const JsonValue* member(const JsonValue* object, std::string_view key, JsonValue::Kind kind) {
  const JsonValue* value = object == nullptr ? nullptr : object->find(key);
  return value != nullptr && value->is(kind) ? value : nullptr;
}

std::optional<std::string> text_of(const JsonValue* object, std::string_view key) {
  const JsonValue* value = member(object, key, JsonValue::Kind::string);
  return value == nullptr ? std::nullopt : std::optional(value->text);
}

std::optional<double> number_of(const JsonValue* object, std::string_view key) {
  const JsonValue* value = member(object, key, JsonValue::Kind::number);
  return value == nullptr ? std::nullopt : std::optional(value->number);
}

std::optional<int64_t> integer_of(const JsonValue* object, std::string_view key) {
  const auto number = number_of(object, key);
  if (!number || std::fabs(*number) > 9e15) return std::nullopt;
  return static_cast<int64_t>(*number);
}

std::optional<bool> boolean_of(const JsonValue* object, std::string_view key) {
  const JsonValue* value = member(object, key, JsonValue::Kind::boolean);
  return value == nullptr ? std::nullopt : std::optional(value->boolean);
}

std::optional<int64_t> duration_of(const JsonValue* object, std::string_view key) {
  const JsonValue* value = member(object, key, JsonValue::Kind::string);
  if (value == nullptr) return std::nullopt;
  const auto duration = parse_duration(value->text);
  return duration ? std::optional(*duration) : std::nullopt;
}

RandomDuration read_random_duration(const JsonValue& value, Complaints& complaints) {
  using Kind = RandomDuration::Kind;
  if (value.is(JsonValue::Kind::string)) return {Kind::constant, parse_duration(value.text).value_or(0), 0};
  if (!value.is(JsonValue::Kind::object)) return {};
  const bool range = value.find("min") != nullptr || value.find("max") != nullptr;
  const bool mean = value.find("mean") != nullptr || value.find("distribution") != nullptr;
  const bool quantiles = value.find("p50") != nullptr || value.find("p99") != nullptr;
  constexpr std::string_view kForms = "{\"min\", \"max\"}, {\"mean\", \"distribution\"} or {\"p50\", \"p99\"}";
  if (range + mean + quantiles != 1) {
    complaints.say(value, "found a mix of forms, allowed: a duration, " + std::string(kForms));
    return {};
  }
  if (mean) {
    if (value.find("mean") == nullptr) complaints.say(value, "missing key \"mean\": duration");
    const bool constant = text_of(&value, "distribution") == "constant";
    return {constant ? Kind::constant : Kind::exponential, duration_of(&value, "mean").value_or(0), 0};
  }
  const std::string_view low = range ? "min" : "p50", high = range ? "max" : "p99";
  for (const std::string_view key : {low, high}) {
    if (value.find(key) == nullptr) complaints.say(value, "missing key \"" + std::string(key) + "\": duration");
  }
  const auto a = duration_of(&value, low), b = duration_of(&value, high);
  if (a && b && *b < *a) complaints.wrong(*value.find(high), "≥ \"" + std::string(low) + "\"");
  if (quantiles && a == 0) complaints.wrong(*value.find("p50"), "a duration > 0");
  return {range ? Kind::uniform : Kind::lognormal, a.value_or(0), b.value_or(0)};
}

Slo read_slo(const JsonValue& object, Slo base) {
  const auto lay = [&](std::string_view key, std::optional<int64_t>& bound) {
    const auto ms = number_of(&object, key);
    if (!ms) return;
    bound.reset();
    if (*ms > 0 && *ms < 1e9) bound = std::llround(*ms * 1e6);
  };
  lay("ttft_ms", base.ttft_ns);
  lay("itl_ms", base.itl_ns);
  lay("e2e_ms", base.e2e_ns);
  return base;
}

std::optional<Arrival> arrival_of(std::string_view name) { return find_name<Arrival>(kArrivals, name); }
std::string_view arrival_name(Arrival arrival) { return kArrivals[static_cast<size_t>(arrival)]; }
std::optional<Auth> auth_of(std::string_view name) { return find_name<Auth>(kAuths, name); }
std::string_view auth_name(Auth auth) { return kAuths[static_cast<size_t>(auth)]; }
std::string_view shape_name(Shape shape) { return kShapes[static_cast<size_t>(shape)]; }
std::string_view cache_mode_name(CacheMode mode) { return kCacheModes[static_cast<size_t>(mode)]; }
std::string_view content_mode_name(ContentMode mode) { return kContentModes[static_cast<size_t>(mode)]; }

}  // namespace ringload::load
