// Means, spreads and correlations of a few numbers. All of them are 0 where there are too few to tell.
#pragma once
#include <cstdint>
#include <span>

namespace ringload::stats {

double mean(std::span<const double> values);
// With n − 1 in the denominator; 0 for fewer than 2 values.
double sample_variance(std::span<const double> values);
double sample_sd(std::span<const double> values);

// Of positive values: exp of the mean logarithm, and the sd of the logarithms (0.05: about ± 5 %).
double geometric_mean(std::span<const double> values);
double log_sd(std::span<const double> values);

// Pearson's between each value and its successor, around the common mean: −1 … 1. 0 for fewer than 3 values or when all
// are equal.
double lag1_correlation(std::span<const double> values);

// Variance ÷ mean of counts per bin: 1 for a Poisson process, 0 for a grid, more for bursts. 0 for fewer than 2 bins or
// when all are empty.
double dispersion_index(std::span<const uint64_t> counts);

}  // namespace ringload::stats
