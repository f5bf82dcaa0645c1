// Whole searches for knees that are known by theory: the real engine against the real mock in virtual time.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "engine/block_runner.h"
#include "experiment/knee_search.h"
#include "sim_run.h"

namespace ringload {
namespace {

using experiment::KneeAnswer;
using experiment::KneeBound;
using experiment::KneeSearch;

struct Case {
  const char* name;
  double truth;
  const char* service;
  uint32_t slots;
  double rps;
  uint32_t burst;
  Arrival arrival;
  KneeBound bound;
};

const KneeBound kLatency{{Bound::Figure::latency, -1, 50 * kMillisecond}, KneeBound::Stat::share, 0.01,
                         "latency_p99<=50ms"};
const KneeBound kErrors{{Bound::Figure::failed, -1, 0}, KneeBound::Stat::share, 0.01, "error_rate<=0.01"};
const KneeBound kFewErrors{{Bound::Figure::failed, -1, 0}, KneeBound::Stat::share, 0.005, "error_rate<=0.005"};

struct Found {
  KneeAnswer answer;
  double seconds = 0;
  uint64_t requests = 0;
  std::vector<experiment::KneeStep> steps;
};

Found find(const Case& target, uint64_t seed, unsigned shards = 1) {
  SimRunOptions options;
  options.seed = seed;
  options.shards = shards;
  options.exchanges = 1500;
  options.connections = 1900;
  options.receive_buffers = 512;
  options.profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 1},
                        "stages": [{"rate": 100, "duration": "1s"}],
                        "scenarios": [{"name": "s", "content": {"mode": "sized", "approx_input_tokens": 16}}]})";
  options.mock.slots = target.slots;
  if (target.slots > 0) options.mock.queue = 100'000;
  options.mock.service = target.service;
  options.mock.rps = target.rps;
  options.mock.burst = target.burst;
  SimRun run(options);
  run.coordinator().set_tick_listener({});

  std::vector<KneeBound> bounds{target.bound};
  if (target.bound.bound.figure != Bound::Figure::failed) bounds.push_back(kErrors);
  experiment::KneeOptions knee;
  knee.tail_ns = target.bound.bound.limit_ns;
  KneeSearch search(knee, bounds);
  const Nanos began = run.kernel().now();
  Found found;
  engine::BlockRunner::Options runner_options;
  for (const KneeBound& bound : bounds) runner_options.bounds.push_back(bound.bound);
  runner_options.arrival = target.arrival;
  runner_options.next = [&](const BlockCounts* last) {
    if (last != nullptr) {
      search.add(*last, {});
      found.requests += last->requests;
    }
    return search.next(began + 160 * kSecond - run.kernel().now());
  };
  engine::BlockRunner runner(run.coordinator(), runner_options);
  run.world().add_periodic("session", [&] {
    if (!runner.done()) runner.step(run.kernel().now(), run.coordinator().poll());
  }, 2 * kMillisecond);
  const sim::Outcome outcome = run.world().run_until([&] { return runner.done(); }, began + 200 * kSecond);
  EXPECT_EQ(outcome, sim::Outcome::reached) << run.world().describe();
  found.seconds = static_cast<double>(run.kernel().now() - began) / kSecond;
  found.answer = search.answer();
  found.steps = search.steps();
  run.quit();
  for (unsigned i = 0; i < shards; ++i) {
    EXPECT_EQ(run.shard(i).blocks().taken(), 0u);
    EXPECT_EQ(run.shard(i).client().connections(), 0u);
  }
  return found;
}

struct {
  double seconds = 0;
  unsigned count = 0;
} all_searches;

void expect_within_5_percent(const Case& target) {
  const char* wanted = std::getenv("RINGLOAD_KNEE_SEEDS");
  const unsigned usual = std::getenv("RINGLOAD_LONG") != nullptr ? 100 : 5;
  const unsigned seeds = wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : usual;
  unsigned within = 0;
  double seconds = 0;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const Found found = find(target, seed);
    EXPECT_TRUE(found.answer.knee) << target.name << ", seed " << seed;
    const double knee = found.answer.knee.value_or(0);
    const bool good = std::abs(knee / target.truth - 1) <= 0.05;
    within += good;
    seconds += found.seconds;
    EXPECT_LT(found.seconds, 180) << target.name << ", seed " << seed;
    std::printf("%s seed %2lu: %6.1f/s (%.0f-%.0f)%s, truth %.0f, %.0f s, %lu requests%s\n", target.name, seed, knee,
                found.answer.low, found.answer.high, found.answer.complete ? "" : " incomplete", target.truth,
                found.seconds, found.requests, good ? "" : "  <-- beyond 5 %");
    if (!good || std::getenv("RINGLOAD_KNEE_STEPS") != nullptr)
      for (const auto& step : found.steps)
        std::printf("  %-8s %7.1f/s T %5.1f s sent %5lu answered %5lu bad %.3f %% score %.2f in flight %lu-%lu%s %s\n",
                    phase_name(step.phase), step.counts.block.rate,
                    static_cast<double>(step.counts.block.window_ns) / 1e9,
                    step.counts.sent, step.counts.answered,
                    100 * static_cast<double>(step.counts.bounds[0].bad) /
                        static_cast<double>(std::max<uint64_t>(1, step.counts.bounds[0].judged)),
                    step.score, step.counts.in_flight_begin, step.counts.in_flight_end,
                    step.counts.ended_early ? " early" : "", step.why.c_str());
  }
  std::printf("%s: %u of %u seeds within 5 %%, %.0f s on average\n", target.name, within, seeds, seconds / seeds);
  all_searches.seconds += seconds;
  all_searches.count += seeds;
  EXPECT_GE(within * 100, seeds * 95) << target.name;
}

TEST(Knee, OneExponentialServerOfAThousand) {
  expect_within_5_percent({"M/M/1", 908, "exp(1ms)", 1, 0, 1, Arrival::poisson, kLatency});
}
TEST(Knee, FourSlotsConstantArrivals) {
  expect_within_5_percent({"4 slots, constant", 400, "10ms", 4, 0, 1, Arrival::constant, kLatency});
}
TEST(Knee, FourSlotsPoissonArrivals) {
  expect_within_5_percent({"4 slots, Poisson", 347, "10ms", 4, 0, 1, Arrival::poisson, kLatency});
}
TEST(Knee, TokenBucketOf500) {
  expect_within_5_percent({"bucket 500, burst 500", 502, "0", 0, 500, 500, Arrival::poisson, kFewErrors});
}
TEST(Knee, TokenBucketOf50) {
  expect_within_5_percent({"bucket 500, burst 50", 493, "0", 0, 500, 50, Arrival::poisson, kFewErrors});
}

TEST(Knee, ASearchTakesLessThanTwoMinutesOnAverage) {
  if (all_searches.count == 0) GTEST_SKIP() << "no search was run before";
  EXPECT_LT(all_searches.seconds / all_searches.count, 120);
}

// At a few requests a second the last one of a block comes seconds before the block's end, which must come all the same.
TEST(Knee, RatesOfLessThanOneRequestABlockComeToAnEnd) {
  SimRunOptions options;
  options.shards = 2;
  options.profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 1},
                        "stages": [{"rate": 1, "duration": "1s"}]})";
  SimRun run(options);
  run.coordinator().set_tick_listener({});
  std::vector<BlockCounts> ended;
  engine::BlockRunner::Options runner_options;
  runner_options.bounds = {kErrors.bound};
  runner_options.next = [&](const BlockCounts* last) -> std::optional<LoadBlock> {
    if (last != nullptr) ended.push_back(*last);
    if (ended.size() == 3) return std::nullopt;
    return LoadBlock{0.2, kSecond, 3 * kSecond, kSecond, {}};
  };
  engine::BlockRunner runner(run.coordinator(), runner_options);
  run.world().add_periodic("session", [&] {
    if (!runner.done()) runner.step(run.kernel().now(), run.coordinator().poll());
  }, 2 * kMillisecond);
  const Nanos began = run.kernel().now();
  EXPECT_EQ(run.world().run_until([&] { return runner.done(); }, began + 60 * kSecond), sim::Outcome::reached)
      << run.world().describe();
  EXPECT_EQ(ended.size(), 3u);
  run.quit();
}

TEST(Knee, TwoShardsAndTheSameSeedFindTheSame) {
  const Case target{"M/M/1, two shards", 908, "exp(1ms)", 1, 0, 1, Arrival::poisson, kLatency};
  const Found first = find(target, 11, 2), again = find(target, 11, 2);
  ASSERT_TRUE(first.answer.knee);
  EXPECT_EQ(first.answer.knee, again.answer.knee);
  EXPECT_EQ(first.requests, again.requests);
  EXPECT_NEAR(*first.answer.knee, 908, 46);
}

}  // namespace
}  // namespace ringload
