// Whole runs in simulation: what is scheduled is accounted for, what is lent comes back, the same seed gives the same
// summary, and client and server agree on what was asked.
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "sim_run.h"

namespace ringload {
namespace {

void expect_balanced(const StageResult& stage) {
  EXPECT_TRUE(stage.conservation.balanced())
      << stage.conservation.scheduled << " scheduled, " << stage.conservation.accounted() << " accounted for";
}

void expect_all_returned(SimRun& run, unsigned shards) {
  for (unsigned i = 0; i < shards; ++i) {
    EXPECT_EQ(run.shard(i).blocks().taken(), 0u);
    EXPECT_EQ(run.shard(i).client().connections(), 0u);
    EXPECT_EQ(run.shard(i).client().buffers().out(), 0u);
  }
  EXPECT_EQ(run.mock().blocks_taken(), 0u);
  EXPECT_TRUE(run.kernel().violations().empty()) << run.kernel().violations().front();
}

TEST(SimulatedRun, WithoutFaultsEverythingIsOkAndBothSidesAgree) {
  SimRun run({});
  const StageResult stage = run.run_stage(0, 2000);
  expect_balanced(stage);
  EXPECT_EQ(stage.total.ok, 2000u);
  EXPECT_EQ(stage.total.failed, 0u);
  EXPECT_EQ(stage.total.completion_tokens, 2000u * 8);
  EXPECT_EQ(stage.total.prompt_tokens, 2000u * 64);
  EXPECT_EQ(run.mock_requests(), 2000u);
  run.quit();
  expect_all_returned(run, 1);
}

SimRunOptions faulty(uint64_t seed) {
  SimRunOptions options;
  options.seed = seed;
  options.shards = 2;
  options.receive_buffers = 16;
  options.mock.fault = "reset=1%,500=1%,stall=0.2%:300ms,truncate=1%,malformed=0.5%";
  options.mock.ttft = "exp(2ms)";
  options.mock.itl = "exp(300us)";
  return options;
}

void inject(SimRun& run) {
  using sim::Fault;
  sim::Faults& faults = run.kernel().faults();
  faults.set(Fault::short_send, 0.002);
  faults.set(Fault::reset, 0.02);
  faults.set(Fault::early_fin, 0.02);
  faults.set(Fault::no_buffers, 0.01);
  faults.set(Fault::lost_multishot, 0.01);
  faults.set(Fault::delay, 0.02);
  faults.set(Fault::reorder, 0.02);
  faults.set(Fault::syn_lost, 0.01);
  faults.set(Fault::process_files, 0.005);
  faults.set(Fault::no_address, 0.005);
  faults.set(Fault::spurious_wake, 0.02);
  faults.set(Fault::cq_overflow, 0.002);
}

std::string ten_thousand(uint64_t seed, uint32_t masked) {
  SimRunOptions options = faulty(seed);
  options.masked_features = masked;
  SimRun run(options);
  inject(run);
  StageResult stage;
  uint64_t requests = 0;
  while (requests < 10'000) {
    stage = run.run_stage(0, 10'000 - requests);
    expect_balanced(stage);
    if (stage.conservation.scheduled == 0) break;
    requests += stage.conservation.scheduled;
  }
  EXPECT_GE(requests, 10'000u);
  EXPECT_GT(stage.total.ok, 0u);
  EXPECT_GT(stage.total.failed, 0u);
  run.kernel().faults().set_all(0);
  run.quit();
  expect_all_returned(run, 2);
  return run.summary();
}

TEST(SimulatedRun, TenThousandRequestsWithEveryFaultConserveRequestsAndMemory) {
  const std::string first = ten_thousand(7, 0);
  const std::string again = ten_thousand(7, 0);
  EXPECT_EQ(first, again) << "the same seed gave another summary";
  EXPECT_NE(first, ten_thousand(8, 0));
}

TEST(SimulatedRun, AKernelOfTheMinimumVersionDoesTheSame) {
  ten_thousand(9, io::kAllFeatures & ~io::kBaselineFeatures);
}

TEST(SimulatedRun, OpenLoopKeepsItsScheduleWhileTheServerStalls) {
  SimRunOptions options;
  options.exchanges = 4096;
  options.connections = 5000;
  options.receive_buffers = 256;
  options.timeout = 20 * kSecond;
  options.profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 8},
                        "stages": [{"rate": 500, "duration": "10s", "arrival": "constant"}],
                        "scenarios": [{"name": "s", "content": {"mode": "sized", "approx_input_tokens": 64}}]})";
  options.mock.freeze = "3s@4s";
  SimRun run(options);
  const StageResult stage = run.run_stage(0);
  expect_balanced(stage);
  EXPECT_EQ(stage.conservation.scheduled, 5000u);
  EXPECT_EQ(stage.conservation.ok, 5000u);
  // Latency from the intended instant: a freeze of 3 s in 10 s puts p99 at 3 − 0.01 × 10 s, p90 at 2 s.
  EXPECT_NEAR(static_cast<double>(*stage.total.latency.values.value_at_percentile(99, 0)), 2.9e6, 0.1e6);
  EXPECT_NEAR(static_cast<double>(*stage.total.latency.values.value_at_percentile(90, 0)), 2.0e6, 0.1e6);
  run.quit();
  expect_all_returned(run, 1);
}

// What becomes of every request, as the JSONL would have it.
struct Log final : engine::TurnLog {
  void log(const engine::Exchange& exchange) override { ends.emplace_back(exchange.stage_number, exchange.outcome); }
  std::vector<std::pair<uint32_t, Outcome>> ends;
};

SimRunOptions open_stages(unsigned count, const std::string& stage) {
  SimRunOptions options;
  options.exchanges = 2048;
  options.connections = 2500;
  options.receive_buffers = 256;
  options.timeout = 20 * kSecond;
  std::string stages;
  for (unsigned i = 0; i < count; ++i) stages += (i == 0 ? "" : ",") + stage;
  options.profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 4},
                        "stages": [)" + stages + R"(],
                        "scenarios": [{"name": "s", "content": {"mode": "sized", "approx_input_tokens": 32}}]})";
  return options;
}

TEST(SimulatedRun, OpenStagesWaitForNoneThatATargetHoldsUp) {
  // Eight of twelve stages meet a server that is silent for four seconds; four slots hold two of them.
  SimRunOptions options = open_stages(12, R"({"rate": 200, "duration": "500ms", "arrival": "constant"})");
  options.shards = 2;
  options.mock.freeze = "4s@1s";
  SimRun run(options);
  std::array<Log, 2> logs;
  for (unsigned i = 0; i < 2; ++i) run.shard(i).set_turn_log(&logs[i]);
  const std::vector<StageResult> stages = run.run_stages();
  ASSERT_EQ(stages.size(), 12u);
  uint64_t open = 0;
  for (const StageResult& stage : stages) {
    expect_balanced(stage);
    EXPECT_EQ(stage.conservation.scheduled, 100u) << stage.stage;
    EXPECT_EQ(stage.conservation.ok + stage.conservation.in_flight_at_stop, 100u) << stage.stage;
    EXPECT_EQ(stage.total.latency.censored, stage.conservation.in_flight_at_stop);
    EXPECT_TRUE(stage.complete);
    open += stage.conservation.in_flight_at_stop;
  }
  EXPECT_EQ(stages[0].conservation.ok, 100u);
  EXPECT_EQ(stages[2].conservation.in_flight_at_stop, 100u);
  EXPECT_EQ(stages[11].conservation.ok, 100u);
  EXPECT_EQ(open, 500u);

  // No gap and no request lost: each has a line with its own stage, and all were answered in the end.
  std::vector<Nanos> intended;
  for (const Log& log : logs) {
    for (const auto& [stage, outcome] : log.ends) {
      EXPECT_EQ(outcome.error, ErrorClass::ok);
      intended.push_back(outcome.intended);
    }
  }
  std::ranges::sort(intended);
  ASSERT_EQ(intended.size(), 1200u);
  for (size_t i = 0; i < intended.size(); ++i)
    ASSERT_NEAR(static_cast<double>(intended[i] - intended[0]), static_cast<double>(i) * 5e6, 10) << i;
  std::map<uint32_t, unsigned> by_stage;
  for (const Log& log : logs)
    for (const auto& end : log.ends) ++by_stage[end.first];
  for (uint32_t stage = 1; stage <= 12; ++stage) EXPECT_EQ(by_stage[stage], 100u);
  run.quit();
  expect_all_returned(run, 2);
}

TEST(SimulatedRun, WhatAStageLeftOpenIsWaitedForAndLaterTurnsAreAbandoned) {
  SimRunOptions options = open_stages(6, R"({"rate": 100, "duration": "1s", "arrival": "constant"})");
  options.profile.replace(options.profile.find(R"("name": "s")"), 11, R"("name": "s", "turns": 3, "think_time": "300ms")");
  options.profile.insert(1, R"("rate_of": "conversations", )");
  options.mock.freeze = "9s@1s";
  SimRun run(options);
  Log log;
  run.shard(0).set_turn_log(&log);
  const std::vector<StageResult> stages = run.run_stages();
  uint64_t scheduled = 0, abandoned = 0, open = 0;
  for (const StageResult& stage : stages) {
    expect_balanced(stage);
    scheduled += stage.conservation.scheduled;
    abandoned += stage.conservation.abandoned;
    open += stage.conservation.in_flight_at_stop;
  }
  EXPECT_GT(open, 100u);
  EXPECT_EQ(scheduled + abandoned, 6u * 100 * 3);
  EXPECT_EQ(log.ends.size(), scheduled);
  run.quit();
  expect_all_returned(run, 1);
}

TEST(SimulatedRun, TheNumberOfShardsChangesNothingInTheSchedule) {
  std::vector<uint64_t> scheduled;
  for (const unsigned shards : {1u, 2u, 3u}) {
    SimRunOptions options;
    options.shards = shards;
    options.exchanges = 512;
    options.connections = 700;
    options.profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 4},
                          "stages": [{"rate": 300, "duration": "5s"}],
                          "scenarios": [{"name": "a", "weight": 3}, {"name": "b", "weight": 1}]})";
    SimRun run(options);
    const StageResult stage = run.run_stage(0);
    expect_balanced(stage);
    scheduled.push_back(stage.conservation.scheduled * 1'000'000 + stage.scenarios[0].requests);
    run.quit();
  }
  EXPECT_EQ(scheduled[0], scheduled[1]);
  EXPECT_EQ(scheduled[0], scheduled[2]);
}

TEST(SimulatedRun, RatesCountEveryEndInTheWindowWhateverStageIntendedIt) {
  SimRunOptions options;
  options.exchanges = 1024;
  options.connections = 2048;
  options.timeout = 20 * kSecond;
  options.mock.ttft = "2s";
  options.profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 4},
                        "stages": [{"rate": 50, "duration": "4s", "arrival": "constant"},
                                   {"rate": 1, "duration": "4s", "arrival": "constant"}],
                        "scenarios": [{"name": "s"}]})";
  SimRun run(options);
  const std::vector<Stage>& stages = run.workload().profile().stages;
  const Nanos start = run.kernel().now();
  const unsigned first = run.coordinator().begin_stage(stages[0], 1, start);
  const unsigned second = run.coordinator().begin_stage(stages[1], 2, start + 4 * kSecond);
  run.series().begin_stage(1, start, start);
  run.series().begin_stage(2, start, start + 4 * kSecond);
  std::map<unsigned, std::vector<uint64_t>> ended;
  const auto poll = [&] {
    if (const auto over = run.coordinator().poll()) {
      EXPECT_GE(run.kernel().now(), start + (*over == first ? 4 : 8) * kSecond) << "a stage lasts as long as planned";
      const auto outcome = run.coordinator().finish_stage(*over);
      const auto& record = outcome.recorder.scenario(0);
      ended[*over] = {record.steady.ok, record.window.ended, record.window.tokens.completion};
    }
    return ended.size() == 2;
  };
  ASSERT_EQ(run.world().run_until(poll, start + 30 * kSecond), sim::Outcome::reached) << run.world().describe();
  // Of the first 200 half ended in each window; of the last 4, at 4.0, 5.0 … s, two in time.
  EXPECT_EQ(ended[first], (std::vector<uint64_t>{200, 100, 400}));
  EXPECT_EQ(ended[second], (std::vector<uint64_t>{4, 102, 408}));
  // Every second has its point, also those in which a stage followed another, and one stage's last part of a second.
  std::vector<uint64_t> ok, in_flight;
  for (const SeriesPoint& point : run.series().points()) {
    EXPECT_EQ(point.t, static_cast<int64_t>(ok.size()));
    ok.push_back(point.ok);
    in_flight.push_back(point.in_flight);
  }
  EXPECT_EQ(ok, (std::vector<uint64_t>{0, 0, 50, 50, 50, 50, 1, 1, 1, 1}));
  EXPECT_EQ(in_flight.size(), 10u);
  EXPECT_NEAR(static_cast<double>(in_flight[1]), 100, 1);
  EXPECT_EQ(in_flight.back(), 0u);
  run.quit();
  expect_all_returned(run, 1);
}

TEST(SimulatedRun, BeyondMaxInFlightItShedsSaysSoAndRecovers) {
  SimRunOptions options;
  options.exchanges = 64;
  options.connections = 128;
  options.timeout = 20 * kSecond;
  options.profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 8},
                        "stages": [{"rate": 500, "duration": "8s", "arrival": "constant"}],
                        "scenarios": [{"name": "s"}]})";
  options.mock.freeze = "2s@2s";
  SimRun run(options);
  const StageResult stage = run.run_stage(0);
  expect_balanced(stage);
  EXPECT_EQ(stage.conservation.scheduled, 4000u);
  EXPECT_NEAR(static_cast<double>(stage.conservation.shed), 1000 - 64, 40);
  EXPECT_EQ(stage.conservation.ok + stage.conservation.shed, 4000u);
  run.quit();
  expect_all_returned(run, 1);
}

TEST(SimulatedRun, AStopDrainsAndAnAbandonGivesUp) {
  for (const bool abandon : {false, true}) {
    SimRunOptions options;
    options.mock.ttft = "3s";
    options.timeout = 20 * kSecond;
    SimRun run(options);
    Stage stage = run.workload().profile().stages[0];
    const Nanos start = run.kernel().now();
    run.coordinator().begin_stage(stage, 1, start);
    std::optional<unsigned> over;
    const auto poll = [&] { return (over = run.coordinator().poll()).has_value(); };
    ASSERT_EQ(run.world().run_until(poll, start + kSecond), sim::Outcome::time_up);
    EXPECT_EQ(run.shard(0).blocks().taken(), 0u) << "a request that was sent and waits for its answer owns no bytes";
    if (abandon) {
      run.coordinator().abandon();
    } else {
      run.coordinator().stop(run.kernel().now() + 5 * kSecond);
    }
    ASSERT_EQ(run.world().run_until(poll, start + 30 * kSecond), sim::Outcome::reached) << run.world().describe();
    const auto outcome = run.coordinator().finish_stage(*over);
    const stats::Tally tally = outcome.recorder.conservation();
    EXPECT_TRUE(tally.balanced());
    EXPECT_EQ(tally.scheduled, 16u);
    EXPECT_EQ(abandon ? tally.in_flight_at_stop : tally.ok, 16u);
    EXPECT_TRUE(outcome.stopped);
    run.quit();
    expect_all_returned(run, 1);
  }
}

}  // namespace
}  // namespace ringload
