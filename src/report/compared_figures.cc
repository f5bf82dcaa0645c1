#include "report/compared_figures.h"

#include <cmath>
#include <limits>

#include "report/figures.h"

namespace ringload::report {
namespace {

constexpr double kZ = 1.959964;  // of a 95 % interval

template <Samples Stat::*kSamples, int kPercentile>
std::optional<Measured> percentile(const Stat& stat) {
  const Samples& samples = stat.*kSamples;
  if (sample_count(samples) == 0) return std::nullopt;
  Measured measured;
  const auto us = percentile_of(samples, kPercentile);
  if (!us) {
    if (samples.censored == 0) return std::nullopt;  // another tool's summary that lacks it
    measured.value = std::numeric_limits<double>::infinity();
    measured.low = measured.value;
    measured.trusted = true;
    return measured;
  }
  measured.value = static_cast<double>(*us) / 1000;
  if (const Interval* interval = interval_of(samples, kPercentile)) {
    measured.low = static_cast<double>(interval->low_us) / 1000;
    if (interval->high_us >= 0) measured.high = static_cast<double>(interval->high_us) / 1000;
    measured.trusted = !interval->correlated;
  }
  return measured;
}

// Wilson's interval: holds at 0 and 1 too.
Measured share_of(double good, double n) {
  const double p = good / n, z2 = kZ * kZ;
  const double center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {p, std::max(0.0, center - half), std::min(1.0, center + half), true};
}

std::optional<Measured> errors(const Stat& stat) {
  const uint64_t n = judged(stat);
  if (n == 0) return std::nullopt;
  return share_of(static_cast<double>(n - stat.ok), static_cast<double>(n));
}

std::optional<Measured> goodput(const Stat& stat) {
  const uint64_t n = judged(stat);
  if (n == 0 || !stat.has_slo) return std::nullopt;
  return share_of(static_cast<double>(stat.good), static_cast<double>(n));
}

// As if ends were independent of each other; within a fraction of a second one hiccup of the host makes them none.
constexpr double kShortestWindow = 1;  // s
std::optional<Measured> counted_rate(uint64_t count, double seconds) {
  if (seconds <= 0 || count == 0) return std::nullopt;
  const auto n = static_cast<double>(count);
  const double half = kZ * std::sqrt(n);
  return Measured{n / seconds, std::max(0.0, n - half) / seconds, (n + half) / seconds, seconds >= kShortestWindow};
}

std::optional<Measured> ok_rate(const Stat& stat) { return counted_rate(stat.ended_ok, stat.window_s); }

std::optional<Measured> token_rate(const Stat& stat) {
  if (stat.window_s <= 0 || stat.ended_completion_tokens == 0) return std::nullopt;
  // Tokens of one reply come together: as uncertain as the count of replies.
  const auto replies = counted_rate(stat.ended_ok, stat.window_s);
  const double rate = static_cast<double>(stat.ended_completion_tokens) / stat.window_s;
  if (!replies) return Measured{rate, {}, {}, false};
  return Measured{rate, rate * *replies->low / replies->value, rate * *replies->high / replies->value, replies->trusted};
}

}  // namespace

std::span<const ComparedFigure> compared_figures() {
  static constexpr ComparedFigure kFigures[] = {
      {"latency p50", Unit::ms, true, percentile<&Stat::latency, 50>},
      {"latency p95", Unit::ms, true, percentile<&Stat::latency, 95>},
      {"latency p99", Unit::ms, true, percentile<&Stat::latency, 99>},
      {"TTFT p50", Unit::ms, true, percentile<&Stat::ttft, 50>},
      {"TTFT p95", Unit::ms, true, percentile<&Stat::ttft, 95>},
      {"TTFT p99", Unit::ms, true, percentile<&Stat::ttft, 99>},
      {"TTFB p50", Unit::ms, true, percentile<&Stat::ttfb, 50>},
      {"TTFB p99", Unit::ms, true, percentile<&Stat::ttfb, 99>},
      {"ITL p50", Unit::ms, true, percentile<&Stat::itl, 50>},
      {"ITL p99", Unit::ms, true, percentile<&Stat::itl, 99>},
      {"TPOT p50", Unit::ms, true, percentile<&Stat::tpot, 50>},
      {"errors", Unit::share, true, errors},
      {"goodput", Unit::share, false, goodput},
      {"ok/s", Unit::per_second, false, ok_rate},
      {"out tok/s", Unit::per_second, false, token_rate},
  };
  return kFigures;
}

}  // namespace ringload::report
