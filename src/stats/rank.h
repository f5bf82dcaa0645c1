// Statistics by ranks, which outliers do not move: for paired blocks (versus) and for runs against runs (compare). For
// tens of values; the cost grows with the cube of their number in the test, with its square elsewhere.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace ringload::stats {

// Mean of the two middle ones for an even number; 0 without values.
double median(std::vector<double> values);

// (x_i + x_j) / 2 for all i ≤ j, ascending: n·(n + 1)/2 of them, 55 for 10 blocks.
std::vector<double> walsh_averages(std::span<const double> values);

struct ShiftEstimate {
  double center = 0;      // the Hodges–Lehmann estimate
  double low = 0, high = 0;
  double confidence = 0;  // exact, of [low, high], when the values are independent and symmetric about the center
};

// Where the center of one sample lies: the median of its Walsh averages, and the narrowest interval between two of them
// that has at least the wanted confidence (10 values and 0.95: 9th smallest to 9th largest, 95.1 %). Too few values for
// it (5 reach 93.75 %): the widest interval, with the confidence that this one has. At least one value.
ShiftEstimate one_sample_shift(std::span<const double> values, double confidence = 0.95);

// By how much b lies above a: the median of all differences b_j − a_i. Neither may be empty.
double hodges_lehmann_shift(std::span<const double> a, std::span<const double> b);

struct RankSum {
  double w = 0;        // sum of the ranks of b in the pooled sample, ties at their mean rank
  double p_two_sided = 1;
  double p_greater = 1;  // that ranks of b are this high by chance
  double p_less = 1;
};

// Wilcoxon's rank-sum test of b against a, exact (also with ties: over all ways of choosing b's places). 4 against 4
// reaches p = 0.029 two-sided; 3 against 3 cannot get below 0.1.
RankSum rank_sum_test(std::span<const double> a, std::span<const double> b);

}  // namespace ringload::stats
