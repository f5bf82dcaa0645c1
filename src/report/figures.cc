#include "report/figures.h"

#include <cmath>

namespace ringload::report {

std::optional<int64_t> percentile_of(const Samples& samples, double percentile) {
  if (samples.given) {
    const Figures& given = *samples.given;
    if (percentile == 50) return given.p50;
    if (percentile == 90) return given.p90;
    if (percentile == 95) return given.p95;
    if (percentile == 99) return given.p99;
    if (percentile == 99.9) return given.p999;
    if (percentile == 100) return given.max;
    if (percentile == 0) return given.min;
    return std::nullopt;
  }
  if (samples.values.empty()) return std::nullopt;
  return samples.values.value_at_percentile(percentile, samples.censored);
}

Figures figures_of(const Samples& samples) {
  if (samples.given) return *samples.given;
  Figures figures;
  figures.n = samples.values.total();
  figures.n_censored = samples.censored;
  if (figures.n == 0) return figures;
  figures.min = samples.values.min();
  figures.mean = std::llround(samples.values.mean());
  figures.p50 = percentile_of(samples, 50);
  figures.p90 = percentile_of(samples, 90);
  figures.p95 = percentile_of(samples, 95);
  figures.p99 = percentile_of(samples, 99);
  figures.p999 = percentile_of(samples, 99.9);
  if (samples.censored == 0) figures.max = samples.values.max();
  return figures;
}

uint64_t sample_count(const Samples& samples) {
  if (samples.given) return samples.given->n + samples.given->n_censored;
  return samples.values.total() + samples.censored;
}

bool few_beyond(const Samples& samples, double percentile) {
  return static_cast<double>(sample_count(samples)) * (100 - percentile) < 100.0 * 100 - 1e-6;
}

const Interval* interval_of(const Samples& samples, double percentile) {
  for (const Interval& interval : samples.intervals)
    if (std::fabs(interval.quantile * 100 - percentile) < 1e-6) return &interval;
  return nullptr;
}

void add_samples(Samples& into, const Samples& from) {
  into.values.add(from.values);
  into.censored += from.censored;
  into.intervals.clear();
  // Percentiles alone cannot be merged: two of them leave none.
  if (from.given) into.given = sample_count(into) == 0 && !into.given ? from.given : Figures{};
}

uint64_t generator_errors(const Stat& stat) {
  uint64_t count = 0;
  for (unsigned i = 0; i < kErrorClasses; ++i)
    if (is_generator_error(static_cast<ErrorClass>(i))) count += stat.errors[i];
  return count > stat.shed ? count - stat.shed : 0;
}

uint64_t judged(const Stat& stat) {
  const uint64_t own = generator_errors(stat);
  return stat.ok + (stat.failed > own ? stat.failed - own : 0);
}

namespace {

std::optional<double> per_second(const Stat& stat, uint64_t count) {
  if (stat.window_s <= 0) return std::nullopt;
  return static_cast<double>(count) / stat.window_s;
}

std::optional<double> share_of(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::optional<double> ok_share(const Stat& stat) { return share_of(stat.ok, judged(stat)); }
std::optional<double> error_rate(const Stat& stat) { return share_of(judged(stat) - stat.ok, judged(stat)); }
std::optional<double> goodput_share(const Stat& stat) {
  return stat.has_slo ? share_of(stat.good, judged(stat)) : std::nullopt;
}
std::optional<double> throughput_rps(const Stat& stat) { return per_second(stat, stat.ended); }
std::optional<double> ok_rps(const Stat& stat) { return per_second(stat, stat.ended_ok); }
std::optional<double> goodput_rps(const Stat& stat) {
  return stat.has_slo ? per_second(stat, stat.ended_good) : std::nullopt;
}
// Tokens that nobody told are no tokens at a rate of 0.
std::optional<double> output_tokens_per_s(const Stat& stat) {
  return stat.ended_completion_tokens == 0 ? std::nullopt : per_second(stat, stat.ended_completion_tokens);
}
std::optional<double> input_tokens_per_s(const Stat& stat) {
  return stat.ended_prompt_tokens == 0 ? std::nullopt : per_second(stat, stat.ended_prompt_tokens);
}
std::optional<double> total_tokens_per_s(const Stat& stat) {
  const uint64_t tokens = stat.ended_prompt_tokens + stat.ended_completion_tokens;
  return tokens == 0 ? std::nullopt : per_second(stat, tokens);
}

void add_stat(Stat& into, const Stat& from) {
  static constexpr uint64_t Stat::*kCounters[] = {
      &Stat::requests, &Stat::ok, &Stat::failed, &Stat::cancelled, &Stat::shed, &Stat::in_flight_at_stop, &Stat::good,
      &Stat::reply_truncated, &Stat::coalesced_events, &Stat::clamped, &Stat::ended, &Stat::ended_ok,
      &Stat::ended_good, &Stat::ended_prompt_tokens, &Stat::ended_completion_tokens, &Stat::prompt_tokens,
      &Stat::cached_tokens, &Stat::completion_tokens, &Stat::reasoning_tokens, &Stat::tokens_estimated,
      &Stat::bytes_sent, &Stat::bytes_received};
  if (from.in_flight) {  // a mean over time
    const double seconds = into.window_s + from.window_s;
    const double sum = into.in_flight.value_or(0) * into.window_s + *from.in_flight * from.window_s;
    into.in_flight = seconds > 0 ? sum / seconds : *from.in_flight;
  }
  for (auto counter : kCounters) into.*counter += from.*counter;
  into.window_s += from.window_s;
  into.has_stream |= from.has_stream;
  into.has_slo |= from.has_slo;
  for (unsigned i = 0; i < kErrorClasses; ++i) into.errors[i] += from.errors[i];
  for (const auto& [code, count] : from.status_codes) into.status_codes[code] += count;
  for (const NamedSamples& figure : duration_figures()) add_samples(into.*figure.samples, from.*figure.samples);
  add_samples(into.stream_tokens, from.stream_tokens);
  into.rate_limits.add(from.rate_limits);
  if (from.cost_usd) into.cost_usd = into.cost_usd.value_or(0) + *from.cost_usd;
}

void add_conservation(Conservation& into, const Conservation& from) {
  into.scheduled += from.scheduled;
  into.ok += from.ok;
  into.failed += from.failed;
  into.cancelled += from.cancelled;
  into.shed += from.shed;
  into.in_flight_at_stop += from.in_flight_at_stop;
  into.warmup += from.warmup;
  into.resent += from.resent;
  into.preflight += from.preflight;
  into.abandoned += from.abandoned;
}

std::span<const NamedSamples> duration_figures() {
  static constexpr NamedSamples kFigures[] = {
      {"latency", &Stat::latency, false}, {"service", &Stat::service, false},
      {"failed_latency", &Stat::failed_latency, false}, {"ttfb", &Stat::ttfb, false},
      {"ttft", &Stat::ttft, true}, {"ttfot", &Stat::ttfot, true},
      {"itl", &Stat::itl, true}, {"tpot", &Stat::tpot, true},
  };
  return kFigures;
}

const NamedSamples* find_duration(std::string_view name) {
  for (const NamedSamples& figure : duration_figures())
    if (figure.name == name) return &figure;
  return nullptr;
}

}  // namespace ringload::report
