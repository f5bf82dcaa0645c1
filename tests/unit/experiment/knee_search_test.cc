// The search against targets whose knee is known by theory.
#include "experiment/knee_search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "target_model.h"

namespace ringload::experiment {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::vector<KneeBound> latency_slo() {
  return {{{Bound::Figure::latency, -1, 50'000'000}, KneeBound::Stat::share, 0.01, "latency_p99<=50ms"},
          {{Bound::Figure::failed, -1, 0}, KneeBound::Stat::share, 0.01, "error_rate<=0.01"}};
}
std::vector<KneeBound> error_slo(double tolerance) {
  std::vector<KneeBound> bounds = latency_slo();
  bounds[0].tolerance = 0.5;  // never binds
  bounds[0].bound.limit_ns = 100'000'000;
  bounds[1].tolerance = tolerance;
  return bounds;
}
KneeOptions with_tail(int64_t tail_ns) {
  KneeOptions options;
  options.tail_ns = tail_ns;
  return options;
}

KneeSearch search(TargetModel& target, std::vector<KneeBound> bounds, double limit_s = 160,
                  const std::function<Spoiled(const BlockCounts&, double began)>& spoiled = {}) {
  KneeSearch search(with_tail(100'000'000), std::move(bounds));
  for (;;) {
    const double began = target.now();
    const auto block = search.next(static_cast<int64_t>((limit_s - began) * 1e9));
    if (!block) break;
    EXPECT_GT(block->rate, 0);
    const BlockCounts counts = target.run(*block);
    search.add(counts, spoiled ? spoiled(counts, began) : Spoiled{});
  }
  EXPECT_LE(target.now(), limit_s + 10.5);
  return search;
}

// Share of seeds within 5 % of the truth; prints what a reader wants to know.
void expect_within_5_percent(const char* name, double truth, LimitedBy limited_by,
                             const std::function<TargetModel(uint64_t seed)>& make,
                             const std::vector<KneeBound>& bounds) {
  constexpr unsigned kSeeds = 100;
  unsigned within = 0, complete = 0, side = 0;
  double time = 0, worst = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    TargetModel target = make(seed);
    const KneeAnswer answer = search(target, bounds).answer();
    within += answer.knee && std::abs(*answer.knee / truth - 1) <= 0.05;
    complete += answer.complete;
    side += limited_by == LimitedBy::none || answer.limited_by == limited_by;
    time += target.now() / kSeeds;
    worst = std::max(worst, target.now());
  }
  std::printf("%-28s within 5 %%: %u of %u, complete %u, right side %u, mean %.0f s, worst %.0f s\n",
              name, within, kSeeds,
              complete, side, time, worst);
  EXPECT_GE(within, 97u);
  EXPECT_GE(complete, 80u);
  EXPECT_GE(side, 90u);
  EXPECT_LE(worst, 160);
}

TEST(KneeSearch, OneExponentialServer) {
  expect_within_5_percent("M/M/1 1,000/s p99<=50ms", 908, LimitedBy::none,
                          [](uint64_t seed) { return TargetModel(seed); }, latency_slo());
}

TEST(KneeSearch, FourSlotsConstantAndPoisson) {
  for (const bool poisson : {false, true}) {
    expect_within_5_percent(poisson ? "4 slots x 10 ms, Poisson" : "4 slots x 10 ms, constant", poisson ? 347 : 400,
                            poisson ? LimitedBy::none : LimitedBy::target, [&](uint64_t seed) {
                              TargetModel target(seed);
                              target.slots = 4;
                              target.service_s = 0.010;
                              target.exponential = false;
                              target.poisson = poisson;
                                              return target;
                            },
                            latency_slo());
  }
}

TEST(KneeSearch, TokenBucket) {
  for (const double burst : {50.0, 500.0}) {
    expect_within_5_percent(burst == 50 ? "token bucket 500/s, 50" : "token bucket 500/s, 500", burst == 50 ? 493 : 502,
                            LimitedBy::slo, [&](uint64_t seed) {
                              TargetModel target(seed);
                              target.kind = TargetModel::Kind::bucket;
                              target.refill = 500;
                              target.burst = burst;
                              return target;
                            },
                            error_slo(0.005));
  }
}

TEST(KneeSearch, TheSameCountsGiveTheSameSearch) {
  TargetModel target(5);
  const KneeSearch first = search(target, latency_slo());
  KneeSearch again(with_tail(100'000'000), latency_slo());
  for (const KneeStep& step : first.steps()) {
    const auto block = again.next(INT64_MAX);
    ASSERT_TRUE(block);
    EXPECT_DOUBLE_EQ(block->rate, step.counts.block.rate);
    again.add(step.counts, step.spoiled);
  }
  EXPECT_EQ(again.answer().knee, first.answer().knee);
}

TEST(KneeSearch, LowestRateFails) {
  TargetModel target(1);
  target.service_s = 0.200;  // five a second, and never within 50 ms
  target.exponential = false;
  const KneeSearch done = search(target, latency_slo());
  EXPECT_TRUE(done.answer().lowest_fails);
  EXPECT_FALSE(done.answer().knee);
}

TEST(KneeSearch, NothingFailsUpToMaxRate) {
  TargetModel target(1);
  KneeOptions options;
  options.tail_ns = 50'000'000;
  options.max_rate = 330;
  KneeSearch search(options, latency_slo());
  while (const auto block = search.next(100 * kSecond)) {
    EXPECT_LE(block->rate, 330);
    search.add(target.run(*block), {});
  }
  EXPECT_TRUE(search.answer().at_max_rate);
  EXPECT_EQ(search.answer().knee, 330);
  EXPECT_TRUE(std::isinf(search.answer().high));
}

TEST(KneeSearch, TheGeneratorsLimitIsNeverPassedOffAsTheTargets) {
  // The generator gives in at 600/s, the target would hold 908.
  TargetModel target(3);
  const KneeSearch done = search(target, latency_slo(), 160, [](const BlockCounts& counts, double) {
    return Spoiled{false, counts.block.rate > 600, "sends were late"};
  });
  const KneeAnswer answer = done.answer();
  EXPECT_EQ(answer.limited_by, LimitedBy::generator);
  ASSERT_TRUE(answer.knee);
  EXPECT_GT(*answer.knee, 480);
  EXPECT_LE(*answer.knee, 600);
  EXPECT_TRUE(std::isinf(answer.high));
  ASSERT_TRUE(answer.generator_limit);
  EXPECT_GT(*answer.generator_limit, 600);
}

TEST(KneeSearch, AGeneratorsLimitFarAboveTheKneeIsNoMatter) {
  TargetModel target(4);
  const KneeSearch done = search(target, latency_slo(), 160, [](const BlockCounts& counts, double) {
    return Spoiled{false, counts.block.rate > 1500, "sends were late"};
  });
  EXPECT_NE(done.answer().limited_by, LimitedBy::generator);
  EXPECT_NEAR(*done.answer().knee, 908, 45);
}

// Others take the CPU for 80 ms now and then: whatever the target's rate, some 2 % of the requests are then late.
TEST(KneeSearch, DisturbedBlocksCountForNothing) {
  unsigned with = 0, without = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (const bool heeded : {true, false}) {
      TargetModel target(seed);
      const auto hog = [seed](double t) {
        const auto burst = static_cast<uint64_t>(t / 12);
        const double at = 12 * (static_cast<double>(burst) + Prng(seed_of(seed, burst)).uniform() * 0.9);
        return t >= at && t < at + 0.3;
      };
      target.stolen = hog;
      double end = 0;
      const KneeSearch done = search(target, latency_slo(), 320, [&](const BlockCounts& counts, double began) {
        Spoiled spoiled;
        end = began + static_cast<double>(counts.elapsed_ns) / 1e9;
        if (heeded)
          for (double t = began; t < end; t += 0.01) spoiled.disturbed = spoiled.disturbed || hog(t);
        return spoiled;
      });
      const auto answer = done.answer();
      const bool right = answer.knee && std::abs(*answer.knee / 908 - 1) <= 0.05;
      (heeded ? with : without) += right;
    }
  }
  std::printf("with a hog: %u of 20 heeding it, %u of 20 not\n", with, without);
  EXPECT_GE(with, 18u);
  EXPECT_LT(without, with);
}

TEST(KneeSearch, OthersThatNeverRestWidenTheAnswerButDoNotPreventIt) {
  TargetModel target(3);
  const KneeSearch done = search(target, latency_slo(), 320, [](const BlockCounts&, double) {
    return Spoiled{true, false, "a shard waited 3 %", true};
  });
  const KneeAnswer answer = done.answer();
  ASSERT_TRUE(answer.knee);
  EXPECT_NEAR(*answer.knee, 908, 45);
  EXPECT_TRUE(answer.complete);
  EXPECT_GE(answer.disturbed_blocks, 11u);
  EXPECT_GE(answer.high / answer.low, std::exp(0.2) * 0.999);
}

TEST(KneeSearch, HeavilyDisturbedBlocksProveNothingAgainstARate) {
  TargetModel target(3);
  const KneeSearch done = search(target, latency_slo(), 60, [](const BlockCounts&, double) {
    return Spoiled{true, false, "a shard waited 30 %", false};
  });
  const KneeAnswer answer = done.answer();
  ASSERT_TRUE(answer.knee);
  EXPECT_EQ(*answer.knee, 800);  // the last rate that passed, from 50 on: load of others makes no target faster
  EXPECT_TRUE(std::isinf(answer.high));
  EXPECT_FALSE(answer.complete);
}

// A window of a second holds 20 requests; by chance fewer than five of them are bad, which must not count as passing.
TEST(KneeSearch, HalfOfAFewRequestsFailingIsNoPass) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    KneeOptions options;
    options.start = 40;
    options.min_rate = 5;
    KneeSearch search(options, {{{Bound::Figure::failed, -1, 0}, KneeBound::Stat::share, 0.05, "error_rate<=5%"}});
    Prng random(seed);
    while (const auto block = search.next(120 * kSecond)) {
      BlockCounts counts;
      counts.block = *block;
      counts.sent = counts.answered = static_cast<uint64_t>(block->rate * static_cast<double>(block->window_ns) / 1e9);
      BoundCount failed;
      failed.judged = counts.sent;
      for (uint64_t i = 0; i < counts.sent; ++i) failed.bad += random.uniform() < 0.5;
      counts.bounds = {failed};
      search.add(counts, {});
      ASSERT_LT(search.steps().size(), 60u);
    }
    EXPECT_TRUE(search.answer().lowest_fails) << "seed " << seed;
  }
}

TEST(KneeSearch, TooLittleTimeSaysHowMuchWouldDo) {
  TargetModel target(2);
  const KneeSearch done = search(target, latency_slo(), 60);
  const KneeAnswer answer = done.answer();
  EXPECT_FALSE(answer.complete);
  ASSERT_TRUE(answer.needed_limit_s);
  EXPECT_GT(*answer.needed_limit_s, 20);
  ASSERT_TRUE(answer.knee);
  EXPECT_GE(answer.high / answer.low, std::exp(0.2) * 0.999);
}

TEST(KneeSearch, StopsWhenTheTargetDoesNotRecover) {
  KneeSearch search(with_tail(50'000'000), latency_slo());
  bool broken = false;
  double broke_at = 0;
  while (const auto block = search.next(100 * kSecond)) {
    BlockCounts counts;
    counts.block = *block;
    counts.sent = counts.answered = 1000;
    broken = broken || block->rate > 300;
    if (broken && broke_at == 0) broke_at = block->rate;
    counts.bounds = {{1000, broken ? 900u : 0u, 1000, 0, 0, 0}, {1000, 0, 0, 0, 0, 0}};
    counts.ended_early = broken;
    counts.recovered = !broken;
    search.add(counts, {});
    ASSERT_LT(search.steps().size(), 20u);
  }
  EXPECT_EQ(search.answer().did_not_recover, broke_at);
  EXPECT_EQ(search.answer().knee, 200);
  EXPECT_FALSE(search.answer().complete);
}

// The whole search for a bound on errors, against a target of which `failed(rate)` tells how many of 1,000 requests fail.
template <typename Failed>
void search_by_errors(KneeSearch& search, Failed&& failed) {
  while (const auto block = search.next(200 * kSecond)) {
    BlockCounts counts;
    counts.block = *block;
    counts.sent = counts.answered = 1000;
    BoundCount errors;
    errors.judged = 1000;
    errors.bad = failed(block->rate);
    counts.bounds = {errors};
    counts.ended_early = errors.bad > 0;
    search.add(counts, {});
    ASSERT_LT(search.steps().size(), 80u);
  }
}

std::vector<KneeBound> error_slo() {
  return {{{Bound::Figure::failed, -1, 0}, KneeBound::Stat::share, 0.05, "error_rate<=5%"}};
}

// It refuses at once, so nothing stays in flight, and yet there is nothing to search any more.
TEST(KneeSearch, StopsWhenTheTargetDies) {
  for (const double deadly : {300.0, 230.0}) {
    KneeSearch search({}, error_slo());
    double died_at = 0;
    search_by_errors(search, [&](double rate) -> uint64_t {
      // Above 210/s it gives way, at first to half of the requests.
      const bool beyond = rate > 210;
      if (search.phase() != Phase::bracket && rate < deadly && beyond && died_at == 0) died_at = rate;
      return died_at != 0 ? 1000 : beyond ? 500 : 0;
    });
    ASSERT_NE(died_at, 0);
    EXPECT_LT(search.steps().size(), 40u);
    EXPECT_EQ(search.answer().did_not_recover, died_at);
    EXPECT_EQ(search.steps().back().phase, Phase::recheck);
    EXPECT_EQ(search.steps()[search.steps().size() - 2].counts.block.rate, died_at);
    EXPECT_NEAR(*search.answer().knee, 210, 12);
    EXPECT_FALSE(search.answer().complete);
  }
}

// A breaker that opens for a moment is no death: the last good rate passes, and the search goes on.
TEST(KneeSearch, GoesOnWhenTheTargetRefusesAllOnlyBeyondItsLimit) {
  KneeSearch search({}, error_slo());
  search_by_errors(search, [](double rate) -> uint64_t { return rate > 210 ? 1000 : 0; });
  EXPECT_FALSE(search.answer().did_not_recover);
  EXPECT_NEAR(*search.answer().knee, 210, 10);
}

TEST(KneeSearch, AMeanIsKeptOrBroken) {
  std::vector<KneeBound> bounds = latency_slo();
  bounds[0].stat = KneeBound::Stat::mean;
  bounds[0].bound.limit_ns = 50'000'000;
  KneeSearch search(with_tail(50'000'000), bounds);
  while (const auto block = search.next(200 * kSecond)) {
    BlockCounts counts;
    counts.block = *block;
    counts.sent = counts.answered = 1000;
    counts.bounds = {{1000, 0, 1000, 1000 * (block->rate > 420 ? 51.0 : 49.0), 60, 40}, {1000, 0, 0, 0, 0, 0}};
    search.add(counts, {});
    ASSERT_LT(search.steps().size(), 100u);
  }
  // Two steps of 2 % up for one of 4 % down: the answer stays below the edge, by less than 5 %.
  EXPECT_NEAR(*search.answer().knee, 420, 21);
}

}  // namespace
}  // namespace ringload::experiment
