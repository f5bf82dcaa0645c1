#include "stats/moments.h"

#include <cmath>
#include <vector>

#include "base/assert.h"

namespace ringload::stats {
namespace {

std::vector<double> logarithms(std::span<const double> values) {
  std::vector<double> logs;
  logs.reserve(values.size());
  for (const double value : values) {
    RINGLOAD_ASSERT(value > 0);
    logs.push_back(std::log(value));
  }
  return logs;
}

}  // namespace

double mean(std::span<const double> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double sample_variance(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double center = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - center) * (value - center);
  return squares / static_cast<double>(values.size() - 1);
}

double sample_sd(std::span<const double> values) { return std::sqrt(sample_variance(values)); }

double geometric_mean(std::span<const double> values) {
  return values.empty() ? 0 : std::exp(mean(logarithms(values)));
}

double log_sd(std::span<const double> values) { return sample_sd(logarithms(values)); }

double lag1_correlation(std::span<const double> values) {
  if (values.size() < 3) return 0;
  const double center = mean(values);
  double products = 0, squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double here = values[i] - center;
    squares += here * here;
    if (i + 1 < values.size()) products += here * (values[i + 1] - center);
  }
  return squares > 0 ? products / squares : 0;
}

double dispersion_index(std::span<const uint64_t> counts) {
  if (counts.size() < 2) return 0;
  std::vector<double> values(counts.begin(), counts.end());
  const double center = mean(values);
  return center > 0 ? sample_variance(values) / center : 0;
}

}  // namespace ringload::stats
