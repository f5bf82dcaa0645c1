#include "stats/interval.h"

#include <algorithm>
#include <cmath>

#include "stats/moments.h"

namespace ringload::stats {
namespace {

constexpr double kStudent9 = 2.26;  // 97.5 % point of Student's t with 9 degrees of freedom

}  // namespace

std::optional<PercentileInterval> percentile_interval(const Histogram& pooled, uint64_t n_censored, double percentile,
                                                      const std::array<double, kBatches>& shares_above,
                                                      int64_t window_us) {
  if (pooled.total() + n_censored == 0) return std::nullopt;
  const double half = kStudent9 * sample_sd(shares_above) / std::sqrt(static_cast<double>(kBatches));
  const double tail = 1 - percentile / 100;
  const auto quantile = [&](double at_tail) {
    return pooled.value_at_percentile(std::clamp(100 * (1 - at_tail), 0.0, 100.0), n_censored);
  };
  const std::optional<int64_t> low = quantile(tail + half);
  if (!low) return std::nullopt;  // both ends lie among the censored samples: nothing is known but "more than that"
  PercentileInterval interval{.low = *low};
  if (tail - half > 0) interval.high = quantile(tail - half);
  const std::optional<int64_t> value = pooled.value_at_percentile(percentile, n_censored);
  interval.correlated = !value || static_cast<double>(window_us) < 1000.0 * static_cast<double>(*value);
  return interval;
}

std::optional<PercentileInterval> percentile_interval(const Histogram& pooled, uint64_t n_censored, double percentile,
                                                      const BatchSeries& batches, uint32_t window_seconds) {
  const int64_t value = pooled.value_at_percentile(percentile, n_censored).value_or(Histogram::kMaxValue);
  const auto shares = batches.shares_above(value, window_seconds);
  if (!shares) return std::nullopt;
  return percentile_interval(pooled, n_censored, percentile, *shares, int64_t{window_seconds} * 1'000'000);
}

}  // namespace ringload::stats
