#include "report/stat_read.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/rate_limits_json.h"

namespace ringload::report {
namespace {

constexpr std::string_view kPercentileKeys[] = {"p50", "p90", "p95", "p99", "p999"};
constexpr double kQuantiles[] = {0.5, 0.9, 0.95, 0.99, 0.999};

std::optional<double> quantile_of_key(std::string_view key) {
  for (size_t i = 0; i < std::size(kPercentileKeys); ++i)
    if (key == kPercentileKeys[i]) return kQuantiles[i];
  return std::nullopt;
}

std::vector<Interval> read_intervals(JsonValue samples) {
  std::vector<Interval> intervals;
  each_member(samples, "ci95", [&](std::string_view key, JsonValue pair) {
    const auto quantile = quantile_of_key(key);
    JsonValue low, high;
    if (!quantile || !pair.is_array() || pair.at(0).get(low) != simdjson::SUCCESS ||
        pair.at(1).get(high) != simdjson::SUCCESS)
      return;
    const auto low_us = micros_of(low);
    if (!low_us) return;
    intervals.push_back({*quantile, *low_us, micros_of(high).value_or(-1), false});
  });
  each_in(samples, "ci95_correlated", [&](JsonValue key) {
    std::string_view text;
    if (key.get_string().get(text) != simdjson::SUCCESS) return;
    for (Interval& interval : intervals)
      if (quantile_of_key(text) == interval.quantile) interval.correlated = true;
  });
  return intervals;
}

// {"p50": …} or {"P50": …} in ms: figures without the histogram they came from.
Figures read_figures(JsonValue stat, std::string_view key) {
  Figures figures;
  const std::pair<std::string_view, std::optional<int64_t> Figures::*> kFields[] = {
      {"min", &Figures::min}, {"mean", &Figures::mean}, {"p50", &Figures::p50},   {"p90", &Figures::p90},
      {"p95", &Figures::p95}, {"p99", &Figures::p99},   {"p999", &Figures::p999}, {"max", &Figures::max}};
  each_member(stat, key, [&](std::string_view name, JsonValue value) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    for (const auto& [field, member] : kFields)
      if (lower == field) figures.*member = micros_of(value);
  });
  return figures;
}

}  // namespace

std::expected<void, std::string> read_histogram(JsonValue object, std::string_view key, Histogram& into) {
  const auto text = text_in(object, key);
  if (!text) return {};
  auto histogram = Histogram::decode(*text);
  if (!histogram) return std::unexpected(fmt::format("{}: {}", key, histogram.error()));
  into = std::move(*histogram);
  return {};
}

namespace {

// Figures of a summary whose histograms were stripped.
void read_given(JsonValue stat, const std::string& key, Samples& samples) {
  const auto object = member(stat, key);
  const uint64_t n = object ? count_in(*object, "n").value_or(0) : 0;
  if (n == 0 || !samples.values.empty()) return;
  Figures figures = read_figures(stat, key);
  figures.n = n;
  figures.n_censored = samples.censored;
  samples.given = figures;
}

void read_counts(JsonValue json, Stat& stat) {
  each_member(json, "status_codes", [&](std::string_view code, JsonValue value) {
    int number = 0;
    uint64_t count = 0;
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (error == std::errc() && end == code.data() + code.size() && value.get_uint64().get(count) == simdjson::SUCCESS)
      stat.status_codes[number] = count;
  });
  each_member(json, "errors", [&](std::string_view name, JsonValue value) {
    uint64_t count = 0;
    const auto error = error_class_of(name);
    if (error && value.get_uint64().get(count) == simdjson::SUCCESS) stat.errors[static_cast<size_t>(*error)] = count;
  });
}

struct Counter {
  std::string_view key;
  uint64_t Stat::*member;
};
constexpr Counter kCounters[] = {
    {"requests", &Stat::requests}, {"ok", &Stat::ok}, {"failed", &Stat::failed}, {"cancelled", &Stat::cancelled},
    {"shed", &Stat::shed}, {"in_flight_at_stop", &Stat::in_flight_at_stop}, {"good", &Stat::good},
    {"reply_truncated", &Stat::reply_truncated}, {"coalesced_events", &Stat::coalesced_events},
    {"clamped", &Stat::clamped}, {"prompt_tokens", &Stat::prompt_tokens}, {"cached_tokens", &Stat::cached_tokens},
    {"completion_tokens", &Stat::completion_tokens}, {"reasoning_tokens", &Stat::reasoning_tokens},
    {"tokens_estimated", &Stat::tokens_estimated}, {"bytes_sent", &Stat::bytes_sent},
    {"bytes_received", &Stat::bytes_received}};
constexpr Counter kEnded[] = {{"requests", &Stat::ended}, {"ok", &Stat::ended_ok}, {"good", &Stat::ended_good},
                              {"prompt_tokens", &Stat::ended_prompt_tokens},
                              {"completion_tokens", &Stat::ended_completion_tokens}};

}  // namespace

std::expected<Stat, std::string> read_stat(JsonValue json) {
  Stat stat;
  stat.label = text_in(json, "label").value_or("");
  stat.share = real_in(json, "share").value_or(0);
  stat.planned = real_in(json, "planned").value_or(0);
  stat.window_s = real_in(json, "window_s").value_or(0);
  stat.has_stream = flag_in(json, "has_stream").value_or(false);
  stat.has_slo = flag_in(json, "has_slo").value_or(false);
  for (const Counter& counter : kCounters) stat.*counter.member = count_in(json, counter.key).value_or(0);
  if (const auto ended = member(json, "ended"))
    for (const Counter& counter : kEnded) stat.*counter.member = count_in(*ended, counter.key).value_or(0);
  read_counts(json, stat);
  if (const auto limits = member(json, "rate_limits")) stat.rate_limits = read_rate_limits(*limits);
  stat.in_flight = real_in(json, "in_flight");
  stat.cost_usd = real_in(json, "cost_usd");
  stat.pass = flag_in(json, "pass");

  const auto histograms = member(json, "histograms");
  for (const NamedSamples& figure : duration_figures()) {
    Samples& samples = stat.*figure.samples;
    if (const auto object = member(json, fmt::format("{}_ms", figure.name))) {
      samples.censored = count_in(*object, "n_censored").value_or(0);
      samples.intervals = read_intervals(*object);
    }
    if (histograms)
      if (auto read = read_histogram(*histograms, fmt::format("{}_us", figure.name), samples.values); !read)
        return std::unexpected(read.error());
    read_given(json, fmt::format("{}_ms", figure.name), samples);
  }
  if (histograms)
    if (auto read = read_histogram(*histograms, "stream_tokens_milli_per_s", stat.stream_tokens.values); !read)
      return std::unexpected(read.error());
  return stat;
}

std::expected<Samples, std::string> read_samples_us(JsonValue json) {
  Samples samples;
  samples.censored = count_in(json, "n_censored").value_or(0);
  if (auto read = read_histogram(json, "histogram", samples.values); !read) return std::unexpected(read.error());
  return samples;
}

namespace {

// The Go tool writes 0 where it has no samples.
Samples read_loadtest_samples(JsonValue stat, std::string_view key, uint64_t n) {
  Samples samples;
  Figures figures = read_figures(stat, key);
  if (figures.p50.value_or(0) == 0 && figures.max.value_or(0) == 0) return samples;
  figures.n = n;
  samples.given = figures;
  return samples;
}

uint64_t count_of_rate(JsonValue json, std::string_view key, double window_s) {
  const double rate = real_in(json, key).value_or(0);
  return rate > 0 && window_s > 0 ? static_cast<uint64_t>(std::llround(rate * window_s)) : 0;
}

}  // namespace

Stat read_loadtest_stat(JsonValue json, double window_s) {
  Stat stat;
  stat.label = text_in(json, "label").value_or("");
  stat.window_s = real_in(json, "window_s").value_or(window_s);
  for (const Counter& counter : kCounters) stat.*counter.member = count_in(json, counter.key).value_or(0);
  if (stat.failed == 0 && stat.requests > stat.ok) stat.failed = stat.requests - stat.ok;
  read_counts(json, stat);
  stat.ended = count_of_rate(json, "throughput_rps", stat.window_s);
  stat.ended_ok = count_of_rate(json, "ok_rps", stat.window_s);
  stat.ended_completion_tokens = count_of_rate(json, "output_tokens_per_s", stat.window_s);
  stat.latency = read_loadtest_samples(json, "latency_ms", stat.ok);
  stat.service = read_loadtest_samples(json, "service_ms", stat.ok);
  // Its "ttft" is the time to the first byte of whatever answer.
  stat.ttfb = read_loadtest_samples(json, "ttft_ms", stat.ok);
  return stat;
}

}  // namespace ringload::report
