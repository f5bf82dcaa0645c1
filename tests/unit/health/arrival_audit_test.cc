#include "health/arrival_audit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "base/prng.h"
#include "load/schedule.h"

namespace ringload::health {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

struct Counted {
  std::vector<uint32_t> counts;
  std::vector<double> expected;

  ArrivalAudit audit(ArrivalKind kind, double burstiness = 1) const {
    return audit_arrivals(counts, expected, kind, burstiness);
  }
};

// Instants 0 … 1 into bins whose expectation is the integral of `rate` (per unit of time).
Counted count(const std::vector<double>& instants, size_t bins, const std::function<double(double)>& integral) {
  Counted counted{std::vector<uint32_t>(bins), std::vector<double>(bins)};
  for (const double at : instants)
    if (at >= 0 && at < 1) ++counted.counts[static_cast<size_t>(at * static_cast<double>(bins))];
  for (size_t i = 0; i < bins; ++i)
    counted.expected[i] = integral(static_cast<double>(i + 1) / static_cast<double>(bins)) -
                          integral(static_cast<double>(i) / static_cast<double>(bins));
  return counted;
}

std::vector<double> poisson(double rate, uint64_t seed) {
  Prng prng(seed);
  std::vector<double> instants;
  for (double at = prng.exponential() / rate; at < 1; at += prng.exponential() / rate) instants.push_back(at);
  return instants;
}

Counted steady(const std::vector<double>& instants, size_t bins, double rate) {
  return count(instants, bins, [rate](double t) { return rate * t; });
}

TEST(ArrivalAudit, TrueOnPoissonOfEverySize) {
  struct Size {
    double rate;
    size_t bins;
    int seeds;
  };
  // From a handful of starts to 100,000, bins of 0.05 to 100 starts.
  for (const Size& size : {Size{40, 800, 2000}, {200, 20, 2000}, {1000, 1000, 2000}, {10'000, 1000, 500},
                           {10'000, 100, 500}, {100'000, 10'000, 200}}) {
    int flagged = 0;
    for (int seed = 0; seed < size.seeds; ++seed)
      flagged += !steady(poisson(size.rate, static_cast<uint64_t>(seed) + 1), size.bins, size.rate)
                      .audit(ArrivalKind::poisson).passes();
    EXPECT_LT(flagged * 100, size.seeds) << size.rate << " starts in " << size.bins << " bins";
  }
}

TEST(ArrivalAudit, JitteredGridIsTooRegular) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Prng prng(seed + 7'000);
    std::vector<double> instants;
    for (int i = 0; i < 10'000; ++i) instants.push_back((i + prng.uniform()) / 10'000);
    const ArrivalAudit audit = steady(instants, 1000, 10'000).audit(ArrivalKind::poisson);
    EXPECT_TRUE(audit.wrong_dispersion);
    EXPECT_FALSE(audit.wrong_count);
    EXPECT_LT(*audit.dispersion, 0.5);
  }
}

TEST(ArrivalAudit, TenPercentInBurstsScatterTooMuch) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Prng prng(seed + 7'000);
    std::vector<double> instants = poisson(18'000, seed);
    for (const double at : poisson(400, seed + 1000))  // 2,000 of 20,000 in bursts of five
      for (int i = 0; i < 5; ++i) instants.push_back(at + 1e-6 * prng.uniform());
    const ArrivalAudit audit = steady(instants, 2000, 20'000).audit(ArrivalKind::poisson);
    EXPECT_TRUE(audit.wrong_dispersion) << *audit.dispersion;
    EXPECT_GT(*audit.dispersion, 1);
  }
}

TEST(ArrivalAudit, TwoPercentOfTheRateShowWithEnoughStarts) {
  int found = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (const double wrong : {0.98, 1.02}) {
      const ArrivalAudit audit = steady(poisson(100'000 * wrong, seed), 10'000, 100'000).audit(ArrivalKind::poisson);
      found += audit.wrong_count;
      EXPECT_FALSE(audit.wrong_dispersion);
    }
  }
  EXPECT_GE(found, 38);  // of 40: 6.3 standard deviations against a bound of 4
}

TEST(ArrivalAudit, RampIsJudgedAgainstItsOwnIntegral) {
  // 0 to 40,000 a unit of time: integral 20,000 t². A thinned process follows it, a steady one of the same sum does
  // not.
  const auto integral = [](double t) { return 20'000 * t * t; };
  int flagged = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    std::vector<double> instants;
    Prng prng(seed + 7'000);
    for (const double at : poisson(40'000, seed))
      if (prng.uniform() < at) instants.push_back(at);
    flagged += !count(instants, 2000, integral).audit(ArrivalKind::poisson).passes();
    if (seed <= 20) {
      EXPECT_TRUE(count(poisson(20'000, seed), 2000, integral).audit(ArrivalKind::poisson).wrong_dispersion);
    }
  }
  EXPECT_LT(flagged, 3);
}

TEST(ArrivalAudit, ConstantIsExactToOne) {
  std::vector<double> instants;
  for (int i = 0; i < 9'999; ++i) instants.push_back(i / 9'999.0);
  EXPECT_TRUE(steady(instants, 700, 9'999).audit(ArrivalKind::constant).passes());

  std::vector<double> short_of_two(instants.begin(), instants.end() - 2);
  EXPECT_TRUE(steady(short_of_two, 700, 9'999).audit(ArrivalKind::constant).wrong_count);

  std::vector<double> bent = instants;  // the right number, up to three late in the middle
  for (double& at : bent) at += 3.0 / 9'999 * std::sin(at * 3.14159265);
  const ArrivalAudit audit = steady(bent, 700, 9'999).audit(ArrivalKind::constant);
  EXPECT_FALSE(audit.wrong_count);
  EXPECT_TRUE(audit.wrong_dispersion);
  EXPECT_LT(audit.drift, -1.01);

  EXPECT_FALSE(steady(poisson(9'999, 5), 700, 9'999).audit(ArrivalKind::constant).passes());
}

TEST(ArrivalAudit, TooFewStartsSayNothing) {
  const ArrivalAudit audit = steady(poisson(30, 3), 100, 30).audit(ArrivalKind::poisson);
  EXPECT_FALSE(audit.dispersion);
  EXPECT_TRUE(audit.passes());
  EXPECT_TRUE(audit_arrivals({}, {}, ArrivalKind::poisson).passes());
  EXPECT_TRUE(audit_arrivals({}, {}, ArrivalKind::constant).passes());
}

TEST(ArrivalAudit, NoStartsWhereManyAreExpectedIsAWrongCount) {
  EXPECT_TRUE(steady({}, 100, 1000).audit(ArrivalKind::poisson).wrong_count);
  EXPECT_TRUE(steady({}, 100, 1000).audit(ArrivalKind::gamma, 4).wrong_count);
  EXPECT_TRUE(steady({}, 100, 1000).audit(ArrivalKind::constant).wrong_count);
}

// ---- the real schedule ----

Counted of_schedule(Arrival arrival, double burstiness, double from, double to, int64_t seconds, uint64_t seed,
                    int64_t bin_ns) {
  Stage stage;
  stage.loop = Loop::open;
  stage.arrival = arrival;
  stage.burstiness = burstiness;
  stage.duration_ns = seconds * kSecond;
  stage.legs = {{from, to, stage.duration_ns}};
  const load::OpenSchedule schedule(stage, 1, seed, 1);
  load::ShardStarts starts(0, 1);
  starts.begin(schedule);
  Counted counted;
  const auto bins = static_cast<size_t>(stage.duration_ns / bin_ns);
  counted.counts.resize(bins);
  for (size_t i = 0; i < bins; ++i) {
    const auto begin = static_cast<int64_t>(i) * bin_ns;
    counted.expected.push_back(schedule.integral().at(begin + bin_ns) - schedule.integral().at(begin));
  }
  for (; starts.front().at != kNever; starts.pop()) ++counted.counts[static_cast<size_t>(starts.front().at / bin_ns)];
  return counted;
}

TEST(ArrivalAudit, TheScheduleItselfPasses) {
  int poisson_flagged = 0, ramp_flagged = 0, gamma_flagged = 0;
  constexpr int kSeeds = 200;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    poisson_flagged +=
        !of_schedule(Arrival::poisson, 1, 1000, 1000, 4, seed, 10'000'000).audit(ArrivalKind::poisson).passes();
    ramp_flagged +=
        !of_schedule(Arrival::poisson, 1, 100, 2000, 4, seed, 10'000'000).audit(ArrivalKind::poisson).passes();
    for (const double c : {0.25, 1.0, 4.0})
      gamma_flagged +=
          !of_schedule(Arrival::gamma, c, 2000, 2000, 4, seed, 10'000'000).audit(ArrivalKind::gamma, c).passes();
  }
  EXPECT_LT(poisson_flagged * 100, kSeeds);
  EXPECT_LT(ramp_flagged * 100, kSeeds);
  EXPECT_LT(gamma_flagged * 100, 3 * kSeeds);
  for (const double to : {1000.0, 333.333, 5000.0})
    EXPECT_TRUE(of_schedule(Arrival::constant, 1, 1000, to, 7, 1, 10'000'000).audit(ArrivalKind::constant).passes())
        << to;
}

TEST(ArrivalAudit, OneKindIsNotTakenForAnother) {
  const Counted bursty = of_schedule(Arrival::gamma, 4, 3000, 3000, 10, 7, 10'000'000);
  const Counted random = of_schedule(Arrival::poisson, 1, 3000, 3000, 10, 7, 10'000'000);
  EXPECT_TRUE(bursty.audit(ArrivalKind::gamma, 4).passes());
  EXPECT_FALSE(bursty.audit(ArrivalKind::poisson).passes());
  EXPECT_FALSE(random.audit(ArrivalKind::gamma, 4).passes());
  EXPECT_FALSE(random.audit(ArrivalKind::gamma, 0.25).passes());
  EXPECT_FALSE(random.audit(ArrivalKind::constant).passes());
}

}  // namespace
}  // namespace ringload::health
