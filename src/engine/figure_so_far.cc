#include "engine/figure_so_far.h"

#include <charconv>
#include <limits>
#include <string_view>

namespace ringload::engine {
namespace {

const stats::CoarseHistogram* samples_of(const stats::CoarseTick& tick, std::string_view metric) {
  if (metric == "latency") return &tick.latency;
  if (metric == "service") return &tick.service;
  if (metric == "ttfb") return &tick.ttfb;
  if (metric == "ttft") return &tick.ttft;
  return nullptr;
}

// Of "p95" or "p99.9"; absent for mean, min and max, which a coarse histogram does not have.
std::optional<double> percentile_named(std::string_view stat) {
  double percentile = 95;
  if (stat.empty()) return percentile;
  if (stat[0] != 'p') return std::nullopt;
  const char* end = stat.data() + stat.size();
  const auto [stop, error] = std::from_chars(stat.data() + 1, end, percentile);
  if (error != std::errc() || stop != end) return std::nullopt;
  return percentile;
}

bool is_rate(std::string_view metric) {
  return metric == "ok_rps" || metric == "rps" || metric == "output_tokens_per_s";
}

}  // namespace

bool knows_so_far(const Threshold& threshold) {
  if (threshold.metric == "error_rate" || is_rate(threshold.metric)) return true;
  const stats::CoarseTick none;
  return samples_of(none, threshold.metric) != nullptr && percentile_named(threshold.stat);
}

std::optional<double> figure_so_far(const stats::CoarseTick& tick, const Threshold& threshold, double seconds) {
  if (const stats::CoarseHistogram* samples = samples_of(tick, threshold.metric)) {
    const auto percentile = percentile_named(threshold.stat);
    if (!percentile || samples->empty()) return std::nullopt;
    const auto us = samples->value_at_percentile(*percentile);
    // A rank among the censored is longer than everything.
    return us ? static_cast<double>(*us) / 1000 : std::numeric_limits<double>::infinity();
  }
  const uint64_t ended = tick.ok + tick.failed;
  if (threshold.metric == "error_rate")
    return ended == 0 ? std::nullopt : std::optional(static_cast<double>(tick.failed) / static_cast<double>(ended));
  // A rate needs a second at least; before the first end it is not known to be 0.
  if (!is_rate(threshold.metric) || seconds < 1 || ended == 0) return std::nullopt;
  return static_cast<double>(threshold.metric == "output_tokens_per_s" ? tick.completion_tokens : tick.ok) / seconds;
}

}  // namespace ringload::engine
