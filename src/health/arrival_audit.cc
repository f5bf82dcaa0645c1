#include "health/arrival_audit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/assert.h"

namespace ringload::health {
namespace {

constexpr double kSigmas = 4;
constexpr double kFewestPerBin = 5;   // below, (count − expected)² ÷ expected scatters more than the tolerance assumes
constexpr uint32_t kFewestBins = 10;  // below, the tolerance exceeds anything that could be found
constexpr double kFinestTolerance = 0.1;
// A start at the very edge of a bin may be counted on either side of it, and rounding to ns moves it a little more.
constexpr double kOneStart = 1.01;

struct Bin {
  double count = 0, expected = 0;
};

// Neighbours joined until each bin expects `fewest` starts; what is left at the end goes to the last one.
std::vector<Bin> joined(std::span<const uint32_t> counts, std::span<const double> expected, double fewest) {
  std::vector<Bin> bins;
  Bin open;
  for (size_t i = 0; i < counts.size(); ++i) {
    open.count += counts[i];
    open.expected += expected[i];
    if (open.expected < fewest) continue;
    bins.push_back(open);
    open = {};
  }
  if (!bins.empty()) {
    bins.back().count += open.count;
    bins.back().expected += open.expected;
  }
  return bins;
}

void audit_dispersion(ArrivalAudit& audit, std::span<const Bin> bins, double burstiness) {
  audit.bins = static_cast<uint32_t>(bins.size());
  if (bins.size() < kFewestBins || audit.starts == 0) return;
  // Against the counted rate, not the asked one: a rate error is the other question.
  double bins_expected = 0, bins_counted = 0;
  for (const Bin& bin : bins) {
    bins_expected += bin.expected;
    bins_counted += bin.count;
  }
  const double scale = bins_counted / bins_expected;
  double sum = 0, correction = 0;
  for (const Bin& bin : bins) {
    const double mean = bin.expected * scale;
    sum += (bin.count - mean) * (bin.count - mean) / mean;
    correction += (1 - burstiness * burstiness) / (6 * mean);
  }
  const auto n = static_cast<double>(bins.size());
  audit.dispersion = sum / (n - 1);
  audit.dispersion_expected = burstiness + correction / n;
  audit.dispersion_tolerance = std::max(kFinestTolerance * std::max(1.0, audit.dispersion_expected),
                                        kSigmas * audit.dispersion_expected * std::sqrt(2 / (n - 1)));
  audit.wrong_dispersion = std::abs(*audit.dispersion - audit.dispersion_expected) > audit.dispersion_tolerance;
}

void audit_constant(ArrivalAudit& audit, std::span<const uint32_t> counts, std::span<const double> expected) {
  double starts = 0, integral = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    starts += counts[i];
    integral += expected[i];
    if (std::abs(starts - integral) > std::abs(audit.drift)) audit.drift = starts - integral;
  }
  // Sums of many thousands of bins lose last bits.
  audit.wrong_dispersion = std::abs(audit.drift) > kOneStart + 1e-9 * integral;
}

}  // namespace

ArrivalAudit audit_arrivals(std::span<const uint32_t> counts, std::span<const double> expected, ArrivalKind arrival,
                            double burstiness) {
  RINGLOAD_ASSERT(counts.size() == expected.size());
  ArrivalAudit audit;
  audit.starts = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  audit.starts_expected = std::accumulate(expected.begin(), expected.end(), 0.0);
  if (arrival == ArrivalKind::constant) {
    audit.starts_tolerance = kOneStart + 1e-9 * audit.starts_expected;
    audit.dispersion_expected = 0;
    audit_constant(audit, counts, expected);
  } else {
    const double c = arrival == ArrivalKind::gamma ? burstiness : 1;
    RINGLOAD_ASSERT(c > 0);
    // A renewal process that begins with a whole gap is (c − 1) ÷ 2 starts off its rate.
    audit.starts_tolerance = kSigmas * std::sqrt(c * audit.starts_expected) + std::abs(c - 1) / 2 + 1;
    // The formula for gamma holds from some c² starts per bin on.
    const double fewest = arrival == ArrivalKind::gamma ? std::max(kFewestPerBin, 10 * c * c) : kFewestPerBin;
    audit_dispersion(audit, joined(counts, expected, fewest), c);
  }
  audit.wrong_count = std::abs(static_cast<double>(audit.starts) - audit.starts_expected) > audit.starts_tolerance;
  return audit;
}

}  // namespace ringload::health
