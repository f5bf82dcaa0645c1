// Were the intended starts of an open stage what the stage asked for? A check of the schedule against its own
// definition, from counts alone: it knows nothing of how starts are drawn, so it finds faults in that, too.
//
// Two questions: is the number of starts the integral of the rate, and do the counts of short bins scatter as the
// arrival process must? Their scatter is the index of dispersion D: the mean of (count − expected)² ÷ expected.
//
//   poisson   D = 1; the number of starts within 4 standard deviations (4·√n).
//   constant  no scatter at all: up to the end of every bin the number of starts is the integral, exact to one.
//   gamma     with CV² of the gaps = c: D = c + (1 − c²) ÷ (6·expected per bin), the variance of a renewal process over
//             windows that are long against a gap; the number of starts within 4·√(c·n).
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "ringload/result.h"

namespace ringload::health {

struct ArrivalAudit {
  uint64_t starts = 0;
  double starts_expected = 0;
  double starts_tolerance = 0;            // |starts − starts_expected| beyond this is a fault
  uint32_t bins = 0;                      // that dispersion was taken of, after joining small ones
  std::optional<double> dispersion;       // absent: too few starts to say
  double dispersion_expected = 1;
  double dispersion_tolerance = 0;
  double drift = 0;                       // constant: the most by which starts were ahead of or behind the integral

  bool wrong_count = false;
  bool wrong_dispersion = false;          // constant: a drift beyond one
  bool passes() const { return !wrong_count && !wrong_dispersion; }
};

// `counts`: intended starts in equal bins from the stage's beginning on; `expected`: the integral of the rate over each
// of them (0 is fine), as many. Bins should be short, about 10 starts each: short ones are joined until they hold
// enough (5; of gamma more), long ones hide what happens inside. `burstiness` (> 0) is for gamma only.
ArrivalAudit audit_arrivals(std::span<const uint32_t> counts, std::span<const double> expected, ArrivalKind arrival,
                            double burstiness = 1);

}  // namespace ringload::health
