#include "stats/rank.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/assert.h"

namespace ringload::stats {
namespace {

// Wilcoxon's signed-rank statistic: the number of subsets of {1 … n} that have each sum, as a share of all subsets.
std::vector<double> signed_rank_distribution(size_t n) {
  std::vector<double> share(n * (n + 1) / 2 + 1, 0);
  share[0] = 1;
  for (size_t rank = 1; rank <= n; ++rank) {
    for (size_t sum = share.size(); sum-- > 0;) share[sum] = 0.5 * (share[sum] + (sum >= rank ? share[sum - rank] : 0));
  }
  return share;
}

// Twice the rank of each pooled value (a first, then b), so that mean ranks of ties are whole numbers.
std::vector<uint32_t> doubled_ranks(std::span<const double> a, std::span<const double> b) {
  std::vector<double> pooled(a.begin(), a.end());
  pooled.insert(pooled.end(), b.begin(), b.end());
  std::vector<double> sorted = pooled;
  std::sort(sorted.begin(), sorted.end());
  std::vector<uint32_t> ranks;
  ranks.reserve(pooled.size());
  for (const double value : pooled) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    ranks.push_back(static_cast<uint32_t>((first - sorted.begin()) + (last - sorted.begin()) + 1));
  }
  return ranks;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> walsh_averages(std::span<const double> values) {
  std::vector<double> averages;
  averages.reserve(values.size() * (values.size() + 1) / 2);
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i; j < values.size(); ++j) averages.push_back((values[i] + values[j]) / 2);
  }
  std::sort(averages.begin(), averages.end());
  return averages;
}

ShiftEstimate one_sample_shift(std::span<const double> values, double confidence) {
  RINGLOAD_ASSERT(!values.empty());
  const std::vector<double> averages = walsh_averages(values);
  const std::vector<double> share = signed_rank_distribution(values.size());
  // [k-th smallest, k-th largest] misses the center with probability 2·P(W ≤ k − 1).
  size_t k = 1;
  double outside = share[0];
  while (2 * k < averages.size() && 2 * (outside + share[k]) <= 1 - confidence) outside += share[k++];
  return {.center = median(averages),
          .low = averages[k - 1],
          .high = averages[averages.size() - k],
          .confidence = 1 - 2 * outside};
}

double hodges_lehmann_shift(std::span<const double> a, std::span<const double> b) {
  RINGLOAD_ASSERT(!a.empty() && !b.empty());
  std::vector<double> differences;
  differences.reserve(a.size() * b.size());
  for (const double from : a) {
    for (const double to : b) differences.push_back(to - from);
  }
  return median(std::move(differences));
}

RankSum rank_sum_test(std::span<const double> a, std::span<const double> b) {
  const std::vector<uint32_t> ranks = doubled_ranks(a, b);
  size_t observed = 0, all = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    all += ranks[i];
    if (i >= a.size()) observed += ranks[i];
  }
  // ways[k][s]: in how many ways k of the places have ranks that add up to s.
  std::vector<std::vector<double>> ways(b.size() + 1, std::vector<double>(all + 1, 0));
  ways[0][0] = 1;
  for (const uint32_t rank : ranks) {
    for (size_t k = b.size(); k >= 1; --k) {
      for (size_t sum = all; sum >= rank; --sum) ways[k][sum] += ways[k - 1][sum - rank];
    }
  }
  double less = 0, greater = 0, total = 0;
  for (size_t sum = 0; sum <= all; ++sum) {
    const double here = ways[b.size()][sum];
    total += here;
    if (sum <= observed) less += here;
    if (sum >= observed) greater += here;
  }
  RankSum result{.w = static_cast<double>(observed) / 2, .p_greater = greater / total, .p_less = less / total};
  result.p_two_sided = std::min(1.0, 2 * std::min(result.p_greater, result.p_less));
  return result;
}

}  // namespace ringload::stats
